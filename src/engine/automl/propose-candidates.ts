import type { ColumnSchema, Task } from '../../core/schema.js';
import { outputCount } from '../../core/schema.js';
import type { Plan } from './plan.js';
import { boostingRound, budgetSeconds } from './work-cost.js';

type Candidate = Plan['candidates'][number];

/** What the candidates are derived from; never the clock, so that equal questions give equal plans. */
export interface CandidateFacts {
  task: Task;
  /** A metric's id. */
  metric: string;
  rows: number;
  features: readonly ColumnSchema[];
  folds: number;
  /** Rows are split by time, of which there is one way. */
  byTime: boolean;
  /** Seconds, or null for no limit. */
  budget: number | null;
  /** Microseconds that the final model may take to answer a row; null: no limit. */
  latency: number | null;
}

/** Share of the budget that all folds of the default trees may take by estimate, on one thread. */
const plannedShare = 0.2;
/** Share that they may take if they never stop early. */
const worstShare = 0.9;
/** Rounds that boosting needs at the usual learning rate: often, and mostly at most. */
const typicalRounds = 300;
const neededRounds = 600;
const mostRounds = 3000;
/** Part of the time to answer a row that one candidate of several classes may take, so that others have their place beside it. */
const answerShare = 0.5;
/** Nanoseconds that a tree of usual depth takes to answer, and each class of its leaves. */
const treeAnswer = 45;
const classAnswer = 2;
/** Rounds grow by so much where all rows are learned from. */
const refitGrowth = 1.25;
/** Rounds times learning rate that is enough for most. */
const enoughLearning = 45;
const fewRows = 5000;
/** Rows below which trees stop before their rounds are few. */
const manyRows = 10_000;
/** Below so many rows, folds are repeated where all of them take the default trees no more than this share. */
const luckyRows = 800;
const repeatedShare = 0.02;
const repeatedFolds = 5;
const mostRepeats = 3;

/**
 * Strong and different candidates, the one that adds most to an ensemble of those before it first: by the test scores of ensembles on 19 tables, each candidate
 * fitted on four folds; slow ones later, and forests held small. The first two bring most; the run takes as many as its budget bears.
 */
const portfolio: readonly Candidate[] = [
  { learner: 'neural-network', parameters: {} },
  { learner: 'extra-trees', parameters: { totalLeaves: 300_000 } },
  {
    learner: 'boosted-trees',
    parameters: { shape: 'symmetric', linearLeaves: true, linearL2: 0.1, leaves: 32, l2: 3, learningRate: 0.07 },
  },
  { learner: 'boosted-trees', parameters: { shape: 'leafwise', linearLeaves: true, linearL2: 0.1, leaves: 16, minRowsInLeaf: 15 } },
  { learner: 'random-forest', parameters: { totalLeaves: 300_000 } },
  { learner: 'boosted-trees', parameters: { shape: 'leafwise', leaves: 63, columnSample: 0.6, l2: 3, learningRate: 0.04 } },
  { learner: 'linear', parameters: { hinges: 10 } },
  { learner: 'boosted-trees', parameters: { extraTrees: true, linearLeaves: true, linearL2: 0.5, leaves: 24 } },
  { learner: 'boosted-trees', parameters: { shape: 'leafwise', leaves: 8, learningRate: 0.1, minRowsInLeaf: 10, columnSample: 0.8 } },
  { learner: 'boosted-trees', parameters: { shape: 'symmetric', leaves: 64, l2: 3, learningRate: 0.07 } },
  { learner: 'additive', parameters: { learningRate: 0.1 } },
  { learner: 'nearest-neighbours', parameters: { maxCells: 200_000 } },
  { learner: 'boosted-trees', parameters: { extraTrees: true, leaves: 40, minRowsInLeaf: 5 } },
];

