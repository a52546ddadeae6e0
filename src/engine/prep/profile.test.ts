import { describe, expect, it } from 'vitest';
import type { ColumnSchema, Schema } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import { profileColumns } from './profile.js';

const profile = (cells: Column, type: ColumnSchema['type'] = 'number') => {
  const schema: Schema = {
    columns: [{ name: cells.name, type, use: 'feature', reason: '', missing: [], stats: { rows: 0, missing: 0, distinct: 0, top: [] } }],
  };
  return profileColumns(new Table([cells]), schema)[0];
};
const numbers = (values: number[]): Column => ({ kind: 'numeric', name: 'n', values: Float64Array.from(values) });

describe('profileColumns', () => {
  it('counts every row once, outliers in the outer bins', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i === 7 ? 1e9 : i / 10));
    const bins = profile(numbers(values))?.bins ?? [];
    expect(bins.reduce((sum, b) => sum + b.count, 0)).toBe(1000);
    expect(bins[bins.length - 1]?.to).toBe(1e9);
    expect(bins.filter((b) => b.count > 10).length).toBeGreaterThan(20);
    for (let i = 1; i < bins.length; i++) expect(bins[i]?.from).toBeCloseTo(bins[i - 1]?.to as number, 9);
  });
  it('gives whole numbers a bin each', () => {
    expect(profile(numbers([1, 1, 2, 4]))?.bins).toEqual([
      { from: 0.5, to: 1.5, count: 2 },
      { from: 1.5, to: 2.5, count: 1 },
      { from: 3.5, to: 4.5, count: 1 },
    ]);
  });
  it('survives columns of nothing, of one value and of infinities', () => {
    expect(profile(numbers([Number.NaN, Number.NaN]))?.bins).toEqual([]);
    expect(profile(numbers([0.5, 0.5]))?.bins).toEqual([{ from: 0.5, to: 0.5, count: 2 }]);
    expect(profile(numbers([Number.POSITIVE_INFINITY, 0.25, 0.75]))?.bins?.reduce((s, b) => s + b.count, 0)).toBe(2);
    expect(profile(numbers([]))).toEqual({ name: 'n', bins: [], missingBySlice: [] });
  });
  it('shows where cells are missing, in file order', () => {
    const shares = profile(numbers(Array.from({ length: 200 }, (_, i) => (i < 100 ? Number.NaN : i))))?.missingBySlice;
    expect(shares).toEqual(Array.from({ length: 50 }, (_, i) => (i < 25 ? 1 : 0)));
  });
  it('lists levels by count; ids have none', () => {
    const cells: Column = { kind: 'category', name: 'n', codes: Int32Array.of(0, 1, 1, -1), levels: ['a', '__proto__', 'unused'] };
    expect(profile(cells, 'category')?.levels).toEqual([
      { level: '__proto__', count: 2 },
      { level: 'a', count: 1 },
    ]);
    expect(profile(cells, 'id')?.levels).toBeUndefined();
  });
});
