import { log } from '../../core/math.js';

/** A way to part the rows of a leaf in two, and how good it is. */
export interface Split<S> {
  feature: number;
  /** Rows with at most this value go left; for a category, rows of this level. */
  at: number;
  nominal: boolean;
  merit: number;
  /** What the children are taken to have seen. */
  left: S;
  right: S;
}

/** The best split of some features, and the merit of the next best. Not to split at all is a candidate too, and gains nothing. */
export function bestSplit<S>(
  features: readonly number[],
  observers: readonly { best(feature: number, rows: number): Split<S> | undefined }[],
  rows: number,
): { best: Split<S> | undefined; second: number } {
  let [best, second] = [undefined as Split<S> | undefined, 0];
  observers.forEach((observer, i) => {
    const split = observer.best(features[i] as number, rows);
    if (!split) return;
    if (split.merit > (best?.merit ?? 0)) {
      second = best?.merit ?? 0;
      best = split;
    } else second = Math.max(second, split.merit);
  });
  return { best, second };
}

/** A branch with a smaller share of the rows than this is none. */
const LEAST_BRANCH = 0.01;

/** log₂. */
export function log2(x: number): number {
  return log(x) * Math.LOG2E;
}

/** Σ weights by class. */
function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** Entropy in bits times the number of rows. */
function entropyOf(counts: readonly number[]): number {
  let sum = 0;
  let bits = 0;
  for (const count of counts) {
    if (!(count > 0)) continue;
    bits -= count * log2(count);
    sum += count;
  }
  return sum > 0 ? bits + sum * log2(sum) : 0;
}

/**
 * Bits that a split tells of the class; −∞ when a branch is next to empty.
 * @param rows of the leaf, by weight; those in which the feature is missing gain nothing
 */
export function informationGain(left: readonly number[], right: readonly number[], rows: number): number {
  const [l, r] = [total(left), total(right)];
  if (!(l / (l + r) > LEAST_BRANCH && r / (l + r) > LEAST_BRANCH)) return Number.NEGATIVE_INFINITY;
  const before = left.map((count, k) => count + (right[k] ?? 0));
  return (entropyOf(before) - entropyOf(left) - entropyOf(right)) / Math.max(rows, l + r);
}

/**
 * With probability 1 − δ the mean of n values of the given range is this near to the mean of the first n (Hoeffding, 1963).
 * @example hoeffdingBound(1, 0.01, 200) // 0.107
 */
export function hoeffdingBound(range: number, delta: number, n: number): number {
  return Math.sqrt((range * range * log(1 / delta)) / (2 * n));
}
