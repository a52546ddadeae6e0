import { quantile } from '../../core/statistics.js';
import type { Parameters } from '../learn/learner.js';

/** A trial of a search and how it ended. */
export interface TriedPoint {
  /** 0 is the learner's defaults; then in the order of the search. */
  readonly trial: number;
  readonly parameters: Parameters;
  /** Share of the training rows that it was given. */
  readonly share: number;
  /** `stopped`: clearly behind on the folds so far; `failed`: the learner refused the parameters. */
  readonly status: 'complete' | 'stopped' | 'failed';
  /** The metric on each fold, in order; NaN where it is not defined. */
  readonly foldScores: readonly number[];
  /** Their mean, weighted by rows, in the metric's sign; NaN when there is none. */
  readonly score: number;
  readonly seconds: number;
}

/** Mean of the first so many fold scores, weighted by the folds' rows; undefined scores are left out. */
export function meanOfFolds(scores: readonly number[], rows: readonly number[], folds = scores.length): number {
  let total = 0;
  let weight = 0;
  for (let k = 0; k < folds; k++) {
    const score = scores[k] as number;
    if (Number.isNaN(score)) continue;
    total += score * (rows[k] as number);
    weight += rows[k] as number;
  }
  return weight > 0 ? total / weight : Number.NaN;
}

/** Trials that must have got as far before any is stopped. */
const FEWEST = 5;

/**
 * Whether a trial is worse on its folds so far than the median of the others on the same folds (Golovin et al. 2017, Vizier's median rule): then
 * the rest of its folds are spared.
 * @param rows validation rows of each fold
 */
export function isHopeless(
  scores: readonly number[],
  others: readonly TriedPoint[],
  rows: readonly number[],
  greaterIsBetter: boolean,
): boolean {
  const folds = scores.length;
  const peers = others.filter((t) => t.share === 1 && t.foldScores.length >= folds).map((t) => meanOfFolds(t.foldScores, rows, folds));
  if (peers.length < FEWEST) return false;
  const own = meanOfFolds(scores, rows);
  const middle = quantile(Float64Array.from(peers), 0.5);
  return greaterIsBetter ? own < middle : own > middle;
}
