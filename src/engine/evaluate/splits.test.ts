import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { proposeSplit } from './propose-split.js';
import { foldRows, holdoutRows, type SplitInput, validationFraction } from './splits.js';

const task = (k: number): Task => ({
  kind: k === 0 ? 'regression' : k === 2 ? 'binary' : 'multiclass',
  target: 'y',
  classes: Array.from({ length: k }, (_, i) => `${i}`),
  reason: '',
});

function input(n: number, k: number, shares?: number[], seed = 1): SplitInput {
  const rng = new Rng(seed);
  const target = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (k === 0) target[i] = rng.float();
    else {
      let u = rng.float();
      let c = 0;
      for (; c < k - 1 && u >= (shares?.[c] ?? 1 / k); c++) u -= shares?.[c] ?? 1 / k;
      target[i] = c;
    }
  }
  return {
    table: new Table([
      { kind: 'numeric', name: 'time', values: Float64Array.from({ length: n }, (_, i) => ((i * 7919) % n) + (i % 10 === 0 ? 0.5 : 0)) },
      { kind: 'category', name: '__proto__', codes: Int32Array.from({ length: n }, () => rng.below(Math.max(1, n >> 3))), levels: [] },
    ]),
    target,
    task: task(k),
    rng: new Rng(seed + 1),
  };
}
const partition = (n: number, ...sets: Uint32Array[]): void => {
  expect(sets.flatMap((s) => [...s]).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
};
const share = (rows: Uint32Array, i: SplitInput, c: number): number => [...rows].filter((r) => i.target[r] === c).length / rows.length;

describe('holdoutRows', () => {
  for (const kind of ['random', 'stratified', 'group', 'time'] as const)
    it(`${kind}: a partition of about the wanted size, the same for a seed`, () => {
      for (const k of [0, 2, 5]) {
        const column = kind === 'group' ? '__proto__' : kind === 'time' ? 'time' : undefined;
        const make = (seed: number) => holdoutRows({ kind, column, reason: '', fraction: 0.2 }, { ...input(1000, k), rng: new Rng(seed) });
        const { train, holdout } = make(3);
        partition(1000, train, holdout);
        expect(Math.abs(holdout.length - 200)).toBeLessThanOrEqual(kind === 'group' ? 25 : 1);
        expect(make(3)).toEqual({ train, holdout });
        if (kind !== 'time') expect(make(4).holdout).not.toEqual(holdout);
      }
    });
  it('stratified keeps the class mix, and rare classes in training', () => {
    const i = input(2000, 4, [0.7, 0.25, 0.045, 0.005]);
    const { train, holdout } = holdoutRows({ kind: 'stratified', reason: '', fraction: 0.25 }, i);
    for (let c = 0; c < 3; c++) expect(Math.abs(share(train, i, c) - share(holdout, i, c))).toBeLessThan(0.004);
    const one: SplitInput = { ...input(50, 3), target: Float64Array.from({ length: 50 }, (_, r) => (r === 7 ? 2 : r % 2)) };
    for (const kind of ['stratified', 'random'] as const)
      for (let seed = 0; seed < 20; seed++)
        expect([...holdoutRows({ kind, reason: '', fraction: 0.5 }, { ...one, rng: new Rng(seed) }).train]).toContain(7);
  });
  it('stratified regression has low and high targets on both sides', () => {
    const i = input(200, 0);
    const { train, holdout } = holdoutRows({ kind: 'stratified', reason: '', fraction: 0.2 }, i);
    const mean = (rows: Uint32Array): number => [...rows].reduce((a, r) => a + (i.target[r] as number), 0) / rows.length;
    expect(Math.abs(mean(train) - mean(holdout))).toBeLessThan(0.03);
  });
  it('group: no group on both sides, and every class in training', () => {
    for (let seed = 0; seed < 10; seed++) {
      const i = input(600, 6, undefined, seed);
      const { train, holdout } = holdoutRows({ kind: 'group', column: '__proto__', reason: '', fraction: 0.3 }, i);
      const column = i.table.column('__proto__');
      const codes = column.kind === 'category' ? column.codes : new Int32Array();
      const inTrain = new Set([...train].map((r) => codes[r]));
      expect([...holdout].filter((r) => inTrain.has(codes[r]))).toEqual([]);
      expect(new Set([...train].map((r) => i.target[r])).size).toBe(6);
    }
  });
  it('time: the latest rows, equal times together, an embargo in between, missing times in training', () => {
    const values = Float64Array.from([5, 1, 1, 9, 9, 9, 2, 3, Number.NaN, 4]);
    const i: SplitInput = {
      table: new Table([{ kind: 'numeric', name: 't', values }]),
      target: values.map(() => 0),
      task: task(0),
      rng: new Rng(1),
    };
    const plan = { kind: 'time', column: 't', reason: '', fraction: 0.2 } as const;
    expect([...holdoutRows(plan, i).holdout]).toEqual([3, 4, 5]);
    expect([...holdoutRows(plan, i).train]).toEqual([0, 1, 2, 6, 7, 8, 9]);
    expect([...holdoutRows(plan, { ...i, embargo: 6 }).train]).toEqual([1, 2, 6, 7, 8]);
  });
  it('fraction 0 keeps none aside', () => {
    expect(holdoutRows({ kind: 'random', reason: '', fraction: 0 }, input(9, 0)).holdout.length).toBe(0);
  });

  it('order: each fold is judged by models of the rows before it', () => {
    const folds = foldRows({ kind: 'order', reason: '', folds: 3, repeats: 2 }, input(12, 2));
    expect(folds.map((f) => [f.train.length, [...f.validation]])).toEqual([
      [3, [3, 4, 5]],
      [6, [6, 7, 8]],
      [9, [9, 10, 11]],
    ]);
    const one = foldRows({ kind: 'order', reason: '', folds: 1 }, input(20, 2));
    expect(one.map((f) => [...f.validation])).toEqual([[16, 17, 18, 19]]);
  });

  it('order: the last of the table as it was read, whatever was set aside before', () => {
    const plan = { kind: 'order' as const, reason: '', fraction: 0.3 };
    const rows = Uint32Array.of(0, 1, 2, 3, 5, 6, 8, 9, 11);
    const { train, holdout } = holdoutRows(plan, { ...input(9, 0), places: { rows, of: 12 } });
    expect([[...train], [...holdout]]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8],
    ]);
    expect(holdoutRows(plan, input(10, 0)).holdout.length).toBe(3);
    expect(() => holdoutRows(plan, { ...input(3, 0), places: { rows: Uint32Array.of(0, 1, 2), of: 30 } })).toThrow(/last 30 %/);
    expect(() => holdoutRows({ ...plan, fraction: 0.9 }, input(10, 0))).toThrow(/last 90 %/);
  });
});

