import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import { bestOf, type Found, gainOf, type Problem, problem, RULES, randomTable, sumsOf } from '../../checks/brute-force-splits.js';
import type { Split } from './histogram-source.js';

const inSet = (split: Split, bin: number): boolean => (((split.set[bin >> 5] as number) >>> (bin & 31)) & 1) === 1;

/** The kernels' split of these rows must be allowed, gain what they say, and be as good as the best of all. */
function check(p: Problem, leaf: number, rows: Uint32Array, columns?: Uint8Array): Split | undefined {
  const split = p.source.best(leaf);
  const wanted = bestOf(p, rows, columns);
  expect(split === undefined).toBe(wanted === undefined);
  if (!split || !wanted) return undefined;
  const bins = p.bins[split.column] as Uint8Array;
  const categorical = p.mappers[split.column]?.kind === 'category';
  if (columns) expect(columns[split.column]).toBe(1);
  const l2 = p.rules.l2 + (categorical && (p.mappers[split.column]?.bins as number) > 5 ? p.rules.catL2 : 0);
  const own = gainOf(p, rows, (r) => inSet(split, bins[r] as number), l2) as Found;
  expect(split.left).toEqual({ gradient: own.gradient, hessian: own.hessian });
  expect(split.gain).toBeCloseTo(own.gain, 6);
  expect(Math.abs(split.gain - wanted.gain)).toBeLessThan(1e-9 * Math.abs(wanted.gain) + 1e-7);
  return split;
}

