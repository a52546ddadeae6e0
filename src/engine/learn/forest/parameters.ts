import type { ParameterSpec } from '../learner.js';

/** Every parameter of a forest, declared once. */
export interface ForestParameters {
  readonly trees: number;
  readonly leaves: number;
  readonly totalLeaves: number;
  readonly maxDepth: number;
  /** 0: chosen by validation rows. */
  readonly minRowsInLeaf: number;
  /** 0: chosen by the task. */
  readonly columnShare: number;
  readonly bootstrap: boolean;
  readonly maxBins: number;
}

export type ForestSpecs = { readonly [K in keyof ForestParameters]: ParameterSpec };

/** The parameters of a forest; both learners differ in whether rows are drawn. */
export function forestSpecs(bootstrap: boolean): ForestSpecs {
  return {
    trees: { doc: 'Trees.', default: 200, range: [1, 10_000], integer: true, log: true },
    leaves: { doc: 'Leaves of a tree at most.', default: 65_536, range: [2, 1_048_576], integer: true, log: true },
    totalLeaves: {
      doc: "Leaves of all trees at most, shared evenly: it bounds the model's size.",
      default: 1_200_000,
      range: [2, 100_000_000],
      integer: true,
      log: true,
    },
    maxDepth: { doc: 'Depth of a tree at most.', default: 63, range: [1, 63], integer: true },
    minRowsInLeaf: {
      doc: 'Rows in a leaf at least; 0: what validation rows like best of some, without them two.',
      default: 0,
      range: [0, 1_000_000],
      integer: true,
      search: { choices: [1, 2, 3, 5, 10, 20] },
    },
    columnShare: {
      doc: "Share of the columns tried at each leaf; 0: for classes the square root of the columns' number, for a number half of them.",
      default: 0,
      range: [0, 1],
      search: { choices: [0, 0.3, 0.5, 0.75, 1] },
    },
    bootstrap: {
      doc: 'Each tree sees as many rows as there are, drawn with replacement; false: all rows.',
      default: bootstrap,
      search: { choices: [true, false] },
    },
    maxBins: { doc: 'Bins a column at most, missing included.', default: 255, range: [3, 256], integer: true },
  };
}
