import { argsort } from '../../core/argsort.js';
import type { Table } from '../../core/table.js';

/**
 * Gower's (1971) distance between rows, 0 to 1: the weighted mean over columns of how far apart two cells are. Numbers are compared by their rank, so that no
 * outlier decides; categories are the same or not; a missing cell is far from any other but a missing one.
 */
export class RowDistance {
  readonly rows: number;
  readonly #columns: { readonly values: Float64Array; readonly category: boolean; readonly weight: number }[] = [];

  /**
   * @param tables rows, one table after the other, with the same columns
   * @param weights by column, ≥ 0; a column without one is left out
   */
  constructor(tables: readonly Table[], weights: ReadonlyMap<string, number>) {
    this.rows = tables.reduce((sum, t) => sum + t.rows, 0);
    let total = 0;
    for (const weight of weights.values()) total += weight;
    for (const [name, weight] of weights) {
      const parts = tables.map((t) => t.column(name));
      const category = parts.some((c) => c.kind === 'category');
      const values = new Float64Array(this.rows);
      const codes = new Map<string, number>();
      let at = 0;
      for (const part of parts) {
        if (part.kind === 'numeric') values.set(part.values, at);
        else
          part.codes.forEach((code, i) => {
            const level = code < 0 ? undefined : (part.levels[code] as string);
            if (level !== undefined && !codes.has(level)) codes.set(level, codes.size);
            values[at + i] = level === undefined ? Number.NaN : (codes.get(level) as number);
          });
        at += part.kind === 'numeric' ? part.values.length : part.codes.length;
      }
      this.#columns.push({ values: category ? values : ranks(values), category, weight: total > 0 ? weight / total : 0 });
    }
  }

  between(a: number, b: number): number {
    let sum = 0;
    for (const { values, category, weight } of this.#columns) {
      const [x, y] = [values[a] as number, values[b] as number];
      if (Number.isNaN(x) || Number.isNaN(y)) sum += Number.isNaN(x) === Number.isNaN(y) ? 0 : weight;
      else if (category) sum += x === y ? 0 : weight;
      else sum += weight * Math.abs(x - y);
    }
    return sum;
  }
}

/** Places in the order, 0 to 1; equal values share the place of the first of them. */
function ranks(values: Float64Array): Float64Array {
  const known = Uint32Array.from(values.keys()).filter((i) => !Number.isNaN(values[i] as number));
  const sorted = argsort(Float64Array.from(known, (i) => values[i] as number));
  const out = new Float64Array(values.length).fill(Number.NaN);
  let place = 0;
  sorted.forEach((k, r) => {
    const row = known[k] as number;
    if (r === 0 || values[row] !== values[known[sorted[r - 1] as number] as number]) place = r / Math.max(1, known.length - 1);
    out[row] = place;
  });
  return out;
}
