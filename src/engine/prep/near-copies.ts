import { argsort } from '../../core/argsort.js';
import type { Column } from '../../core/table.js';

/** Rank correlation beyond which two numbers are taken for the same. */
const SAME = 0.99;
/** Rows that are compared, and products that comparing may take. */
const MOST_ROWS = 1000;
const MOST_PRODUCTS = 5e7;
/** Rows below which chance makes columns alike. */
const FEWEST_ROWS = 50;

/**
 * Columns that tell nearly the same as a stronger one: numbers whose ranks correlate by more than 0.99 either way, and categories that are each other's under
 * other names.
 * @param columns of the same rows
 * @param strength one a column; of two that are the same the stronger stays, and the earlier of equals
 * @returns what can go, and the column that stays for each
 */
export function nearCopies(columns: readonly Column[], strength: readonly number[]): Map<string, string> {
  const rows = columns[0]?.kind === 'numeric' ? columns[0].values.length : (columns[0]?.codes.length ?? 0);
  const most = Math.floor(MOST_PRODUCTS / Math.max(1, columns.length * columns.length));
  const count = Math.min(rows, MOST_ROWS, most);
  const copies = new Map<string, string>();
  if (count < FEWEST_ROWS) return copies;
  const looked = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
  const order = columns.map((_, i) => i).sort((a, b) => (strength[b] as number) - (strength[a] as number) || a - b);
  const prints = columns.map((column) => (column.kind === 'numeric' ? ranks(column.values, looked) : undefined));
  const partitions = columns.map((column) => (column.kind === 'category' ? partition(column.codes, looked) : undefined));
  const kept: number[] = [];
  for (const i of order) {
    const same = kept.find((k) => {
      if (partitions[i] !== undefined) return partitions[i] === partitions[k];
      const [a, b] = [prints[i], prints[k]];
      return a !== undefined && b !== undefined && Math.abs(product(a, b)) > SAME;
    });
    if (same === undefined) kept.push(i);
    else copies.set((columns[i] as Column).name, (columns[same] as Column).name);
  }
  return copies;
}

/** Ranks, ties and what is missing (the lowest) at their mean, less the mean and of length 1. */
function ranks(values: Float64Array, rows: Uint32Array): Float64Array {
  const own = Float64Array.from(rows, (i) => {
    const x = values[i] as number;
    return Number.isNaN(x) ? Number.NEGATIVE_INFINITY : x;
  });
  const order = argsort(own);
  const ranked = new Float64Array(own.length);
  const middle = (own.length - 1) / 2;
  let length = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && own[order[to] as number] === own[order[from] as number]) to++;
    const rank = (from + to - 1) / 2 - middle;
    for (let i = from; i < to; i++) ranked[order[i] as number] = rank;
    length += (to - from) * rank * rank;
    from = to;
  }
  const scale = length > 0 ? 1 / Math.sqrt(length) : 0;
  return ranked.map((r) => r * scale);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Which rows have the same level, whatever it is called. */
function partition(codes: Int32Array, rows: Uint32Array): string {
  const seen = new Map<number, number>();
  return Array.from(rows, (i) => {
    const code = codes[i] as number;
    const known = seen.get(code) ?? seen.size;
    seen.set(code, known);
    return known;
  }).join();
}