describe('the best split is as good as the best of all splits', () => {
  it.each([
    ['rows that weigh the same', RULES, false],
    ['rows of different weight', RULES, true],
    ['an L1 penalty', { ...RULES, l1: 40 }, true],
    ['a strong L2 penalty', { ...RULES, l2: 200 }, true],
    ['large leaves', { ...RULES, minRowsInLeaf: 25 }, false],
    ['heavy leaves', { ...RULES, minChildWeight: 120, minRowsInLeaf: 1 }, true],
    ['a least gain', { ...RULES, minSplitGain: 30 }, true],
    ['large sets of categories', { ...RULES, minRowsPerSet: 40, catSmooth: 2 }, true],
    ['no smoothing of categories', { ...RULES, catSmooth: 0, catL2: 0, minRowsPerSet: 1, minRowsInLeaf: 1, l2: 0 }, true],
  ] as const)('%s', async (_, rules, weighted) => {
    let splits = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const rng = new Rng(seed);
      const table = randomTable(rng, 20 + rng.below(180), 1 + rng.below(12));
      const hint = table.columns[0] as Column;
      const lift = (i: number): number => (hint.kind === 'category' ? (hint.codes[i] as number) % 3 : hint.values[i] === 1 ? 1 : 0);
      const p = await problem(table, rules, (i) => rng.below(41) - 20 + 6 * lift(i), weighted ? () => 1 + rng.below(9) : () => 1);
      const used = rng.below(3) === 0 ? Uint8Array.from(table.columns, () => rng.below(2)) : undefined;
      p.source.useColumns(used);
      const some = rng.below(2) === 0 ? rng.sample(table.rows, Math.ceil(table.rows * 0.7)) : undefined;
      p.begin(some);
      const rows = some ?? Uint32Array.from({ length: table.rows }, (_, i) => i);
      expect(p.source.root()).toEqual(sumsOf(p, rows));
      const split = check(p, 0, rows, used);
      if (!split) continue;
      splits++;
      // the children: rows keep their order, and their own best splits come from subtraction on one side
      p.source.divide([{ leaf: 0, right: 1, split, searchLeft: true, searchRight: true }]);
      const bins = p.bins[split.column] as Uint8Array;
      for (const leaf of [0, 1]) {
        const own = rows.filter((r) => inSet(split, bins[r] as number) === (leaf === 0));
        expect([...p.source.rowsOf(leaf)]).toEqual([...own]);
        expect(p.source.sums(leaf)).toEqual(sumsOf(p, own));
        check(p, leaf, own, used);
      }
    }
    expect(splits).toBeGreaterThan(8);
  });

  it('sorted sets of categories are the best of all sets (Fisher 1958) when nothing is smoothed', async () => {
    const rules = { ...RULES, catSmooth: 0, catL2: 0, minRowsPerSet: 1, minRowsInLeaf: 1, l2: 0 };
    for (let seed = 1; seed <= 20; seed++) {
      const rng = new Rng(seed);
      const levels = Array.from({ length: 5 + rng.below(4) }, (_, i) => `${i}`);
      const codes = Int32Array.from({ length: 120 }, () => rng.below(levels.length));
      const p = await problem(
        new Table([{ kind: 'category', name: 'c', codes, levels }]),
        rules,
        () => rng.below(41) - 20,
        () => 1 + rng.below(5),
      );
      p.begin();
      p.source.root();
      const rows = Uint32Array.from(codes.keys());
      let best = 0;
      for (let set = 1; set < 2 ** levels.length - 1; set++)
        best = Math.max(best, gainOf(p, rows, (r) => ((set >> (codes[r] as number)) & 1) === 1, 0)?.gain ?? 0);
      expect(p.source.best(0)?.gain).toBeCloseTo(best, 6);
    }
  });

  it('a set, and what it leaves, are of many rows', async () => {
    // three levels of 27 rows and two of 20: no two sides of half the levels have 60 rows each
    const codes = Int32Array.from({ length: 121 }, (_, i) => (i < 81 ? Math.floor(i / 27) : 3 + Math.floor((i - 81) / 20)));
    const levels = ['a', 'b', 'c', 'd', 'e'];
    const table = new Table([{ kind: 'category', name: 'c', codes, levels }]);
    for (const [minRowsPerSet, found] of [
      [60, false],
      [40, true],
    ] as const) {
      const rules = { ...RULES, catSmooth: 0, minRowsPerSet };
      const p = await problem(
        table,
        rules,
        (i) => (i < 81 ? -5 : 10),
        () => 1,
      );
      p.begin();
      p.source.root();
      expect(p.source.best(0) !== undefined).toBe(found);
    }
  });

  it('missing cells alone can be a side', async () => {
    const x = Float64Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? Number.NaN : 5));
    const p = await problem(
      new Table([{ kind: 'numeric', name: 'x', values: x }]),
      RULES,
      (i) => (i % 3 === 0 ? 9 : -4),
      () => 1,
    );
    p.begin();
    p.source.root();
    const split = p.source.best(0) as Split;
    expect([inSet(split, 0), inSet(split, 1)]).toEqual([false, true]);
    expect(split.left).toEqual({ gradient: -160, hessian: 40 });
  });

  it('a missing or unseen category goes right', async () => {
    const codes = Int32Array.from({ length: 90 }, (_, i) => (i % 3) - 1);
    const p = await problem(
      new Table([{ kind: 'category', name: 'c', codes, levels: ['a', 'b'] }]),
      RULES,
      (i) => (i % 3) * 10,
      () => 1,
    );
    p.begin();
    p.source.root();
    expect(inSet(p.source.best(0) as Split, 0)).toBe(false);
  });

  it('finds nothing in columns of one value, in equal gradients, and in no columns', async () => {
    const flat = new Table([{ kind: 'numeric', name: 'x', values: new Float64Array(50) }]);
    const spread = new Table([{ kind: 'numeric', name: 'x', values: Float64Array.from({ length: 50 }, (_, i) => i) }]);
    for (const [table, gradient] of [
      [flat, (i: number) => i - 25],
      [spread, () => 0],
      [new Table([], 50), (i: number) => i],
    ] as const) {
      const p = await problem(table, RULES, gradient, () => 1);
      p.begin();
      p.source.root();
      expect(p.source.best(0)).toBeUndefined();
    }
  });
});

