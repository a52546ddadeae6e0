import { exp, log } from '../core/math.js';

/** Probabilities below this count as this when they are averaged in the logarithm, so that one sure member does not overrule all others. */
export const PROBABILITY_FLOOR = 1e-7;

/** How members' predictions become one: a weighted mean of numbers, or of log-probabilities. */
export type Combination = 'number' | 'probability';

/** Adds `weight` × predictions (for probabilities: × their logarithms) to `sums`; both row-major. */
export function addWeighted(how: Combination, sums: Float64Array, predicted: Float64Array, weight: number): void {
  if (how === 'number') for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + weight * (predicted[i] as number);
  else
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + weight * log(Math.max(PROBABILITY_FLOOR, predicted[i] as number));
}

/**
 * Turns weighted sums into predictions, in place: numbers are divided by the total weight, log-probabilities too and made to sum to 1 a row.
 * @param outputs classes a row
 */
export function finishWeighted(how: Combination, sums: Float64Array, total: number, outputs: number): Float64Array {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) / total;
  if (how === 'number') return sums;
  for (let at = 0; at < sums.length; at += outputs) {
    if (outputs === 2) {
      const p = 1 / (1 + exp((sums[at] as number) - (sums[at + 1] as number)));
      sums[at] = 1 - p;
      sums[at + 1] = p;
      continue;
    }
    let most = Number.NEGATIVE_INFINITY;
    for (let k = at; k < at + outputs; k++) most = Math.max(most, sums[k] as number);
    let all = 0;
    for (let k = at; k < at + outputs; k++) {
      const e = exp((sums[k] as number) - most);
      sums[k] = e;
      all += e;
    }
    for (let k = at; k < at + outputs; k++) sums[k] = (sums[k] as number) / all;
  }
  return sums;
}
