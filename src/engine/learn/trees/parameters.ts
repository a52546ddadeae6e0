import type { ParameterSpec, Parameters } from '../learner.js';
import { checkParameters } from '../parameters.js';
import type { ObjectiveName } from './objective.js';

/** Every parameter of boosted trees, declared once. Names are LightGBM's in camel case where it has one. */
export const TREES_PARAMETERS = {
  objective: {
    doc: 'Loss of a regression; classes always use log loss.',
    default: 'auto',
    choices: ['auto', 'squared', 'absolute', 'huber', 'quantile', 'poisson'],
  },
  alpha: { doc: "Huber's delta in target units, or the quantile.", default: 0.9, range: [1e-9, 1e12] },
  rounds: {
    doc: 'Trees at most; for several classes without vector leaves, trees a class.',
    default: 3000,
    range: [1, 100_000],
    integer: true,
    log: true,
  },
  kinds: {
    doc: 'Kinds of trees, boosted one after the other, whose scores are averaged, weighed by their losses on validation rows: plain (as the parameters say), leafwise, symmetric, lines, symmetric-lines, drawn, drawn-lines, by-leaf, drawn-by-leaf, with a comma between them; rounds and weight may follow each, after colons. auto: three (two for several classes and many rows), or plain alone when a parameter of how trees grow is given.',
    default: 'auto',
    search: { choices: ['plain', 'plain,symmetric-lines,drawn-lines'] },
  },
  learningRate: {
    doc: 'Share of each tree that is added.',
    default: 0.05,
    range: [1e-4, 1],
    log: true,
    search: { range: [0.01, 0.2], log: true },
  },
  leaves: {
    doc: 'Leaves of a tree at most.',
    default: 31,
    range: [2, 4096],
    integer: true,
    log: true,
    search: { range: [4, 256], log: true },
  },
  shape: {
    doc: 'leafwise divides the leaf that gains most; symmetric, as CatBoost, all leaves of a level by one split, in so many levels that there are at least as many leaves as asked for (minRowsInLeaf is not kept; constraints, drawn thresholds and columns drawn by leaf make trees leafwise); auto: symmetric below 4,000 rows, but not for several classes.',
    default: 'auto',
    choices: ['auto', 'leafwise', 'symmetric'],
    search: { choices: ['leafwise', 'symmetric'] },
  },
  maxDepth: { doc: 'Depth of a tree at most.', default: 63, range: [1, 63], integer: true, search: { choices: [4, 6, 8, 63] } },
  minRowsInLeaf: {
    doc: 'Rows in a leaf at least (estimated from the hessian during the search).',
    default: 20,
    range: [1, 1_000_000],
    integer: true,
    log: true,
    search: { range: [2, 100], log: true },
  },
  minChildWeight: { doc: 'Sum of hessians in a leaf at least.', default: 1e-3, range: [0, 1e9], search: { range: [1e-3, 10], log: true } },
  l1: { doc: 'L1 penalty on leaf values.', default: 0, range: [0, 1e6], search: { choices: [0, 0.1, 1, 5] } },
  l2: { doc: 'L2 penalty on leaf values.', default: 1, range: [0, 1e6], search: { range: [0.01, 30], log: true } },
  minSplitGain: { doc: 'Loss reduction that a split must bring.', default: 0, range: [0, 1e9] },
  maxBins: {
    doc: 'Bins a column at most, missing included.',
    default: 255,
    range: [3, 256],
    integer: true,
    search: { choices: [64, 128, 255] },
  },
  rowSample: { doc: 'Share of the rows that each tree sees.', default: 0.8, range: [0.01, 1], search: { range: [0.5, 1] } },
  columnSample: { doc: 'Share of the columns that each tree sees.', default: 0.7, range: [0.01, 1], search: { range: [0.3, 1] } },
  columnSampleByNode: {
    doc: "Share of the tree's columns that each leaf looks at.",
    default: 1,
    range: [0.01, 1],
    search: { range: [0.3, 1] },
  },
  extraTrees: { doc: 'Draw one threshold a column and leaf instead of trying all.', default: false, search: { choices: [false, true] } },
  monotone: { doc: 'Directions that predictions keep, by numeric column, such as age:1,price:-1.', default: '' },
  interactions: {
    doc: 'Groups of columns that may meet in a tree, such as a+b,c+d; columns in no group make up one more.',
    default: '',
  },
  catSmooth: {
    doc: 'Rows of prior when categories are ordered by their mean gradient (unless given: 2 for numbers and below 1,500 rows).',
    default: 10,
    range: [0, 1e6],
    search: { range: [1, 100], log: true },
  },
  catL2: {
    doc: 'L2 penalty added for splits on sets of categories (unless given: 3 for numbers and below 1,500 rows).',
    default: 10,
    range: [0, 1e6],
    search: { range: [0.5, 50], log: true },
  },
  minRowsPerSet: {
    doc: 'Rows that each further set of categories must add (unless given: 10 for numbers and below 1,500 rows).',
    default: 100,
    range: [1, 1e6],
    search: { range: [5, 200], log: true },
  },
  vectorLeaves: {
    doc: 'Several classes: one tree a round with a value for each class in its leaves, instead of a tree a class.',
    default: true,
  },
  linearLeaves: {
    doc: 'Leaves hold a ridge regression on the numeric columns that lead to them (from 1,000 rows on; not with vector leaves, monotone constraints, or the absolute and quantile losses).',
    default: false,
    search: { choices: [false, true] },
  },
  linearL2: {
    doc: 'Ridge penalty of linear leaves, on standardised columns.',
    default: 1,
    range: [0, 1e6],
    search: { range: [0.01, 10], log: true, when: { parameter: 'linearLeaves', values: [true] } },
  },
  patience: { doc: 'Rounds without a better validation loss before training stops.', default: 60, range: [1, 100_000], integer: true },
  stopBy: {
    doc: 'Which validation loss stops the training: that of the scores (loss), or, of two classes, that of a straight line of the scores that suits the validation rows best (recalibrated): for rows of a later time, whose level is another.',
    default: 'loss',
    choices: ['loss', 'recalibrated'],
  },
} as const satisfies Record<string, ParameterSpec>;

type Widened<T> = T extends number ? number : T extends boolean ? boolean : string;
export type TreesParameters = {
  [K in keyof typeof TREES_PARAMETERS]: K extends 'objective' ? ObjectiveName | 'auto' : Widened<(typeof TREES_PARAMETERS)[K]['default']>;
};

/**
 * Fills in defaults and checks names, types and ranges.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function checkTreesParameters(given: Parameters): TreesParameters {
  return checkParameters('boosted-trees', TREES_PARAMETERS, given) as TreesParameters;
}