describe('every one of 256 bins is searched', () => {
  const rows = 5100;
  it.each([1, 127, 128, 253, 254])('the split after bin %i of a number', async (last) => {
    for (const missing of [false, true]) {
      const values = Float64Array.from({ length: rows }, (_, i) => (missing && i % 7 === 0 ? Number.NaN : i % 255));
      const side = (i: number): number => (Number.isNaN(values[i]) ? 1 : (values[i] as number) < last ? -20 : 1);
      const table = new Table([{ kind: 'numeric', name: 'x', values }]);
      const p = await problem(table, RULES, side, () => 1, 4, undefined, 256);
      p.begin();
      p.source.root();
      expect(p.mappers[0]?.bins).toBe(256);
      expect(p.source.best(0)?.bin).toBe(last);
    }
  });

  it('a category in the last bin', async () => {
    const codes = Int32Array.from({ length: rows }, (_, i) => i % 255);
    const levels = Array.from({ length: 255 }, (_, i) => `l${i}`);
    const rules = { ...RULES, minRowsPerSet: 1 };
    const p = await problem(
      new Table([{ kind: 'category', name: 'c', codes, levels }]),
      rules,
      (i) => (i % 255 >= 253 ? 50 : -1),
      () => 1,
      4,
      undefined,
      256,
    );
    p.begin();
    p.source.root();
    const split = p.source.best(0) as Split;
    expect(Array.from({ length: 256 }, (_, bin) => bin).filter((bin) => inSet(split, bin))).toEqual([254, 255]);
  });
});

describe('sums are exact', () => {
  it('at the edge of the packed range, negative gradients included', async () => {
    const rows = 4096;
    const rng = new Rng(2);
    const table = new Table([{ kind: 'numeric', name: 'x', values: Float64Array.from({ length: rows }, () => rng.below(3)) }]);
    // Σ|g| close to 2³¹ and Σh close to 2³², as the booster scales them at most
    const p = await problem(
      table,
      RULES,
      (i) => (i % 5 === 0 ? 500_000 : -524_000),
      () => 1_048_000,
      4,
    );
    p.begin();
    const all = Uint32Array.from({ length: rows }, (_, i) => i);
    expect(p.source.root()).toEqual(sumsOf(p, all));
    check(p, 0, all);
  });

  it('whether a leaf is read in order or gathered, for every width of row', async () => {
    for (const columns of [1, 4, 5, 12, 32, 33, 64, 65, 76]) {
      const rng = new Rng(columns);
      const rows = 1300;
      const values = (): Float64Array => Float64Array.from({ length: rows }, () => rng.below(8));
      const table = new Table(Array.from({ length: columns }, (_, c) => ({ kind: 'numeric' as const, name: `c${c}`, values: values() })));
      const last = (table.columns[columns - 1] as Column & { kind: 'numeric' }).values;
      const p = await problem(
        table,
        RULES,
        (i) => rng.below(2001) - 1000 + 40 * (last[i] as number),
        () => 1 + rng.below(100),
      );
      for (const some of [undefined, Uint32Array.from({ length: 1299 }, (_, i) => i)]) {
        p.begin(some);
        p.source.root();
        const split = check(p, 0, some ?? Uint32Array.from({ length: rows }, (_, i) => i));
        expect(split?.column).toBe(columns - 1);
      }
    }
  });
});

describe('room for histograms', () => {
  it('when it is short the trees are the same', async () => {
    const { growTree } = await import('./grow-tree.js');
    const rng = new Rng(11);
    const rows = 900;
    const table = randomTable(rng, rows, 10);
    const gradient = Int32Array.from({ length: rows }, () => rng.below(2001) - 1000);
    const grow = async (histogramBytes?: number) => {
      const p = await problem(
        table,
        RULES,
        (i) => gradient[i] as number,
        () => 1,
        40,
        histogramBytes,
      );
      p.begin();
      return growTree(p.source, { leaves: 40, maxDepth: 63 });
    };
    const whole = await grow();
    expect(whole?.leaves.length).toBe(40);
    const slot = 16 * 2048;
    for (const slots of [2, 3, 7, 20]) expect(await grow(slots * slot)).toEqual(whole);
  });
});