/** Baseline, linear model, boosted trees, and then the portfolio; fewer folds where the budget does not bear more, repeated ones where rows are few. */
export function proposeCandidates(facts: CandidateFacts): { candidates: Candidate[]; folds: number; repeats: number } {
  const seconds = budgetSeconds(facts);
  const round = roundSeconds(facts);
  let folds = facts.folds;
  // one split of few rows decides by luck: there fewer rounds are the lesser evil
  const fewest = Math.min(folds, facts.rows < fewRows ? 3 : 1);
  while (folds > fewest && round * folds * typicalRounds > plannedShare * seconds) folds = folds > 5 ? 5 : folds > 3 ? 3 : 1;
  const repeats = repeatsOf(facts, folds, (round * repeatedFolds * typicalRounds) / seconds);
  if (repeats > 1) folds = repeatedFolds;
  const affordable = Math.max(100, Math.floor((worstShare * seconds) / (round * (folds + 1))));
  const answered = roundsInTime(facts);
  const rounds = Math.min(answered, affordable);
  // where rounds are dear, fewer and larger ones
  const dear = affordable < neededRounds;
  const cap: Candidate['parameters'] = rounds < mostRounds ? { rounds } : {};
  const loss = { ...objective(facts.metric), ...stopping(facts) };
  const maxWork = Math.round(Math.max(2e5, seconds * 55_000));
  const fitted = ({ learner, parameters }: Candidate): Candidate => {
    if (learner === 'linear') return { learner, parameters: { ...parameters, ...(maxWork < 6e7 && { maxWork }) } };
    if (learner !== 'boosted-trees') return { learner, parameters };
    const learningRate = dear ? 0.1 : facts.rows < manyRows ? undefined : fasterRate(answered, parameters);
    return { learner, parameters: { ...parameters, ...(learningRate !== undefined && { learningRate }), ...cap, ...loss } };
  };
  // leaves that hold lines have no meaning for absolute errors
  const fitting = portfolio.filter((c) => !('objective' in loss && c.parameters.linearLeaves === true));
  return {
    candidates: [
      { learner: 'baseline', parameters: loss.objective ? { center: 'median' } : {} },
      fitted({ learner: 'linear', parameters: {} }),
      // one kind: the others are candidates of their own
      fitted({ learner: 'boosted-trees', parameters: { kinds: 'plain' } }),
      ...fitting.map(fitted),
    ],
    folds,
    repeats,
  };
}

/** Rounds of one candidate that a row has the time for: with many classes few, since each tree answers for all of them. */
function roundsInTime({ task, latency }: CandidateFacts): number {
  if (task.kind !== 'multiclass' || latency === null) return Number.POSITIVE_INFINITY;
  const tree = treeAnswer + classAnswer * outputCount(task);
  return Math.max(100, Math.floor((answerShare * latency * 1000) / (refitGrowth * tree)));
}

/** A learning rate with which so many rounds are enough, where that is more than what the candidate has. */
function fasterRate(rounds: number, { learningRate = 0.05 }: Candidate['parameters']): number | undefined {
  const rate = Math.min(0.15, Math.round((100 * enoughLearning) / rounds) / 100);
  return rate > Number(learningRate) ? rate : undefined;
}

/** @param share of the budget that one division takes the default trees */
function repeatsOf({ rows, byTime }: CandidateFacts, folds: number, share: number): number {
  if (byTime || rows >= luckyRows || folds < repeatedFolds) return 1;
  return Math.max(1, Math.min(mostRepeats, Math.floor(repeatedShare / share)));
}

/** The loss that goes with a metric of absolute errors. */
function objective(metric: string): Candidate['parameters'] {
  return metric === 'mean_absolute_error' || metric === 'median_absolute_error' ? { objective: 'absolute' } : {};
}

/**
 * Later rows have another level, which stops trees by their loss too early; a run calibrates the probabilities of its model anyway. Nothing does that for
 * numbers: there it chose worse members.
 */
function stopping({ task, byTime }: CandidateFacts): Candidate['parameters'] {
  return byTime && task.kind === 'binary' ? { stopBy: 'recalibrated' } : {};
}

/** Seconds of one round of boosted trees on one thread. */
function roundSeconds({ task, rows, features }: CandidateFacts): number {
  const columns = features.reduce((sum, c) => sum + (c.type === 'datetime' ? 6 : c.type === 'text' ? 5 : 1), 0);
  return boostingRound({ rows, columns, scores: task.kind === 'multiclass' ? outputCount(task) : 1 }, {});
}
