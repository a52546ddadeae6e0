import type { ColumnSchema, Schema } from '../../core/schema.js';
import type { CategoryColumn, NumericColumn, Table } from '../../core/table.js';
import type { ColumnProfile } from '../automl/result.js';

const maxBins = 30;
const maxLevels = 15;
const maxSlices = 50;

/**
 * Histograms of every column of a raw table, for the report. Numbers and dates get equal bins between the 1st and 99th percentile, the
 * outer two reaching to the extremes; whole numbers with few values get a bin each; categories their most frequent levels.
 * @example profileColumns(table, schema)[0]?.bins // [{ from: 0, to: 1, count: 12 }, …]
 */
export function profileColumns(table: Table, schema: Schema): ColumnProfile[] {
  const profiles: ColumnProfile[] = [];
  for (const column of schema.columns) {
    const cells = table.find(column.name);
    if (cells) profiles.push(cells.kind === 'numeric' ? profileNumeric(cells) : profileCategory(cells, column));
  }
  return profiles;
}

function profileNumeric(column: NumericColumn): ColumnProfile {
  const { name, values } = column;
  const missingBySlice = missingShares(values.length, (i) => Number.isNaN(values[i] as number));
  const sorted = values.filter((v) => Number.isFinite(v)).sort();
  if (sorted.length === 0) return { name, bins: [], missingBySlice };
  return { name, bins: whole(sorted) ?? equalBins(sorted), missingBySlice };
}

/** A bin a value, when there are few values and all are whole. */
function whole(sorted: Float64Array): ColumnProfile['bins'] | undefined {
  const bins: { from: number; to: number; count: number }[] = [];
  let last = Number.NaN;
  for (const v of sorted) {
    if (v === last) {
      (bins[bins.length - 1] as { count: number }).count++;
      continue;
    }
    if (bins.length === 20 || !Number.isInteger(v) || v - last > 20) return undefined;
    bins.push({ from: v - 0.5, to: v + 0.5, count: 1 });
    last = v;
  }
  return bins;
}

function equalBins(sorted: Float64Array): NonNullable<ColumnProfile['bins']> {
  const n = sorted.length;
  const min = sorted[0] as number;
  const max = sorted[n - 1] as number;
  let low = sorted[Math.floor(0.01 * (n - 1))] as number;
  let high = sorted[Math.ceil(0.99 * (n - 1))] as number;
  // a long tail would leave all rows in one bin; without one the whole range is shown as it is
  if (max - min < 3 * (high - low) || high === low) {
    low = min;
    high = max;
  }
  if (high === low) return [{ from: low, to: high, count: n }];
  const count = Math.max(5, Math.min(maxBins, Math.ceil(2 * Math.sqrt(n))));
  const width = (high - low) / count;
  const bins = Array.from({ length: count }, (_, i) => ({ from: low + i * width, to: low + (i + 1) * width, count: 0 }));
  for (const v of sorted) {
    const bin = bins[Math.max(0, Math.min(count - 1, Math.floor((v - low) / width)))];
    if (bin) bin.count++;
  }
  const first = bins[0];
  const last = bins[count - 1];
  if (first) first.from = min;
  if (last) last.to = max;
  return bins;
}

function profileCategory(column: CategoryColumn, schema: ColumnSchema): ColumnProfile {
  const { name, codes, levels } = column;
  const missingBySlice = missingShares(codes.length, (i) => (codes[i] as number) < 0);
  // ids and free text have no levels worth a bar
  if (schema.type === 'id' || schema.type === 'text') return { name, missingBySlice };
  const counts = new Uint32Array(levels.length);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const order = Array.from(counts.keys()).filter((i) => (counts[i] as number) > 0);
  order.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  return {
    name,
    levels: order.slice(0, maxLevels).map((i) => ({ level: levels[i] as string, count: counts[i] as number })),
    missingBySlice,
  };
}

function missingShares(rows: number, missing: (row: number) => boolean): number[] {
  const slices = Math.min(maxSlices, rows);
  const shares: number[] = [];
  for (let s = 0; s < slices; s++) {
    const from = Math.floor((s * rows) / slices);
    const to = Math.floor(((s + 1) * rows) / slices);
    let count = 0;
    for (let i = from; i < to; i++) if (missing(i)) count++;
    shares.push(count / Math.max(1, to - from));
  }
  return shares;
}
