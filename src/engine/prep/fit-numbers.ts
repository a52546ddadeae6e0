import type { NumericColumn, Table } from '../../core/table.js';
import type { ImputeStep } from '../../model/steps/impute.js';
import type { StandardiseStep } from '../../model/steps/standardise.js';
import type { FreshNames } from './fresh-names.js';

/** Rows looked at for quantiles: every k-th, so that a fit costs the same on any table. */
const SAMPLE = 4000;

/** Medians for the missing cells of numbers, and an indicator where training had such cells. */
export function fitImpute(columns: readonly NumericColumn[], fresh: FreshNames): ImputeStep {
  return {
    kind: 'impute',
    columns: columns.map(({ name, values }) => {
      const filled = { name, value: quantile(sortedSample(values), 0.5) };
      return hasGaps(values) ? { ...filled, indicator: fresh.take(`${name} is missing`) } : filled;
    }),
  };
}

/**
 * Centre and spread of complete numbers. Values are held within two spans of the 1 % to 99 % range, so that neither an outlier in training nor
 * one at prediction can carry the answer away; a column that does not vary is left out.
 */
export function fitStandardise(columns: readonly NumericColumn[]): StandardiseStep {
  const fitted: StandardiseStep['columns'][number][] = [];
  for (const { name, values } of columns) {
    const [low, high] = bounds(values);
    const [mean, scale] = moments(values, low, high);
    if (scale > 0 && Number.isFinite(scale) && Number.isFinite(mean)) fitted.push({ name, low, high, mean, scale });
  }
  return { kind: 'standardise', columns: fitted };
}

/** The numeric columns of a table. */
export function numericColumns(table: Table): NumericColumn[] {
  return table.columns.filter((c) => c.kind === 'numeric');
}

function hasGaps(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i] as number)) return true;
  return false;
}

function sortedSample(values: Float64Array): Float64Array {
  const stride = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = new Float64Array(Math.ceil(values.length / stride));
  let count = 0;
  for (let i = 0; i < values.length; i += stride) if (Number.isFinite(values[i] as number)) sample[count++] = values[i] as number;
  return sample.subarray(0, count).sort();
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted.length === 0 ? 0 : (sorted[Math.floor((sorted.length - 1) * share)] as number);
}

function bounds(values: Float64Array): [number, number] {
  const sorted = sortedSample(values);
  const q01 = quantile(sorted, 0.01);
  const q99 = quantile(sorted, 0.99);
  const span = 2 * (q99 - q01);
  if (span > 0 && Number.isFinite(q99 + span) && Number.isFinite(q01 - span)) return [q01 - span, q99 + span];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low <= high ? [low, high] : [0, 0];
}

function moments(values: Float64Array, low: number, high: number): [number, number] {
  const clamp = (x: number): number => Math.min(Math.max(x, low), high);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += clamp(values[i] as number) / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const d = clamp(values[i] as number) - sum;
    squares += (d * d) / values.length;
  }
  return [sum, Math.sqrt(squares)];
}
