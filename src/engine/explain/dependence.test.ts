import { describe, expect, it } from 'vitest';
import type { ColumnSchema, Schema } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { partialDependence } from './dependence.js';

const column = (name: string, type: ColumnSchema['type']): ColumnSchema => ({
  name,
  type,
  use: 'feature',
  reason: '',
  missing: [],
  stats: { rows: 100, missing: 0, distinct: 0, top: [] },
});
const schema: Schema = { columns: [column('x', 'number'), column('z', 'number'), column('c', 'category'), column('id', 'id')] };
const table = new Table([
  { kind: 'numeric', name: 'x', values: Float64Array.from({ length: 100 }, (_, i) => (i === 0 ? Number.NaN : i)) },
  { kind: 'numeric', name: 'z', values: Float64Array.from({ length: 100 }, (_, i) => i % 2) },
  {
    kind: 'category',
    name: 'c',
    codes: Int32Array.from({ length: 100 }, (_, i) => (i < 60 ? 1 : i < 90 ? 0 : -1)),
    levels: ['few', 'many', 'never'],
  },
  {
    kind: 'category',
    name: 'id',
    codes: Int32Array.from({ length: 100 }, (_, i) => i),
    levels: Array.from({ length: 100 }, (_, i) => `${i}`),
  },
]);
/** Two outputs: x + 10 z, and the code of c. */
const predict = (t: Table): Float64Array => {
  const [x, z, c] = [t.column('x'), t.column('z'), t.column('c')];
  if (x.kind !== 'numeric' || z.kind !== 'numeric' || c.kind !== 'category') throw new Error('kinds');
  return Float64Array.from({ length: 2 * t.rows }, (_, i) => {
    const row = i >> 1;
    return i % 2 === 0 ? (x.values[row] as number) + 10 * (z.values[row] as number) : (c.codes[row] as number);
  });
};

describe('partialDependence', () => {
  it('follows the model along quantiles of a number, averaging the rest', () => {
    const points = partialDependence(table, schema, 'x', predict, 2)?.points ?? [];
    expect(points.length).toBe(20);
    expect(points[0]?.x).toBeGreaterThanOrEqual(2);
    expect(points[19]?.x).toBeLessThanOrEqual(98);
    for (const { x, y } of points) expect(y[0]).toBeCloseTo(x + 5, 10);
  });
  it('visits each value when there are few, and levels by frequency', () => {
    expect(partialDependence(table, schema, 'z', predict, 2)?.points?.map((p) => p.x)).toEqual([0, 1]);
    expect(partialDependence(table, schema, 'c', predict, 2)?.levels?.map((l) => [l.level, l.y[1]])).toEqual([
      ['many', 1],
      ['few', 0],
    ]);
  });
  it('skips ids and unknown columns', () => {
    expect(partialDependence(table, schema, 'id', predict, 2)).toBeUndefined();
    expect(partialDependence(table, schema, 'nowhere', predict, 2)).toBeUndefined();
  });
});
