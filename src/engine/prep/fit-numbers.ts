import type { NumericColumn } from '../../core/table.js';
import type { ImputeStep } from '../../model/steps/impute.js';
import type { StandardiseStep } from '../../model/steps/standardise.js';
import type { FreshNames } from './fresh-names.js';

/** Rows looked at for quantiles: every k-th, so that they cost the same on any table. */
const SAMPLE = 4000;

/** Numbers made complete and comparable. */
export interface FittedNumbers {
  impute: ImputeStep;
  standardise: StandardiseStep;
}

/**
 * Medians for the missing cells, an indicator for each column that has such cells, and centre and spread of the result. Values are held within two
 * spans of the 1 % to 99 % range, so that no outlier, in training or later, can carry an answer away. Columns that do not vary are left out.
 */
export function fitNumbers(columns: readonly NumericColumn[], fresh: FreshNames): FittedNumbers {
  const filled: ImputeStep['columns'][number][] = [];
  const scaled: StandardiseStep['columns'][number][] = [];
  for (const { name, values } of columns) {
    const sorted = sortedSample(values);
    const value = quantile(sorted, 0.5);
    const gaps = countGaps(values);
    const { low, high } = bounds(values, sorted);
    const { mean, scale } = moments(values, value, low, high);
    const varies = scale > 0 && Number.isFinite(scale) && Number.isFinite(mean);
    const indicator = gaps > 0 && gaps < values.length ? fresh.take(`${name} is missing`) : undefined;
    if (varies || indicator !== undefined) filled.push({ name, value, ...(indicator !== undefined && { indicator }) });
    if (varies) scaled.push({ name, low, high, mean, scale });
    const share = gaps / values.length;
    if (indicator !== undefined) scaled.push({ name: indicator, low: 0, high: 1, mean: share, scale: Math.sqrt(share * (1 - share)) });
  }
  return { impute: { kind: 'impute', columns: filled }, standardise: { kind: 'standardise', columns: scaled } };
}

function countGaps(values: Float64Array): number {
  let gaps = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) gaps++;
  return gaps;
}

function sortedSample(values: Float64Array): Float64Array {
  const stride = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = new Float64Array(Math.ceil(values.length / stride));
  let count = 0;
  for (let i = 0; i < values.length; i += stride) if (Number.isFinite(values[i])) sample[count++] = values[i] as number;
  return sample.subarray(0, count).sort();
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted.length === 0 ? 0 : (sorted[Math.floor((sorted.length - 1) * share)] as number);
}

function bounds(values: Float64Array, sorted: Float64Array): { low: number; high: number } {
  const q01 = quantile(sorted, 0.01);
  const q99 = quantile(sorted, 0.99);
  const span = 2 * (q99 - q01);
  if (span > 0 && Number.isFinite(q99 + span) && Number.isFinite(q01 - span)) return { low: q01 - span, high: q99 + span };
  // Nearly all cells are one value: the range of the others is all there is.
  let low = q01;
  let high = q01;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return { low, high };
}

function moments(values: Float64Array, gap: number, low: number, high: number): { mean: number; scale: number } {
  const n = values.length;
  const at = (i: number): number => {
    const x = values[i] as number;
    return Math.min(Math.max(Number.isFinite(x) ? x : gap, low), high);
  };
  // Divided before they are summed, so that huge values do not overflow.
  let mean = 0;
  for (let i = 0; i < n; i++) mean += at(i) / n;
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const d = at(i) - mean;
    variance += (d * d) / n;
  }
  return { mean, scale: Math.sqrt(variance) };
}
