import { argsort } from '../../core/argsort.js';

/** Rows with similar stated probabilities, and how often the event happened among them. */
export interface CalibrationBin {
  /** Mean stated probability. */
  predicted: number;
  /** Share of rows where it happened. */
  observed: number;
  rows: number;
}

/**
 * Reliability of stated probabilities: bins of equally many rows (rows with equal probability stay together), and the expected calibration error,
 * the mean distance between stated and observed, weighted by rows (Naeini et al. 2015, with equal-mass bins).
 * @param happened 1 where the event happened, else 0
 * @param bins at most this many
 * @example calibrationCurve(actual, probabilities).error // 0.02
 */
export function calibrationCurve(
  happened: Float64Array,
  probabilities: Float64Array,
  weights?: Float64Array,
  bins = 10,
): { bins: CalibrationBin[]; error: number } {
  const n = probabilities.length;
  const order = argsort(probabilities);
  const out: CalibrationBin[] = [];
  let error = 0;
  let total = 0;
  let i = 0;
  for (let b = 0; b < bins && i < n; b++) {
    let end = Math.max(i + 1, Math.round(((b + 1) * n) / bins));
    while (end < n && probabilities[order[end] as number] === probabilities[order[end - 1] as number]) end++;
    let weight = 0;
    let predicted = 0;
    let observed = 0;
    const from = i;
    for (; i < end; i++) {
      const row = order[i] as number;
      const w = weights ? (weights[row] as number) : 1;
      weight += w;
      predicted += w * (probabilities[row] as number);
      observed += w * (happened[row] as number);
    }
    if (!(weight > 0)) continue;
    error += Math.abs(predicted - observed);
    total += weight;
    out.push({ predicted: predicted / weight, observed: observed / weight, rows: end - from });
  }
  return { bins: out, error: total > 0 ? error / total : Number.NaN };
}
