import { argsort } from './argsort.js';

/** Sum in row order. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

/** Mean, weighted when weights are given; `NaN` for no rows or no weight. */
export function mean(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  if (!weights) return sum(values) / values.length;
  let total = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    total += (weights[i] as number) * (values[i] as number);
    weight += weights[i] as number;
  }
  return total / weight;
}

/** Mean squared distance from the mean (divisor n, or Σ weights); two passes. */
export function variance(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  const center = mean(values, weights);
  let total = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    const d = (values[i] as number) - center;
    total += w * d * d;
    weight += w;
  }
  return total / weight;
}

/**
 * Quantile of values sorted upwards, linear between neighbours (numpy's default); `NaN` for none.
 * @param p in [0, 1]
 */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const at = p * (n - 1);
  const i = Math.min(n - 1, Math.max(0, Math.floor(at)));
  const a = sorted[i] as number;
  const b = sorted[Math.min(n - 1, i + 1)] as number;
  return a + (b - a) * (at - i);
}

/** Quantile of values in any order, without missing ones; linear between neighbours. */
export function quantile(values: Float64Array, p: number): number {
  return quantileSorted(values.filter((v) => !Number.isNaN(v)).sort(), p);
}

/**
 * The values' quantile where each counts as often as its weight; the middle of two when the weight splits exactly between them.
 * @param p in [0, 1]
 * @param order an `argsort` of the values, when at hand
 */
export function weightedQuantile(values: Float64Array, p: number, weights?: Float64Array, order = argsort(values)): number {
  let total = 0;
  for (const row of order) total += weights ? (weights[row] as number) : 1;
  if (!(total > 0)) return Number.NaN;
  const wanted = p * total;
  let below = 0;
  for (let i = 0; i < order.length; i++) {
    const own = weights ? (weights[order[i] as number] as number) : 1;
    below += own;
    if (below < wanted || !(own > 0)) continue;
    const here = values[order[i] as number] as number;
    if (below > wanted) return here;
    let j = i + 1;
    while (j < order.length && weights && !((weights[order[j] as number] as number) > 0)) j++;
    return j < order.length ? (here + (values[order[j] as number] as number)) / 2 : here;
  }
  return values[order[order.length - 1] as number] as number;
}

/** The same at one half. */
export function weightedMedian(values: Float64Array, weights?: Float64Array): number {
  return weightedQuantile(values, 0.5, weights);
}