describe('foldRows', () => {
  it('divides the rows anew for each repeat, the first as without', () => {
    const i = input(60, 3);
    const plan = { kind: 'stratified', reason: '', folds: 5 } as const;
    const once = foldRows(plan, { ...i, rng: new Rng(4) });
    const thrice = foldRows({ ...plan, repeats: 3 }, { ...i, rng: new Rng(4) });
    expect(thrice.slice(0, 5)).toEqual(once);
    expect(thrice).toHaveLength(15);
    for (const from of [0, 5, 10])
      expect(
        thrice
          .slice(from, from + 5)
          .flatMap((f) => [...f.validation])
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 60 }, (_, r) => r));
    expect(thrice[5]).not.toEqual(once[0]);
    expect(thrice[10]).not.toEqual(thrice[5]);
  });

  for (const kind of ['random', 'stratified', 'group'] as const)
    it(`${kind}: validations partition the rows`, () => {
      for (const k of [0, 3]) {
        const i = input(403, k);
        const folds = foldRows({ kind, column: '__proto__', reason: '', folds: 5 }, i);
        partition(403, ...folds.map((f) => f.validation));
        for (const f of folds) {
          partition(403, f.train, f.validation);
          expect(f.validation.length).toBeGreaterThanOrEqual(kind === 'group' ? 70 : 80);
          expect(f.validation.length).toBeLessThanOrEqual(kind === 'group' ? 92 : 82);
        }
      }
    });
  it('every class is in every training part, even with one or two rows of it', () => {
    for (const kind of ['random', 'stratified'] as const)
      for (let seed = 0; seed < 30; seed++) {
        const target = Float64Array.from({ length: 40 }, (_, r) => (r === 3 ? 3 : r === 11 || r === 25 ? 2 : r % 2));
        const i = { ...input(40, 4), target, rng: new Rng(seed) };
        for (const f of foldRows({ kind, reason: '', folds: 5 }, i)) expect(new Set([...f.train].map((r) => target[r])).size).toBe(4);
      }
  });
  it('time: windows expand and never look ahead', () => {
    const i = input(500, 2);
    const folds = foldRows({ kind: 'time', column: 'time', reason: '', folds: 4 }, i);
    const column = i.table.column('time');
    const t = column.kind === 'numeric' ? column.values : new Float64Array();
    let before = 0;
    for (const f of folds) {
      const last = Math.max(...[...f.train].map((r) => t[r] as number));
      for (const r of f.validation) expect(t[r]).toBeGreaterThan(last);
      expect(f.train.length).toBeGreaterThan(before);
      before = f.train.length;
      expect(Math.abs(f.validation.length - 100)).toBeLessThanOrEqual(1);
    }
  });
  it('one fold is one split of a size that depends on the rows', () => {
    const [fold] = foldRows({ kind: 'stratified', reason: '', folds: 1 }, input(1000, 2));
    expect(fold?.validation.length).toBe(200);
    expect([100, 4000, 10_000, 1_000_000].map(validationFraction)).toEqual([0.2, 0.125, 0.1, 0.01]);
  });
  it('says clearly when there are too few rows, groups or times', () => {
    expect(() => foldRows({ kind: 'random', reason: '', folds: 5 }, input(9, 0))).toThrow(/9 rows.*5 folds/);
    expect(() => holdoutRows({ kind: 'random', reason: '', fraction: 0.2 }, input(3, 0))).toThrow(/3 rows/);
    expect(() => foldRows({ kind: 'group', column: '__proto__', reason: '', folds: 5 }, input(20, 0))).toThrow(/2 groups/);
    const flat: SplitInput = { ...input(20, 0), table: new Table([{ kind: 'numeric', name: 't', values: new Float64Array(20) }]) };
    expect(() => holdoutRows({ kind: 'time', column: 't', reason: '', fraction: 0.2 }, flat)).toThrow(/two different times/);
    expect(() => holdoutRows({ kind: 'time', reason: '', fraction: 0.2 }, flat)).toThrow(/names no column/);
    expect(() => holdoutRows({ kind: 'time', column: 'zzz', reason: '', fraction: 0.2 }, flat)).toThrow(/zzz/);
  });
  it('is quick and balanced with very many groups', () => {
    const i = input(40_000, 2);
    const folds = foldRows({ kind: 'group', column: '__proto__', reason: '', folds: 5 }, i);
    for (const f of folds) expect(Math.abs(share(f.validation, i, 1) - 0.5)).toBeLessThan(0.02);
  });
});

