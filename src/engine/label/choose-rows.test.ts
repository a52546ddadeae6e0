import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import { Table } from '../../core/table.js';
import { ConstantModel } from '../../model/constant.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { chooseRows } from './choose-rows.js';
import { RowDistance } from './row-distance.js';
import { doubt } from './uncertainty.js';

const numeric = (name: string, values: readonly number[]) => ({ kind: 'numeric' as const, name, values: Float64Array.from(values) });
const category = (name: string, codes: readonly number[], levels: string[]) => ({
  kind: 'category' as const,
  name,
  codes: Int32Array.from(codes),
  levels,
});

describe('the distance of rows', () => {
  it('is the weighted mean of the distances of cells', () => {
    const table = new Table([numeric('n', [1, 2, 1000, Number.NaN]), category('c', [0, 0, 1, -1], ['a', 'b'])]);
    const d = new RowDistance(
      [table],
      new Map([
        ['n', 3],
        ['c', 1],
      ]),
    );
    expect(d.between(0, 1)).toBeCloseTo(0.375, 12); // half the ranks apart, three quarters of the weight
    expect(d.between(0, 2)).toBeCloseTo(1, 12);
    expect(d.between(3, 3)).toBe(0);
    expect(d.between(0, 3)).toBeCloseTo(1, 12);
  });

  it('knows a category by its name, whatever its code in each table', () => {
    const d = new RowDistance(
      [new Table([category('c', [0], ['a'])]), new Table([category('c', [1, 0], ['b', 'a'])])],
      new Map([['c', 1]]),
    );
    expect(d.between(0, 1)).toBe(0);
    expect(d.between(0, 2)).toBe(1);
  });
});

describe('the rows to ask for', () => {
  // two crowds of unsure rows far from each other, one outlier, and sure rows
  const x = [
    ...Array.from({ length: 20 }, (_, i) => i / 100),
    ...Array.from({ length: 20 }, (_, i) => 5 + i / 100),
    90,
    ...Array.from({ length: 40 }, (_, i) => 10 + i),
  ];
  const uncertainty = Float64Array.from(x, (_, i) => (i < 40 ? 0.6 : i === 40 ? 0.6 : 0.01));
  const distance = new RowDistance([new Table([numeric('x', x)])], new Map([['x', 1]]));
  const ask = (count: number) => chooseRows({ uncertainty, distance, count, rng: new Rng(1) });

  it('are unsure, and of both crowds', () => {
    const chosen = ask(6);
    expect(chosen.every((i) => i <= 40)).toBe(true);
    expect(chosen.filter((i) => i < 20).length).toBeGreaterThanOrEqual(2);
    expect(chosen.filter((i) => i >= 20 && i < 40).length).toBeGreaterThanOrEqual(2);
  });

  it('are the same for the same seed, each once, and at most all', () => {
    expect(ask(6)).toEqual(ask(6));
    const all = ask(1000);
    expect(all).toHaveLength(x.length);
    expect(new Set(all).size).toBe(x.length);
  });
});

describe('doubt', () => {
  const table = new Table([numeric('x', [1, 2])]);
  const bundle = {
    schema: { columns: [] },
    recipe: [],
    metrics: {},
    lineage: { millwright: '0', dataHash: '', rows: 0, seed: 0, plan: {} },
  };

  it('of classes is greatest where they are equally likely', () => {
    const task = { kind: 'binary' as const, target: 'y', classes: ['a', 'b'], reason: '' };
    const of = (p: number) =>
      doubt({ ...bundle, task, model: new ConstantModel(Float64Array.of(p, 1 - p)) }, table).uncertainty[0] as number;
    expect(of(0.5)).toBeCloseTo(Math.LN2, 12);
    expect(of(0.9)).toBeLessThan(of(0.6));
    expect(of(1)).toBe(0);
  });

  it('of numbers is how far the members are apart', () => {
    const task = { kind: 'regression' as const, target: 'y', classes: [], reason: '' };
    const members = [1, 3].map((v) => ({ model: new ConstantModel(Float64Array.of(v)), weight: 1 }));
    const model = new EnsembleModel('number', 1, [{ recipe: [], members }]);
    expect([...doubt({ ...bundle, task, model }, table).uncertainty]).toEqual([1, 1]);
  });
});
