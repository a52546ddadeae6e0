import { argsort } from '../../core/argsort.js';

/** Shares of rows for which a model keeps how far it may be wrong. */
const SHARES = [0.5, 0.8, 0.9, 0.95, 0.99];

/**
 * Quantiles of how badly rows fit that were not seen in fitting, the new row counted among them, so that n rows bear a share up to n / (n + 1): split conformal
 * prediction (Lei et al. 2018; over folds: Vovk 2015). A new row fits at least so well with at least that probability.
 * @param scores less is better
 * @returns by share; those that the rows cannot bear are left out
 */
export function conformalQuantiles(scores: readonly number[], weights: readonly number[]): { share: number; score: number }[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const order = argsort(Float64Array.from(scores));
  // the row to come weighs as much as one of these
  const all = total + total / scores.length;
  const quantiles: { share: number; score: number }[] = [];
  let at = 0;
  let passed = 0;
  for (const share of SHARES) {
    while (at < order.length && passed < share * all - 1e-9) passed += weights[order[at++] as number] as number;
    if (at === 0 || passed < share * all - 1e-9) break;
    quantiles.push({ share, score: scores[order[at - 1] as number] as number });
  }
  return quantiles;
}
