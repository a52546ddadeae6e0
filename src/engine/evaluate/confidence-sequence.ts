import { log } from '../../core/math.js';

/** A mean and the interval around it at this moment. */
export interface Sequential {
  rows: number;
  mean: number;
  low: number;
  high: number;
}

/** Rows below which nothing is said: the spread is not known yet. */
export const FEWEST_SEQUENTIAL = 30;

/**
 * The mean of differences that arrive one after the other, with an interval that may be looked at after every one of them: the chance that it is ever wrong,
 * at any look, is about `alpha` (asymptotic confidence sequence; Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, theorem 2.2).
 * @param tightest number of rows at which the interval is to be narrowest, relative to what is possible
 * @example confidenceSequence(losses) // { rows: 200, mean: 0.1, low: 0.04, high: 0.16 }
 */
export function confidenceSequence(values: Float64Array, alpha = 0.05, tightest = 500): Sequential {
  const n = values.length;
  let sum = 0;
  for (const v of values) sum += v;
  const mean = n === 0 ? Number.NaN : sum / n;
  let squares = 0;
  for (const v of values) squares += (v - mean) * (v - mean);
  if (n < FEWEST_SEQUENTIAL) return { rows: n, mean, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  // ρ² that is best at `tightest` rows
  const rho = (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha))) / tightest;
  const t = n * rho + 1;
  const reach = Math.sqrt(squares / (n - 1)) * Math.sqrt(((2 * t) / (n * n * rho)) * (log(t) / 2 - log(alpha)));
  return { rows: n, mean, low: mean - reach, high: mean + reach };
}
