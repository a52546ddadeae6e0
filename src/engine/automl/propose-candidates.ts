import type { ColumnSchema, Task } from '../../core/schema.js';
import { outputCount } from '../../core/schema.js';
import type { Plan } from './plan.js';

type Candidate = Plan['candidates'][number];

/** What the candidates are derived from; never the clock, so that equal questions give equal plans. */
export interface CandidateFacts {
  task: Task;
  /** A metric's id. */
  metric: string;
  rows: number;
  features: readonly ColumnSchema[];
  folds: number;
  /** Seconds, or null for no limit. */
  budget: number | null;
}

/** Share of the budget that the work should take by estimate: the machine may be slower, or busy. */
const plannedShare = 0.33;
/** Share that it may take if no candidate ever stops early. */
const worstShare = 0.75;
/** Seconds taken for a budget without limit. */
const unlimited = 600;
/** Rounds that boosting needs at the usual learning rate: often, and at least allowed for. */
const typicalRounds = 250;
const neededRounds = 600;
const mostRounds = 3000;
const fewRows = 5000;

/** Variants of the boosted trees that were found to add most to the default on many tables, the most useful first. */
const variants: readonly Candidate['parameters'][] = [
  { leaves: 15, minRowsInLeaf: 10, rowSample: 0.8, columnSample: 0.6 },
  { leaves: 63, rowSample: 0.8, columnSample: 0.6, l2: 3 },
  { leaves: 7, minRowsInLeaf: 5, rowSample: 0.8, columnSample: 0.5 },
];
const learningRate = 0.045;

/** Baseline, linear model, boosted trees, and as many variants of them as the budget should bear; fewer folds where it does not. */
export function proposeCandidates(facts: CandidateFacts): { candidates: Candidate[]; folds: number } {
  const seconds = facts.budget ?? unlimited;
  const round = roundSeconds(facts);
  // after the first fold the weaker ones drop out; the chosen one is fitted twice more, without the holdout and on all rows
  const fits = (candidates: number, folds: number): number => candidates + (folds - 1) * Math.min(2, candidates) + 2.3;
  const expected = (candidates: number, folds: number): number => round * typicalRounds * fits(candidates, folds);
  const worst = (folds: number, rounds: number): number => round * rounds * fits(1, folds);
  let folds = facts.folds;
  // one split of few rows decides by luck: there fewer rounds are the lesser evil
  const fewest = Math.min(folds, facts.rows < fewRows ? 3 : 1);
  while (folds > fewest && (worst(folds, neededRounds) > worstShare * seconds || expected(1, folds) > plannedShare * seconds))
    folds = folds > 5 ? 5 : folds > 3 ? 3 : 1;
  let count = 0;
  while (count < variants.length && expected(2 + count, folds) <= plannedShare * seconds) count++;
  const rounds = Math.max(100, Math.floor((worstShare * seconds) / (round * fits(1, folds))));
  // where rounds are dear, fewer and larger ones
  const dear = rounds < 2 * typicalRounds;
  const cap: Candidate['parameters'] = rounds < mostRounds ? { rounds } : {};
  const loss = objective(facts.metric);
  const maxWork = Math.round(Math.max(2e5, seconds * 55_000));
  return {
    candidates: [
      { learner: 'baseline', parameters: loss.objective ? { center: 'median' } : {} },
      { learner: 'linear', parameters: maxWork < 6e7 ? { maxWork } : {} },
      { learner: 'boosted-trees', parameters: { ...(dear && { learningRate: 0.1 }), ...cap, ...loss } },
      ...variants.slice(0, count).map(
        (parameters): Candidate => ({
          learner: 'boosted-trees',
          parameters: { learningRate: dear ? 0.1 : learningRate, ...parameters, ...cap, ...loss },
        }),
      ),
    ],
    folds,
  };
}

/** The loss that goes with a metric of absolute errors. */
function objective(metric: string): Candidate['parameters'] {
  return metric === 'mean_absolute_error' || metric === 'median_absolute_error' ? { objective: 'absolute' } : {};
}

/** A rough forecast of one round of boosted trees, one thread: some work a tree, a row, a cell and a histogram. */
function roundSeconds({ task, rows, features }: CandidateFacts): number {
  const trees = task.kind === 'multiclass' ? outputCount(task) : 1;
  const columns = features.reduce((sum, c) => sum + (c.type === 'datetime' ? 6 : c.type === 'text' ? 5 : 1), 0);
  return trees * (1.5e-4 + rows * 6e-8 + rows * columns * 2.5e-9 + columns * 1.5e-5);
}
