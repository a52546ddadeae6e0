import type { Metric } from './metrics/metric.js';
import { callsFromTop, classWeights, rank } from './metrics/ranking.js';

/**
 * The probability from which to call a row positive so that a metric is best on these rows; O(n log n). Between two neighbouring scores the
 * middle is taken; of equally good thresholds the one nearest to 0.5. 0.5 when the metric does not depend on the threshold, or a class is absent.
 * @param probabilities of the positive class
 * @example bestThreshold(actual, probabilities, metric('f1')) // 0.31
 */
export function bestThreshold(actual: Float64Array, probabilities: Float64Array, metric: Metric, weights?: Float64Array): number {
  const { fromCounts } = metric;
  const ranked = rank(probabilities);
  const { order, ends } = ranked;
  const { positives, negatives } = classWeights(actual, order, weights);
  if (!fromCounts || positives <= 0 || negatives <= 0) return 0.5;
  const at = (run: number): number => probabilities[order[(ends[run] as number) - 1] as number] as number;
  let best = 0.5;
  let bestScore = Number.NaN;
  const sign = metric.greaterIsBetter ? 1 : -1;
  for (const { run, hits, alarms } of callsFromTop(actual, ranked, weights)) {
    const value = sign * fromCounts({ size: 2, cells: Float64Array.of(negatives - alarms, alarms, positives - hits, hits) });
    const high = at(run);
    const low = run > 0 ? at(run - 1) : 0;
    // the middle may round down to `low`, which would call one run more
    const middle = low + (high - low) / 2;
    const threshold = low < 0.5 && 0.5 <= high ? 0.5 : middle > low ? middle : high;
    const first = Number.isNaN(bestScore) && !Number.isNaN(value);
    const better = first || value > bestScore + 1e-12 * Math.abs(bestScore);
    if (better || (value >= bestScore && Math.abs(threshold - 0.5) < Math.abs(best - 0.5))) {
      best = threshold;
      bestScore = first ? value : Math.max(value, bestScore);
    }
  }
  return best;
}
