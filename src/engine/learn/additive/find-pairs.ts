import type { Rng } from '../../../core/rng.js';
import type { AdditiveLoss } from './loss.js';
import { pairStrength } from './pair-step.js';
import type { StepOptions } from './steps.js';
import type { BinnedColumn } from './terms.js';

/** Rows that are looked at to rank pairs. */
const ROWS = 20_000;
/** Pairs that are tried at most: those among the columns with the largest effects. */
const TRIED = 3000;

/** A column's side of grids. */
export interface Side {
  readonly cells: Uint8Array;
  readonly count: number;
}

/**
 * Ranks pairs of columns by how much of what the single effects leave unexplained a division of their grid explains (FAST; Lou, Caruana, Gehrke and
 * Hooker 2013).
 * @param scores after the single effects
 * @param importance of each column: its pairs are tried in this order when there are too many
 * @returns the strongest first; one pair a step
 */
export function* findPairs(
  loss: AdditiveLoss,
  columns: readonly BinnedColumn[],
  sides: readonly Side[],
  importance: Float64Array,
  rows: { target: Float64Array; weights: Float64Array; scores: Float64Array },
  count: number,
  options: StepOptions,
  rng: Rng,
): Generator<undefined, [number, number][]> {
  const n = rows.target.length;
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n);
  loss.gradients(rows.target, rows.weights, rows.scores, gradient, hessian);
  const sample = n > ROWS ? rng.child('pairs').sample(n, ROWS) : Uint32Array.from({ length: n }, (_, i) => i);
  const order = Array.from(columns.keys()).sort((a, b) => (importance[b] as number) - (importance[a] as number) || a - b);
  let most = order.length;
  while ((most * (most - 1)) / 2 > TRIED) most--;
  let all = 0;
  let h = 0;
  for (const i of sample) {
    all += rows.weights[i] as number;
    h += hessian[i] as number;
  }
  const row = all > 0 ? h / all : 0;
  const scaled = { ...options, l2: options.l2 * row };
  const coarse = order.slice(0, most).map((c) => {
    const { cells } = columns[c] as BinnedColumn;
    const side = sides[c] as Side;
    return Uint8Array.from(sample, (i) => side.cells[cells[i] as number] as number);
  });
  const found: { pair: [number, number]; strength: number }[] = [];
  for (let a = 0; a < most; a++)
    for (let b = a + 1; b < most; b++) {
      yield;
      const [x, y] = [coarse[a], coarse[b]] as [Uint8Array, Uint8Array];
      const [high, width] = [sides[order[a] as number]?.count, sides[order[b] as number]?.count] as [number, number];
      const sums = {
        gradient: new Float64Array(high * width),
        hessian: new Float64Array(high * width),
        weight: new Float64Array(high * width),
      };
      for (let s = 0; s < sample.length; s++) {
        const i = sample[s] as number;
        const cell = (x[s] as number) * width + (y[s] as number);
        sums.gradient[cell] = (sums.gradient[cell] as number) + (gradient[i] as number);
        sums.hessian[cell] = (sums.hessian[cell] as number) + (hessian[i] as number);
        sums.weight[cell] = (sums.weight[cell] as number) + (rows.weights[i] as number);
      }
      const strength = pairStrength(sums, high, width, scaled);
      const [first, second] = [order[a] as number, order[b] as number];
      if (strength > 0) found.push({ pair: first < second ? [first, second] : [second, first], strength });
    }
  found.sort((p, q) => q.strength - p.strength || p.pair[0] - q.pair[0] || p.pair[1] - q.pair[1]);
  return found.slice(0, count).map((f) => f.pair);
}
