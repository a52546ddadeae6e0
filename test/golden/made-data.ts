import type { Column } from '../../src/core/table.js';

// Made data, the same numbers as trees.py makes: they come from hashes and from +, −, ×, ÷ alone.

export interface MadeCase {
  kind: 'binary' | 'multiclass' | 'regression' | 'poisson';
  seed: number;
  missing?: boolean;
  levels?: number[];
}

/** Numbers in [0, 1): murmur3's finaliser of row, column and seed. */
export function uniform(seed: number, column: number, rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let h = (Math.imul(row, 2654435761) + Math.imul(column, 40503) + Math.imul(seed, 97)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
  });
}

export const at = (a: ArrayLike<number> | undefined, i: number): number => a?.[i] as number;
export const numeric = (values: Float64Array, c: number): Column => ({ kind: 'numeric', name: `c${c}`, values });

/** Columns and target of a case: six numbers, then what the case asks for. */
export function dataOf(c: MadeCase, rows: number): { columns: Column[]; target: Float64Array } {
  const { seed, kind } = c;
  const x = Array.from({ length: 6 }, (_, i) => uniform(seed, i, rows));
  const z = Float64Array.from(
    { length: rows },
    (_, i) => 4 * (at(x[0], i) - 0.5) + 6 * (at(x[1], i) - 0.5) * (at(x[2], i) - 0.5) + (at(x[3], i) > 0.7 ? 1.5 : -0.5),
  );
  const categorical = (c.levels ?? []).map((levels, k): Column => {
    const [a, b, blank] = [uniform(seed, 20 + k, rows), uniform(seed, 30 + k, rows), uniform(seed, 50 + k, rows)];
    const effect = uniform(seed + 1, 40 + k, levels);
    const codes = Int32Array.from({ length: rows }, (_, i) => {
      const code = Math.floor(at(a, i) * at(b, i) * levels);
      z[i] = at(z, i) + 4 * (at(effect, code) - 0.5);
      return at(blank, i) < 0.1 ? -1 : code;
    });
    return { kind: 'category', name: `c${6 + k}`, codes, levels: Array.from({ length: levels }, (_, l) => `l${l}`) };
  });
  if (c.missing) {
    const [chance, reason] = [uniform(seed, 60, rows), uniform(seed, 61, rows)];
    x[0] = (x[0] as Float64Array).map((v, i) => (at(chance, i) < 0.3 ? Number.NaN : v));
    x[4] = (x[4] as Float64Array).map((v, i) => (at(z, i) + 2 * at(reason, i) > 2 ? Number.NaN : v));
  }
  const u = uniform(seed, 70, rows);
  const share = (v: number): number => v / (1 + Math.abs(v));
  const draws = kind === 'poisson' ? Array.from({ length: 10 }, (_, i) => uniform(seed, 80 + i, rows)) : [];
  const target = z.map((v, i) => {
    const n = at(u, i);
    if (kind === 'binary') return n < 0.5 + 0.5 * share(v) ? 1 : 0;
    if (kind === 'multiclass') {
      const s = v + 2 * (n - 0.5);
      return s < -1 ? 0 : s < 0 ? 1 : s < 1 ? 2 : 3;
    }
    if (kind === 'poisson') return draws.filter((d) => at(d, i) < 0.2 * (0.5 + 0.4 * share(v))).length;
    return 10 * v + 4 * ((2 * n - 1) / (1.05 - Math.abs(2 * n - 1)));
  });
  return { columns: [...x.map(numeric), ...categorical], target };
}
