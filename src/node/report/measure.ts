import type { ScoredRows } from '../../engine/automl/result.js';
import { confusion } from '../../engine/evaluate/metrics/confusion.js';
import { calledClasses } from '../../engine/evaluate/metrics/metric.js';
import type { CostMatrix } from '../../model/bundle.js';

/** Counts of a binary answer at a threshold. */
export interface Confusion {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
}

/** The probability of the second class in each row. */
export function positiveScores(scored: ScoredRows): Float64Array {
  const n = scored.actual.length;
  const outputs = n ? scored.predicted.length / n : 2;
  const scores = new Float64Array(n);
  for (let i = 0; i < n; i++) scores[i] = scored.predicted[i * outputs + outputs - 1] as number;
  return scores;
}

export function confusionAt(actual: Float64Array, scores: Float64Array, threshold: number): Confusion {
  const [trueNegative, falsePositive, falseNegative, truePositive] = confusion({ actual, predicted: scores, outputs: 1, threshold }).cells;
  return { truePositive, falsePositive, falseNegative, trueNegative } as Confusion;
}

/** The class that each row is called (by costs, else the most probable one), and its probability. */
export function topClasses(scored: ScoredRows, classes: number, costs?: CostMatrix): { top: Int32Array; confidence: Float64Array } {
  const n = scored.actual.length;
  const top = calledClasses({ actual: scored.actual, predicted: scored.predicted, outputs: classes, costs });
  const confidence = new Float64Array(n);
  for (let i = 0; i < n; i++) confidence[i] = scored.predicted[i * classes + (top[i] as number)] as number;
  return { top, confidence };
}

/** Value below which the share `q` of sorted `values` lies, with linear interpolation. */
export function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const a = sorted[low] as number;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return a + (b - a) * (at - low);
}

export function mean(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return values.length ? sum / values.length : Number.NaN;
}

/** Counts in `bins` equal bins between `from` and `to`; values beyond fall in the outermost. */
export function histogram(values: Float64Array, from: number, to: number, bins: number, keep?: (i: number) => boolean): Float64Array {
  const counts = new Float64Array(bins);
  const scale = to > from ? bins / (to - from) : 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (Number.isNaN(v) || (keep && !keep(i))) continue;
    const b = Math.min(bins - 1, Math.max(0, Math.floor((v - from) * scale)));
    counts[b] = (counts[b] as number) + 1;
  }
  return counts;
}

/** The round number nearest to a step, by the rule that ECharts divides its axes with. */
export function roundStep(step: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(step));
  const f = step / magnitude;
  return (f < 1.5 ? 1 : f < 2.5 ? 2 : f < 4 ? 3 : f < 7 ? 5 : 10) * magnitude;
}

/** Round limits and step for an axis over [low, high]. */
export function niceAxis(low: number, high: number, steps = 4): { min: number; max: number; interval: number } {
  if (!(high > low)) {
    const pad = Math.abs(low) || 1;
    return niceAxis(low - pad / 2, low + pad / 2, steps);
  }
  const raw = (high - low) / steps;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const interval = ([1, 2, 2.5, 5, 10].find((m) => m * magnitude >= raw * 0.999) as number) * magnitude;
  return { min: Math.floor(low / interval + 1e-9) * interval, max: Math.ceil(high / interval - 1e-9) * interval, interval };
}
