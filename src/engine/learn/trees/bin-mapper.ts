import type { Rng } from '../../../core/rng.js';
import type { Column, Table } from '../../../core/table.js';
import { finish, type Steps } from './steps.js';

/** How the values of one column become bins 1…bins−1; bin 0 is missing. */
export type BinMapper =
  /** Bin b holds bounds[b−2] < x ≤ bounds[b−1]; the last bound is +∞. */
  | { readonly kind: 'numeric'; readonly name: string; readonly bins: number; readonly bounds: Float64Array; readonly sawMissing: boolean }
  /** Bin of each level; rare levels share bin 0 with missing and unseen ones. */
  | { readonly kind: 'category'; readonly name: string; readonly bins: number; readonly binOf: Uint8Array };

/**
 * Rows looked at to place the bounds: a fifth, within limits. With 30,000 of a million the held-out log loss was 0.16 % worse than with 200,000; at
 * 100,000 rows there was no difference.
 */
const sampleSize = (rows: number): number => Math.min(rows, 200_000, Math.max(30_000, Math.ceil(rows / 5)));

/**
 * Chooses bins for every column: one a value when there are few, else about equal numbers of rows, as LightGBM's greedy binning does.
 * @param maxBins bins a column at most, missing included; 3–256
 */
export function fitBins(table: Table, maxBins: number, rng: Rng): BinMapper[] {
  return finish(fitBinsInSteps(table, maxBins, rng));
}

/** The same, one column a step. */
export function* fitBinsInSteps(table: Table, maxBins: number, rng: Rng): Steps<BinMapper[]> {
  const size = sampleSize(table.rows);
  const rows = size < table.rows ? rng.child('bins').sample(table.rows, size) : undefined;
  const mappers: BinMapper[] = [];
  for (const column of table.columns) {
    mappers.push(fitColumn(column, maxBins, rows));
    yield;
  }
  return mappers;
}

function fitColumn(column: Column, maxBins: number, rows: Uint32Array | undefined): BinMapper {
  if (column.kind === 'category') return categoryBins(column.name, column.codes, column.levels.length, maxBins);
  const bounds = numericBounds(column.values, maxBins - 1, rows);
  let sawMissing = false;
  for (let i = 0; i < column.values.length && !sawMissing; i++) sawMissing = Number.isNaN(column.values[i]);
  return { kind: 'numeric', name: column.name, bins: bounds.length + 1, bounds, sawMissing };
}

/** Upper bounds of at most `most` bins, the last +∞. */
export function numericBounds(values: Float64Array, most: number, rows?: Uint32Array): Float64Array {
  let sorted: Float64Array;
  if (rows) {
    sorted = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) sorted[i] = values[rows[i] as number] as number;
  } else sorted = values.slice();
  sorted.sort(); // NaN last
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1])) count--;
  if (count === 0) return new Float64Array([Number.POSITIVE_INFINITY]);
  // distinct values with counts, packed in place
  const counts = new Uint32Array(count);
  let distinct = 0;
  for (let i = 0; i < count; ) {
    const x = sorted[i] as number;
    let j = i + 1;
    while (j < count && sorted[j] === x) j++;
    counts[distinct] = j - i;
    sorted[distinct++] = x;
    i = j;
  }
  const bounds: number[] = [];
  const close = (i: number): void => {
    bounds.push(midpoint(sorted[i] as number, sorted[i + 1] as number));
  };
  if (distinct <= most) {
    for (let i = 0; i < distinct - 1; i++) close(i);
  } else {
    // values that would fill a bin alone get one; the others share what is left
    let restRows = count;
    let restBins = most;
    const mean = count / most;
    const heavy = new Uint8Array(distinct);
    for (let i = 0; i < distinct; i++)
      if ((counts[i] as number) >= mean) {
        heavy[i] = 1;
        restRows -= counts[i] as number;
        restBins--;
      }
    let target = restRows / Math.max(1, restBins);
    let inBin = 0;
    for (let i = 0; i < distinct - 1 && bounds.length < most - 1; i++) {
      if (!heavy[i]) restRows -= counts[i] as number;
      inBin += counts[i] as number;
      if (heavy[i] || inBin >= target || (heavy[i + 1] && inBin >= Math.max(1, target * 0.5))) {
        close(i);
        inBin = 0;
        if (!heavy[i]) {
          restBins--;
          target = restRows / Math.max(1, restBins);
        }
      }
    }
  }
  bounds.push(Number.POSITIVE_INFINITY);
  return Float64Array.from(bounds);
}

/** A number in [a, b) between two neighbouring values. */
function midpoint(a: number, b: number): number {
  const m = a / 2 + b / 2;
  return m >= a && m < b ? m : a;
}

function categoryBins(name: string, codes: Int32Array, levels: number, maxBins: number): BinMapper {
  const counts = new Uint32Array(levels);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (code >= 0 && code < levels) counts[code] = (counts[code] as number) + 1;
  }
  const order = Array.from(counts.keys())
    .filter((code) => (counts[code] as number) > 0)
    .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
    .slice(0, maxBins - 1);
  const binOf = new Uint8Array(levels);
  for (let i = 0; i < order.length; i++) binOf[order[i] as number] = i + 1;
  return { kind: 'category', name, bins: order.length + 1, binOf };
}
