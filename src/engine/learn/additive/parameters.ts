import type { ParameterSpec } from '../learner.js';

/** Every parameter of explainable boosting, declared once. */
export const ADDITIVE_PARAMETERS = {
  rounds: { doc: 'Rounds over all columns at most.', default: 2000, range: [1, 100_000], integer: true, log: true },
  pairRounds: { doc: 'Rounds over all pairs at most.', default: 1000, range: [0, 100_000], integer: true },
  learningRate: {
    doc: 'Share of each step that is taken.',
    default: 0.04,
    range: [1e-4, 1],
    log: true,
    search: { range: [0.01, 0.15], log: true },
  },
  leaves: {
    doc: "Pieces into which one step divides a numeric column's range.",
    default: 3,
    range: [2, 16],
    integer: true,
    search: { choices: [2, 3, 4] },
  },
  minRowsInLeaf: {
    doc: 'Rows (their weight) in a piece at least.',
    default: 5,
    range: [0, 1_000_000],
    search: { choices: [2, 5, 15, 40] },
  },
  l2: { doc: 'Rows of prior at 0 for each piece.', default: 1, range: [0, 1e6] },
  categoryPrior: {
    doc: 'Rows of prior at 0 for the effect of each category and of missing cells: the rarer, the closer to 0.',
    default: 5,
    range: [0, 1e6],
    search: { range: [1, 50], log: true },
  },
  maxBins: { doc: 'Bins a column at most, missing included.', default: 255, range: [3, 256], integer: true },
  interactions: {
    doc: 'Pairs of columns with a joint effect, as a multiple of the number of columns; 0 for none. Never for more than two classes.',
    default: 1,
    range: [0, 10],
    search: { choices: [0, 0.5, 1, 3] },
  },
  maxPairs: { doc: 'Pairs at most.', default: 60, range: [0, 1000], integer: true },
  pairBins: { doc: 'Cells a side of a joint effect at most, missing included.', default: 32, range: [2, 64], integer: true },
  bags: { doc: 'Models that are fitted to parts of the rows and averaged.', default: 8, range: [1, 100], integer: true },
  rowShare: { doc: 'Share of the rows in each part; the others tell when to stop.', default: 0.85, range: [0.1, 0.99] },
  earlyStop: { doc: 'Without validation rows, stop on the rows that each part leaves out.', default: true },
  patience: { doc: 'Rounds without a better validation loss before training stops.', default: 40, range: [1, 100_000], integer: true },
} as const satisfies Record<string, ParameterSpec>;

export interface AdditiveParameters {
  rounds: number;
  pairRounds: number;
  learningRate: number;
  leaves: number;
  minRowsInLeaf: number;
  l2: number;
  categoryPrior: number;
  maxBins: number;
  interactions: number;
  maxPairs: number;
  pairBins: number;
  bags: number;
  rowShare: number;
  earlyStop: boolean;
  patience: number;
}
