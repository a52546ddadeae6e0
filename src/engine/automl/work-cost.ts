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

/**
 * Seconds that fits take on one thread of a usual machine, from counts of work alone: what a run plans with, so that equal runs do equal work
 * whatever the machine is doing. Constants measured with `npm run bench -- learners`.
 */
const costs: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ['baseline', () => 0],
  ['linear', ({ rows, columns, scores }, parameters) => 0.02 + rows * columns * scores * (6e-7 + 6e-7 * given(parameters.hinges, 0))],
  [
    'boosted-trees',
    ({ rows, columns, scores }, parameters, work) => {
      const rate = given(parameters.learningRate, 0.05);
      const rounds = work?.rounds ?? Math.min(given(parameters.rounds, 3000), 60 + 14 / rate);
      const leaves = given(parameters.leaves, 31) / 31;
      const round = 1.5e-4 * leaves + rows * 6e-8 + rows * columns * 2.5e-9 * (0.4 + 0.6 * Math.sqrt(leaves)) + columns * 1.5e-5 * leaves;
      return 0.01 + rows * columns * 1.5e-8 + scores * round * rounds * (work ? 1 : countKinds(parameters));
    },
  ],
  [
    'neural-network',
    ({ rows, columns, scores }, parameters, work) => {
      const hidden = given(parameters.hidden, 128);
      const epochs = work?.epochs ?? given(parameters.epochs, 100);
      const products = 3 * rows * epochs * hidden * (columns + hidden * (given(parameters.layers, 2) - 1) + scores);
      return 0.05 + Math.min(given(parameters.maxWork, 4e10), products) / 1.2e10;
    },
  ],
  ['nearest-neighbours', ({ rows, columns }) => 0.05 + Math.min(20_000, rows) * Math.min(60, columns) * 4e-6],
  ['additive', ({ rows, columns, scores }) => 0.05 + rows * columns * scores * 1.5e-5],
]);

/** Of a learner without figures of its own. */
const unknown: Cost = ({ rows, columns, scores }) => 0.05 + rows * columns * scores * 2e-6;

/** @param work what an earlier fit did, or what this one did; absent: the usual */
export function nominalSeconds(learner: string, shape: FitShape, parameters: Parameters, work?: Readonly<Record<string, number>>): number {
  return (costs.get(learner) ?? unknown)(shape, parameters, work);
}
