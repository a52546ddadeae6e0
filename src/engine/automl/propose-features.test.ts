import { describe, expect, it } from 'vitest';
import { columnSchema } from '../../../test/example-bundle.js';
import { Rng } from '../../core/rng.js';
import type { ColumnSchema } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import { type PredictedRows, proposeFeatures } from './propose-features.js';

const rows = 3000;
const rng = new Rng(3);
const drawn = (name: string): Column => ({ kind: 'numeric', name, values: Float64Array.from({ length: rows }, () => 1 + rng.float()) });
const drawnCategory = (name: string, levels: string[]): Column => ({
  kind: 'category',
  name,
  levels,
  codes: Int32Array.from({ length: rows }, () => rng.below(levels.length)),
});
const a = drawn('a') as Extract<Column, { kind: 'numeric' }>;
const b = drawn('b') as Extract<Column, { kind: 'numeric' }>;
const c = drawnCategory('c', ['x', 'y', 'z']) as Extract<Column, { kind: 'category' }>;
const d = drawnCategory('d', ['p', 'q']) as Extract<Column, { kind: 'category' }>;
const table = new Table([a, b, c, d, drawn('noise'), drawnCategory('t', ['some', 'texts'])]);
const columns: ColumnSchema[] = [
  ...['a', 'b', 'noise'].map((n) => columnSchema(n, 'number')),
  ...['c', 'd'].map((n) => columnSchema(n, 'category')),
  columnSchema('t', 'text'),
];

const left = (error: (row: number) => number): PredictedRows => ({
  table,
  rows: Uint32Array.from({ length: rows }, (_, i) => i),
  errors: [Float64Array.from({ length: rows }, (_, i) => error(i) + 0.5 * (rng.float() - 0.5))],
});
const propose = (given: PredictedRows, seconds = 3) => proposeFeatures(given, columns, seconds, new Rng(1));

describe('proposeFeatures', () => {
  it('finds what two numbers say together', () => {
    const { features, heard } = propose(left((i) => ((a.values[i] as number) > (b.values[i] as number) ? 1 : -1)));
    expect(heard).toBeGreaterThan(20);
    const [first] = features;
    expect(['difference', 'ratio']).toContain(first?.kind);
    expect('columns' in (first as object) && [...(first as { columns: string[] }).columns].sort()).toEqual(['a', 'b']);
  });

  it('finds what two categories say together', () => {
    const { features } = propose(left((i) => ((c.codes[i] === 0) === (d.codes[i] === 0) ? 1 : -1)));
    expect(features[0]).toEqual({ kind: 'cross', columns: ['c', 'd'] });
  });

  it('makes nothing of errors that no column has to do with', () => {
    for (let s = 0; s < 5; s++) expect(propose(left(() => 0)).features.length).toBeLessThanOrEqual(1);
  });

  it('makes nothing of what one column says alone', () => {
    expect(propose(left((i) => ((a.values[i] as number) > 1.5 ? 1 : -1))).features).toEqual([]);
  });

  it('looks at a part of the rows alone, and hears nothing where there is no work to spend', () => {
    const given = left((i) => ((a.values[i] as number) > (b.values[i] as number) ? 1 : -1));
    const part = {
      ...given,
      rows: given.rows.filter((i) => i % 2 === 0),
      errors: given.errors.map((e) => e.filter((_, i) => i % 2 === 0)),
    };
    expect(propose(part).features.length).toBeGreaterThan(0);
    expect(propose(given, 0.001)).toEqual({ features: [], heard: 0 });
    expect(propose(given)).toEqual(propose(given));
  });
});
