import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import { type CategoryColumn, type NumericColumn, Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import { fitTargetEncoding } from './fit-target-encoding.js';
import { FreshNames } from './fresh-names.js';

const regression: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
const binary: Task = { kind: 'binary', target: 'y', classes: ['no', 'yes'], reason: '' };

function coded(codes: Int32Array, count: number): CategoryColumn {
  return { kind: 'category', name: 'c', codes, levels: Array.from({ length: count }, (_, i) => `l${i}`) };
}

function encoded(column: CategoryColumn, target: Float64Array, task: Task, least = Number.NEGATIVE_INFINITY, weights?: Float64Array) {
  const input = { table: new Table([column]), task, target, weights, rng: new Rng(4), fresh: new FreshNames(['c']) };
  return fitTargetEncoding(input, new Map([['c', column.levels]]), least);
}

const valuesOf = (table: Table, name: string): Float64Array => (table.column(name) as NumericColumn).values;

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (v: Float64Array): number => v.reduce((s, x) => s + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

describe('fitTargetEncoding', () => {
  it('tells a row nothing of its own answer', () => {
    const rng = new Rng(11);
    const n = 20_000;
    for (const count of [10_000, 1000]) {
      const column = coded(
        Int32Array.from({ length: n }, () => rng.below(count)),
        count,
      );
      const target = Float64Array.from({ length: n }, () => rng.below(2));
      const made = encoded(column, target, binary);
      const own = valuesOf(made?.train as Table, 'c.answer');
      expect(Math.abs(correlation(own, target)), `${count} levels`).toBeLessThan(0.03);
      // what a row of the training data would get when scored does tell: this is what must not be trained on
      const scored = valuesOf(applyRecipe([made?.step as never], new Table([column])), 'c.answer');
      expect(correlation(scored, target)).toBeGreaterThan(0.15);
      expect(encoded(column, target, binary, 0.02)).toBeUndefined();
    }
  });

  it('moves a row by its own answer through the overall mean alone', () => {
    const column = coded(
      Int32Array.from({ length: 600 }, (_, i) => (i % 7) - 1),
      6,
    );
    const target = Float64Array.from({ length: 600 }, (_, i) => i % 5);
    const before = valuesOf(encoded(column, target, regression)?.train as Table, 'c.answer');
    for (const row of [0, 17, 599]) {
      const other = target.slice();
      other[row] = 600_000;
      const after = valuesOf(encoded(column, other, regression)?.train as Table, 'c.answer');
      const moved = Array.from(after, (x, i) => x - (before[i] as number));
      // 30 of about 100 rows are the overall mean, which rises by 1000; a row of another part sees the answer itself
      expect(moved[row]).toBeLessThan(400);
      const seen = moved.filter((_, i) => column.codes[i] === column.codes[row] && i !== row);
      expect(Math.max(...seen)).toBeGreaterThan(4000);
    }
  });

  it('gives smoothed means to levels, their own to missing cells, and the overall mean to the unseen', () => {
    const column = coded(Int32Array.from([0, 0, 0, 0, 1, 1, 1, 1, -1, -1]), 2);
    const target = Float64Array.from([10, 10, 10, 10, 0, 0, 0, 0, 5, 5]);
    const { step } = encoded(column, target, regression) as { step: never };
    const asked: CategoryColumn = { kind: 'category', name: 'c', codes: Int32Array.from([0, 1, 2, -1]), levels: ['l1', 'l0', 'new'] };
    const out = valuesOf(applyRecipe([step], new Table([asked])), 'c.answer');
    // 30 rows of the overall mean, 5
    expect([...out].map((x) => x.toFixed(9))).toEqual([150 / 34, 190 / 34, 5, 5].map((x) => x.toFixed(9)));
  });

  it('has one column a class, which add up to one', () => {
    const rng = new Rng(2);
    const column = coded(
      Int32Array.from({ length: 600 }, () => rng.below(20)),
      20,
    );
    const target = Float64Array.from({ length: 600 }, (_, i) => (rng.float() < 0.6 ? (column.codes[i] as number) % 3 : rng.below(3)));
    const task: Task = { kind: 'multiclass', target: 'y', classes: ['a', 'b', 'c'], reason: '' };
    const { train } = encoded(column, target, task, 0.02) as { train: Table };
    const parts = ['a', 'b', 'c'].map((k) => valuesOf(train, `c.answer ${k}`));
    for (let i = 0; i < 600; i++) expect(parts.reduce((s, p) => s + (p[i] as number), 0)).toBeCloseTo(1, 9);
  });

  it('takes a weight of 0 as a row that is not there', () => {
    const codes = Int32Array.from({ length: 40 }, (_, i) => i % 4);
    const target = Float64Array.from({ length: 40 }, (_, i) => (i % 4) + (i >= 20 ? 100 : 0));
    const weights = Float64Array.from({ length: 40 }, (_, i) => (i >= 20 ? 0 : 1));
    const all = encoded(coded(codes, 4), target, regression, undefined, weights);
    const half = encoded(coded(codes.slice(0, 20), 4), target.slice(0, 20), regression);
    expect(all?.step.columns[0]?.values).toEqual(half?.step.columns[0]?.values);
  });
});
