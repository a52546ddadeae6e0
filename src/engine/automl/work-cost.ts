import { log } from '../../core/math.js';
import type { Parameters } from '../learn/learner.js';
import { countKinds } from '../learn/trees/kinds.js';

/** The size of a fit. */
export interface FitShape {
  readonly rows: number;
  /** Prepared columns, or the raw ones when nothing is prepared yet. */
  readonly columns: number;
  /** Numbers a row that are predicted: 1 for two classes and for regression, else one a class. */
  readonly scores: number;
}

type Cost = (shape: FitShape, parameters: Parameters, work: Readonly<Record<string, number>> | undefined) => number;

const given = (value: number | string | boolean | undefined, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** Seconds taken for a budget without limit. */
const unlimited = 600;

/** The seconds that shares of work are planned from. */
export function budgetSeconds({ budget }: { readonly budget: number | null }): number {
  return budget ?? unlimited;
}

/** Seconds of one round of boosted trees: work a leaf, a row, a cell and a histogram; vector leaves make several classes little dearer than one. */
export function boostingRound({ rows, columns, scores }: FitShape, parameters: Parameters): number {
  const leaves = Math.min(given(parameters.leaves, 31), (0.7 * rows) / given(parameters.minRowsInLeaf, 20));
  const lines = parameters.linearLeaves === true ? 5.7e-8 * rows : 0;
  const tree = 3.8e-6 * leaves + 3.4e-9 * rows * columns + 2.2e-8 * leaves * columns + 3.5e-8 * rows + lines;
  return (1 + 0.065 * (scores - 1)) * tree;
}

/**
 * @param row seconds of a row on a level of a tree
 * @param leaf seconds of a leaf
 * @param share of the rows that come into a tree, by leaves of the fewest rows
 */
function forest(row: number, leaf: number, share: number): Cost {
  return ({ rows }, parameters, work) => {
    const least = (work?.minRowsInLeaf ?? given(parameters.minRowsInLeaf, 0)) || 3;
    const leaves = Math.max(1, Math.min(given(parameters.leaves, 65_536), (share * rows) / least));
    return 0.05 + given(parameters.trees, 200) * (rows * log(leaves + 2) * row + leaves * leaf);
  };
}

/**
 * Seconds that fits take on one thread of a usual machine, from counts of work alone: what a run plans with, so that equal runs do equal work
 * whatever the machine is doing. Constants measured with `npm run bench -- learners`.
 */
const costs: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ['baseline', () => 0],
  [
    'linear',
    ({ rows, columns, scores }, parameters) =>
      0.05 + rows * columns * scores * ((scores > 1 ? 2e-6 : 4.5e-7) + 1e-7 * given(parameters.hinges, 0)),
  ],
  ['naive-bayes', ({ rows, columns, scores }) => 0.06 + rows * columns * (2e-7 + 1e-7 * scores)],
  [
    'boosted-trees',
    ({ rows, columns, scores }, parameters, work) => {
      const rate = given(parameters.learningRate, 0.05);
      const rounds = work?.rounds ?? Math.min(given(parameters.rounds, 3000), 60 + 14 / rate);
      // rounds beyond the best one, until patience ends
      const more = given(parameters.patience, 100);
      return (
        0.01 +
        rows * columns * 1.5e-8 +
        boostingRound({ rows, columns, scores }, parameters) * (rounds + more) * (work ? 1 : countKinds(parameters))
      );
    },
  ],
  [
    'neural-network',
    ({ rows, columns, scores }, parameters, work) => {
      const hidden = given(parameters.hidden, 128);
      const epochs = given(parameters.epochs, 100);
      const products = 3 * rows * epochs * hidden * (columns + hidden * (given(parameters.layers, 2) - 1) + scores);
      const share = work?.steps !== undefined && work.planned ? Math.min(1, work.steps / work.planned + 0.25) : 0.4;
      return 0.05 + (share * Math.min(given(parameters.maxWork, 4e10), products)) / 1.15e10;
    },
  ],
  [
    'nearest-neighbours',
    ({ rows, columns }, parameters) => {
      const width = Math.min(given(parameters.maxColumns, 60), columns);
      const cells = Math.min(given(parameters.maxCells, 500_000), Math.min(given(parameters.maxRows, 20_000), rows) * width);
      return 0.12 + cells * 2.8e-6;
    },
  ],
  [
    'additive',
    ({ rows, columns, scores }, parameters, work) => {
      const rounds = work?.rounds ?? Math.min(given(parameters.rounds, 2000), 13 / given(parameters.learningRate, 0.04));
      const pairs = scores > 1 ? 0 : Math.min(given(parameters.maxPairs, 60), given(parameters.interactions, 1) * columns);
      const pairRounds = work?.pairRounds ?? Math.min(given(parameters.pairRounds, 1000), 8 / given(parameters.learningRate, 0.04));
      // rounds beyond the best one, until patience ends
      const more = given(parameters.patience, 40);
      const steps = columns * scores * (rounds + more) + pairs * (pairRounds > 0 ? pairRounds + more : 0);
      return 0.2 + given(parameters.bags, 8) * steps * (rows * 1.3e-8 + 1.8e-5);
    },
  ],
  ['extra-trees', forest(8e-8, 2.6e-6, 0.8)],
  ['random-forest', forest(4e-8, 3.8e-6, 0.63)],
]);

/** Of a learner without figures of its own. */
const unknown: Cost = ({ rows, columns, scores }) => 0.05 + rows * columns * scores * 2e-6;

/** @param work what an earlier fit did, or what this one did; absent: the usual */
export function nominalSeconds(learner: string, shape: FitShape, parameters: Parameters, work?: Readonly<Record<string, number>>): number {
  return (costs.get(learner) ?? unknown)(shape, parameters, work);
}
