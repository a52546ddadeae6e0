import type { Parameters } from '../learn/learner.js';

/**
 * Proposes points of a space and learns from how good they were. Deterministic: the same seed and the same asks and tells, in the same order, give the
 * same proposals. Several points may be asked for before any is told.
 */
export interface Searcher {
  /** The next point to try; `undefined` when there is none left. */
  ask(): Parameters | undefined;
  /**
   * Says how good a point was, whether it was asked for or not.
   * @param loss smaller is better; NaN or infinite: it failed
   * @param budget what the trial was given (folds, share of the rows); 1 unless told. Points that got more rank before those that got less, as those
   *   that stopped early were the worse ones.
   */
  tell(parameters: Parameters, loss: number, budget?: number): void;
}