describe('proposeSplit', () => {
  const classes = task(2);
  it('chooses the kind by what the data has', () => {
    const facts = { task: classes, rows: 891, columns: 11, classCounts: [549, 342] };
    expect(proposeSplit(facts).holdout).toMatchObject({ kind: 'stratified', fraction: 0.2 });
    expect(proposeSplit({ ...facts, group: { name: 'g', groups: 80 } }).holdout).toMatchObject({ kind: 'group', column: 'g' });
    expect(proposeSplit({ ...facts, time: { name: 't', distinct: 800 } }).validation).toMatchObject({
      kind: 'time',
      column: 't',
      folds: 3,
    });
    expect(proposeSplit({ ...facts, time: { name: 't', distinct: 2 } }).holdout.reason).toContain('too few different times');
    expect(proposeSplit({ task: task(0), rows: 50_000, columns: 9, classCounts: [] }).holdout.kind).toBe('random');
  });
  it('keeps at most 20,000 rows aside, and fewer folds for large tables and rare classes', () => {
    const facts = { task: classes, rows: 1_000_000, columns: 20, classCounts: [500_000, 500_000] };
    expect(proposeSplit(facts).holdout.fraction).toBe(0.02);
    expect(proposeSplit(facts).validation.folds).toBe(1);
    expect(proposeSplit({ ...facts, rows: 300, classCounts: [297, 3] }).validation.folds).toBe(3);
  });
});
