import type { ColumnSchema, Task } from '../../core/schema.js';
import { outputCount } from '../../core/schema.js';
import type { Plan } from './plan.js';

type Candidate = Plan['candidates'][number];

/** What the number of candidates is derived from; never the clock, so that equal questions give equal plans. */
export interface CandidateFacts {
  task: Task;
  rows: number;
  features: readonly ColumnSchema[];
  folds: number;
  /** Seconds, or null for no limit. */
  budget: number | null;
}

/** Share of the budget that the planned work should take by estimate: the machine may be slower, and half as fast must still do. */
const plannedShare = 0.4;
/** Seconds taken for a budget without limit. */
const unlimited = 600;

/** Variants of the boosted trees that were found to add most to the default on many tables, the most useful first. */
const variants: readonly Candidate['parameters'][] = [
  { learningRate: 0.04, leaves: 15, minRowsInLeaf: 10, rowSample: 0.8, columnSample: 0.6 },
  { learningRate: 0.04, leaves: 63, minRowsInLeaf: 20, rowSample: 0.8, columnSample: 0.6, l2: 3 },
  { learningRate: 0.04, leaves: 7, minRowsInLeaf: 5, rowSample: 0.8, columnSample: 0.5 },
];

/** Baseline, linear model, boosted trees, and as many variants of them as the budget should bear; fewer folds where it does not. */
export function proposeCandidates(facts: CandidateFacts): { candidates: Candidate[]; folds: number } {
  const seconds = plannedShare * (facts.budget ?? unlimited);
  const fit = fitSeconds(facts);
  // the chosen candidate is fitted twice more: without the holdout, and on all rows
  const total = (candidates: number, folds: number): number => fit * (candidates * folds * ((folds - 1) / folds || 0.9) + 2.3);
  let folds = facts.folds;
  while (folds > 1 && total(1, folds) > seconds) folds = folds > 5 ? 5 : folds > 3 ? 3 : 1;
  let count = 0;
  while (count < variants.length && total(2 + count, folds) <= seconds) count++;
  const trees = variants.slice(0, count).map((parameters): Candidate => ({ learner: 'boosted-trees', parameters }));
  return {
    candidates: [
      { learner: 'baseline', parameters: {} },
      { learner: 'linear', parameters: {} },
      { learner: 'boosted-trees', parameters: {} },
      ...trees,
    ],
    folds,
  };
}

/** A rough forecast of one fit of boosted trees on all rows, one thread: work on cells plus work on histograms, for a typical number of rounds. */
function fitSeconds({ task, rows, features }: CandidateFacts): number {
  const rounds = 250 * (task.kind === 'multiclass' ? outputCount(task) : 1);
  const columns = features.reduce((sum, c) => sum + (c.type === 'datetime' ? 6 : c.type === 'text' ? 5 : 1), 0);
  return rounds * (rows * columns * 8e-9 + 31 * columns * 4e-7 + rows * 1.5e-8);
}
