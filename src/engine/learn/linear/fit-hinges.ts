import type { Table } from '../../../core/table.js';
import type { Hinges } from '../../../model/linear.js';

/** Columns with fewer values have no bend worth fitting. */
const FEWEST_VALUES = 6;
/** Rows that place the knots, at most: evenly spaced ones. */
const MOST_ROWS = 20_000;

/**
 * Knots for piecewise linear effects: `count` inner quantiles of every column with more than a few values (distinct ones, so fewer where values repeat).
 * @param room hinges at most; every column then gets fewer
 */
export function fitHinges(table: Table, count: number, room: number): Hinges {
  const of: number[] = [];
  const at: number[] = [];
  const stride = Math.max(1, Math.ceil(table.rows / MOST_ROWS));
  const sorted = table.columns.map((column) => (column.kind === 'numeric' && count > 0 ? manyValued(column.values, stride) : undefined));
  const many = sorted.filter((s) => s !== undefined).length;
  const each = Math.min(count, Math.floor(room / Math.max(1, many)));
  sorted.forEach((values, j) => {
    let last = values?.[0];
    for (let k = 1; values && k <= each; k++) {
      const knot = values[Math.floor((k / (each + 1)) * (values.length - 1))] as number;
      if (knot === last) continue;
      of.push(j);
      at.push(knot);
      last = knot;
    }
  });
  return { of: Int32Array.from(of), at: Float64Array.from(at) };
}

/** The finite cells in order, or `undefined` when they are nearly all alike. */
function manyValued(values: Float64Array, stride: number): Float64Array | undefined {
  const taken = values.filter((v, i) => i % stride === 0 && Number.isFinite(v)).sort();
  let distinct = taken.length > 0 ? 1 : 0;
  for (let i = 1; i < taken.length && distinct < FEWEST_VALUES; i++) if (taken[i] !== taken[i - 1]) distinct++;
  return distinct < FEWEST_VALUES ? undefined : taken;
}
