import { log } from '../../core/math.js';

/**
 * The row from which on the rows speak for the window and no longer for the reference: where the sum of log-likelihood ratios up to the end is largest
 * (Page, 1954, looking back).
 * @param codes one column of the latest rows, oldest first
 * @returns an index of `codes`
 */
export function changePoint(codes: ArrayLike<number>, reference: Float64Array, current: Float64Array): number {
  const size = reference.length;
  const n = reference.reduce((s, c) => s + c, 0) + 0.5 * size;
  const m = current.reduce((s, c) => s + c, 0) + 0.5 * size;
  const ratios = Float64Array.from(reference, (c, k) => log(((current[k] as number) + 0.5) / m) - log((c + 0.5) / n));
  return lastRise(codes.length, (i) => ratios[codes[i] as number] as number);
}

/** The same of two columns' products of scores, which had a mean and have another. */
export function jointChangePoint(products: Float64Array, reference: number, current: number): number {
  const middle = (reference + current) / 2;
  const way = Math.sign(current - reference);
  return lastRise(products.length, (i) => ((products[i] as number) - middle) * way);
}

/** Where to begin so that the sum to the end is largest. */
function lastRise(n: number, value: (i: number) => number): number {
  let sum = 0;
  let best = 0;
  let at = Math.max(0, n - 1);
  for (let i = n - 1; i >= 0; i--) {
    sum += value(i);
    if (sum > best) {
      best = sum;
      at = i;
    }
  }
  return at;
}
