import type { Rng } from '../../core/rng.js';
import { quantileSorted } from '../../core/statistics.js';
import type { Metric, MetricInput } from './metrics/metric.js';
import { drawBlocks, drawRows, rowStrata } from './resample.js';

/** Two models on the same rows. */
export interface PairedDifference {
  /** Of the first and of the second, in the metric's own sign. */
  first: number;
  second: number;
  /** How much better the first is: above 0 is better, whatever the metric's sign. */
  gain: number;
  /** 90 % interval of the gain; `NaN` where the metric is not defined on the rows. */
  low: number;
  high: number;
  /** Share of the resamples in which the first is better, ties counting half. */
  better: number;
  rows: number;
}

/** What a model said of the rows, and from which probability it calls them positive. */
export type Said = Pick<MetricInput, 'predicted' | 'threshold'>;

/**
 * How much better one model is than another on the same rows: both see the same resamples, so what is hard or easy about the rows falls out of the
 * difference (paired percentile bootstrap; Efron and Tibshirani 1993, chapter 15). Classes are drawn within themselves;
 * rows in the order of time by runs of neighbours, as many as their square root.
 * @example pairedBootstrap(metric('roc_auc'), { actual, outputs: 2 }, { predicted: challenger }, { predicted: champion }, new Rng(0))
 */
export function pairedBootstrap(
  metric: Metric,
  rows: Pick<MetricInput, 'actual' | 'outputs' | 'costs'>,
  first: Said,
  second: Said,
  rng: Rng,
  { resamples = 1000, byTime = false }: { resamples?: number; byTime?: boolean } = {},
): PairedDifference {
  const n = rows.actual.length;
  const a = metric.prepare({ ...rows, ...first });
  const b = metric.prepare({ ...rows, ...second });
  const sign = metric.greaterIsBetter ? 1 : -1;
  const [x, y] = n === 0 ? [Number.NaN, Number.NaN] : [a(), b()];
  const strata = byTime ? [] : rowStrata(rows.actual, rows.outputs > 1);
  const block = Math.max(1, Math.round(Math.sqrt(n)));
  const weights = new Float64Array(n);
  const gains: number[] = [];
  let better = 0;
  for (let i = 0; i < resamples && n > 0; i++) {
    if (byTime) drawBlocks(block, weights, rng);
    else drawRows(strata, weights, rng);
    const gain = sign * (a(weights) - b(weights));
    if (!Number.isFinite(gain)) continue;
    gains.push(gain);
    better += gain > 0 ? 1 : gain === 0 ? 0.5 : 0;
  }
  const sorted = Float64Array.from(gains).sort();
  const known = sorted.length > 0 && Number.isFinite(x - y);
  return {
    first: x,
    second: y,
    gain: sign * (x - y),
    low: known ? quantileSorted(sorted, 0.05) : Number.NaN,
    high: known ? quantileSorted(sorted, 0.95) : Number.NaN,
    better: known ? better / sorted.length : Number.NaN,
    rows: n,
  };
}
