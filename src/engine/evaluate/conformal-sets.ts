import { conformalQuantiles } from './conformal-quantiles.js';
import type { Unseen } from './conformal-widths.js';

/** The classes of a probability of `least` or more hold the right one for at least this share of new rows. */
export interface ConformalSet {
  readonly share: number;
  readonly least: number;
}

/** A model that was fitted on other rows gives the same row slightly another probability; where many rows share one, all of them would fall out at once. */
const MARGIN = 0.99;

/**
 * Least probabilities of the classes in prediction sets: quantiles of the probability that rows which were not seen in fitting gave their own class (Sadinle, Lei and
 * Wasserman 2019, "Least ambiguous set-valued classifiers"): of all sets that hold the share, the smallest on average.
 * A hundredth is let go of.
 * @param classes number of classes
 * @returns by share; shares that the rows cannot bear are left out
 * @example conformalSets([{ actual: Float64Array.of(0, 1, 1), predicted: Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.7, 0.3) }], 2) // [{ share: 0.5, least: 0.792 }]
 */
export function conformalSets(parts: readonly Unseen[], classes: number): ConformalSet[] {
  const scores: number[] = [];
  const weights: number[] = [];
  for (const { actual, predicted, weights: own } of parts)
    for (let i = 0; i < actual.length; i++) {
      const probability = predicted[i * classes + (actual[i] as number)] as number;
      const weight = own ? (own[i] as number) : 1;
      if (!Number.isFinite(probability) || !(weight > 0)) continue;
      scores.push(-probability);
      weights.push(weight);
    }
  return conformalQuantiles(scores, weights).map(({ share, score }) => ({ share, least: Math.abs(score) * MARGIN }));
}
