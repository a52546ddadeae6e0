import { callsFromTop, classWeights, rank } from './metrics/ranking.js';
import { metricFor } from './metrics/registry.js';

/** Weighted counts when rows from some score up are called positive. */
interface Counts {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
}

/** The metrics that a threshold changes and that the four counts decide. */
function scorer(id: string): ((c: Counts) => number) | undefined {
  const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);
  const f = (hit: number, miss: number, alarm: number): number => ratio(2 * hit, 2 * hit + miss + alarm);
  const scorers = new Map<string, (c: Counts) => number>([
    ['f1', (c) => f(c.truePositive, c.falseNegative, c.falsePositive)],
    ['f1_macro', (c) => (f(c.truePositive, c.falseNegative, c.falsePositive) + f(c.trueNegative, c.falsePositive, c.falseNegative)) / 2],
    [
      'f1_weighted',
      (c) =>
        f(c.truePositive, c.falseNegative, c.falsePositive) * (c.truePositive + c.falseNegative) +
        f(c.trueNegative, c.falsePositive, c.falseNegative) * (c.trueNegative + c.falsePositive),
    ],
    ['accuracy', (c) => c.truePositive + c.trueNegative],
    [
      'balanced_accuracy',
      (c) => ratio(c.truePositive, c.truePositive + c.falseNegative) + ratio(c.trueNegative, c.trueNegative + c.falsePositive),
    ],
    ['precision', (c) => ratio(c.truePositive, c.truePositive + c.falsePositive)],
    ['recall', (c) => ratio(c.truePositive, c.truePositive + c.falseNegative)],
    [
      'matthews_corrcoef',
      (c) => {
        const [a, b, d, e] = [
          c.truePositive + c.falsePositive,
          c.truePositive + c.falseNegative,
          c.trueNegative + c.falsePositive,
          c.trueNegative + c.falseNegative,
        ];
        const scale = a * b * d * e;
        return scale > 0 ? (c.truePositive * c.trueNegative - c.falsePositive * c.falseNegative) / Math.sqrt(scale) : 0;
      },
    ],
    [
      'cohen_kappa',
      (c) => {
        const n = c.truePositive + c.falsePositive + c.falseNegative + c.trueNegative;
        const chance =
          ((c.truePositive + c.falseNegative) * (c.truePositive + c.falsePositive) +
            (c.trueNegative + c.falsePositive) * (c.trueNegative + c.falseNegative)) /
          n;
        return n > chance ? (c.truePositive + c.trueNegative - chance) / (n - chance) : 0;
      },
    ],
  ]);
  return scorers.get(id);
}

/**
 * The probability from which to call a row positive so that a metric is best on these rows; O(n log n). Between two neighbouring scores the
 * middle is taken; of equally good thresholds the one nearest to 0.5. 0.5 when the metric does not depend on the threshold, or a class is absent.
 * @param probabilities of the positive class
 * @param id a metric of called classes
 * @throws MillwrightError `OPTION_INVALID` for an unknown metric
 * @example bestThreshold(actual, probabilities) // 0.31
 */
export function bestThreshold(actual: Float64Array, probabilities: Float64Array, weights?: Float64Array, id = 'f1'): number {
  const score = scorer(metricFor(id, 'binary').id);
  const ranked = rank(probabilities);
  const { order, ends } = ranked;
  const { positives, negatives } = classWeights(actual, order, weights);
  if (!score || positives <= 0 || negatives <= 0) return 0.5;
  const at = (run: number): number => probabilities[order[(ends[run] as number) - 1] as number] as number;
  let best = 0.5;
  let bestScore = -2; // below every metric
  for (const { run, hits, alarms } of callsFromTop(actual, ranked, weights)) {
    const value = score({ truePositive: hits, falsePositive: alarms, falseNegative: positives - hits, trueNegative: negatives - alarms });
    const high = at(run);
    const low = run > 0 ? at(run - 1) : 0;
    // the middle may round down to `low`, which would call one run more
    const middle = low + (high - low) / 2;
    const threshold = low < 0.5 && 0.5 <= high ? 0.5 : middle > low ? middle : high;
    if (value > bestScore + 1e-12 * Math.abs(bestScore) || (value >= bestScore && Math.abs(threshold - 0.5) < Math.abs(best - 0.5))) {
      best = threshold;
      bestScore = Math.max(value, bestScore);
    }
  }
  return best;
}
