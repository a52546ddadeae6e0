import type { Schema } from '../../core/schema.js';
import type { Column, Table } from '../../core/table.js';
import type { Finding } from '../automl/result.js';
import { percent } from './findings-columns.js';
import { isMissing } from './findings-skill.js';

/** Rows compared from each end of the time order. */
const endRows = 4000;

/** Holdout rows that also stand in the training rows, feature by feature: the score on them is memory, not skill. */
export function duplicateFindings(table: Table, schema: Schema, train: Uint32Array, holdout: Uint32Array): Finding[] {
  const columns = featureColumns(table, schema);
  if (columns.length === 0 || holdout.length === 0) return [];
  // where few combinations exist, equal rows are to be expected
  let combinations = 1;
  for (const column of columns) combinations *= distinct(column, 1000);
  if (combinations < 100 * (train.length + holdout.length)) return [];
  const [first, second] = [rowHashes(columns, table.rows, 0x811c9dc5), rowHashes(columns, table.rows, 0x2f0b4a27)];
  const key = (row: number): number => (first[row] as number) * 2097152 + ((second[row] as number) >>> 11);
  const seen = new Set<number>();
  for (const row of train) seen.add(key(row));
  let copies = 0;
  for (const row of holdout) if (seen.has(key(row))) copies++;
  const share = copies / holdout.length;
  if (copies < 3 || share < 0.01) return [];
  return [
    {
      level: share >= 0.1 ? 'warning' : 'info',
      code: 'duplicate-rows',
      message: `${percent(share)} of the holdout rows are exact copies of training rows. If the same case was entered twice, the score flatters the model: remove the copies and run again. If such rows are simply common, all is well.`,
    },
  ];
}

/** Features whose values moved between the first and the last third of the time order. @param order rows, oldest first */
export function driftFindings(table: Table, schema: Schema, order: Uint32Array): Finding[] {
  const third = Math.min(endRows, Math.floor(order.length / 3));
  if (third < 100) return [];
  const step = Math.max(1, Math.floor(order.length / 3 / third));
  const early = Uint32Array.from({ length: third }, (_, i) => order[i * step] as number);
  const late = Uint32Array.from({ length: third }, (_, i) => order[order.length - 1 - i * step] as number);
  const moved: { name: string; distance: number }[] = [];
  for (const column of featureColumns(table, schema)) {
    const use = schema.columns.find((c) => c.name === column.name);
    if (use?.use === 'time' || use?.type === 'datetime' || use?.type === 'text') continue;
    const distance = column.kind === 'numeric' ? largestGap(column.values, early, late) : shareMoved(column.codes, early, late);
    if (distance >= 0.35) moved.push({ name: column.name, distance });
  }
  if (moved.length === 0) return [];
  moved.sort((a, b) => b.distance - a.distance || (a.name < b.name ? -1 : 1));
  const names = moved.slice(0, 4).map((m) => `“${m.name}”`);
  const more = moved.length > 4 ? ` and ${moved.length - 4} more` : '';
  return [
    {
      level: 'warning',
      code: 'drift',
      message: `${names.join(', ')}${more} changed between the start and the end of the data. The future may look different again: watch the model once it is in use.`,
    },
  ];
}

function featureColumns(table: Table, schema: Schema): Column[] {
  const found: Column[] = [];
  for (const { name, use } of schema.columns) {
    const column = use === 'feature' || use === 'time' ? table.find(name) : undefined;
    if (column) found.push(column);
  }
  return found;
}

function distinct(column: Column, limit: number): number {
  const seen = new Set<number>();
  for (const v of column.kind === 'numeric' ? column.values : column.codes) {
    seen.add(v);
    if (seen.size >= limit) break;
  }
  return Math.max(1, seen.size);
}

function rowHashes(columns: readonly Column[], rows: number, seed: number): Uint32Array {
  const hashes = new Uint32Array(rows).fill(seed);
  const bits = new Uint32Array(2);
  const float = new Float64Array(bits.buffer);
  for (const column of columns) {
    for (let i = 0; i < rows; i++) {
      let h = hashes[i] as number;
      if (column.kind === 'numeric') {
        // + 0 makes −0 and 0 one value; missing has many bit patterns
        float[0] = isMissing(column, i) ? 0.1234567 : (column.values[i] as number) + 0;
        h = Math.imul(h ^ (bits[0] as number), 0x01000193);
        h = Math.imul(h ^ (bits[1] as number) ^ (h >>> 15), 0x85ebca6b);
      } else h = Math.imul(h ^ (column.codes[i] as number) ^ (h >>> 15), 0x85ebca6b);
      hashes[i] = h ^ (h >>> 13);
    }
  }
  return hashes;
}

/** Kolmogorov–Smirnov distance of two sets of rows; missing counts as a value below all others. */
function largestGap(values: Float64Array, early: Uint32Array, late: Uint32Array): number {
  const cells = (rows: Uint32Array): Float64Array =>
    Float64Array.from(rows, (row) => (Number.isNaN(values[row] as number) ? Number.NEGATIVE_INFINITY : (values[row] as number))).sort();
  const [a, b] = [cells(early), cells(late)];
  let gap = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const v = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && a[i] === v) i++;
    while (j < b.length && b[j] === v) j++;
    gap = Math.max(gap, Math.abs(i / a.length - j / b.length));
  }
  return gap;
}

/** Total variation distance of the levels' shares. */
function shareMoved(codes: Int32Array, early: Uint32Array, late: Uint32Array): number {
  const counts = new Map<number, number>();
  for (const row of early) counts.set(codes[row] as number, (counts.get(codes[row] as number) ?? 0) + 1);
  for (const row of late) counts.set(codes[row] as number, (counts.get(codes[row] as number) ?? 0) - 1);
  // with about as many levels as rows, shares differ by chance alone
  if (counts.size > early.length / 20) return 0;
  let moved = 0;
  for (const difference of counts.values()) moved += Math.abs(difference);
  return moved / 2 / early.length;
}
