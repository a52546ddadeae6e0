import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import { CATEGORICAL, type TreesModel } from '../../../model/trees.js';
import { contextOf, KINDS } from '../../checks/conformance-data.js';
import type { Parameters, Sample } from '../learner.js';
import { boostedTrees } from './boosted-trees.js';
import { parseGroups, parseMonotone } from './constraints.js';

const named = (...names: string[]): Column[] => names.map((name) => ({ kind: 'numeric', name, values: new Float64Array(1) }));

/** Four numeric columns with missing cells and one of categories; the answer bends in a and b, depends on all, and is noisy. */
function noisy(seed: number, kind: 'binary' | 'regression', rows = 400): Sample {
  const rng = new Rng(seed);
  const values = ['a', 'b', 'c', 'd'].map(() =>
    Float64Array.from({ length: rows }, () => (rng.below(10) === 0 ? Number.NaN : rng.float())),
  );
  const codes = Int32Array.from({ length: rows }, () => rng.below(7));
  const of = (c: number, i: number): number => (Number.isNaN(values[c]?.[i]) ? 0.3 : (values[c]?.[i] as number));
  const target = Float64Array.from({ length: rows }, (_, i) => {
    const a = of(0, i);
    const y = (a - 0.6) * (a - 0.6) * 6 - of(1, i) * (1 - of(2, i)) + of(2, i) * of(3, i) + (codes[i] as number) * 0.2 + rng.float();
    return kind === 'binary' ? (y > 1.2 ? 1 : 0) : y;
  });
  const columns: Column[] = values.map((v, c) => ({ kind: 'numeric', name: 'abcd'[c] as string, values: v }));
  columns.push({ kind: 'category', name: 'city', codes, levels: ['k', 'l', 'm', 'n', 'o', 'p', 'q'] });
  return { table: new Table(columns), target };
}

const grown = async (sample: Sample, kind: (typeof KINDS)[number], parameters: Parameters): Promise<TreesModel> =>
  (
    await boostedTrees.fit(
      sample,
      undefined,
      { shape: 'leafwise', rounds: 40, learningRate: 0.2, minRowsInLeaf: 5, ...parameters },
      contextOf(kind),
    )
  ).model as TreesModel;

/** Greatest fall of the score as column `c` rises over a grid, other cells as they are. */
function greatestFall(model: TreesModel, table: Table, c: number): number {
  let fall = 0;
  let before: Float64Array | undefined;
  for (let x = -0.1; x <= 1.1; x += 0.02) {
    const moved = new Table(
      table.columns.map((column, i) => (i === c && column.kind === 'numeric' ? { ...column, values: column.values.map(() => x) } : column)),
    );
    const scores = model.scores(moved);
    if (before) for (let i = 0; i < scores.length; i++) fall = Math.max(fall, (before[i] as number) - (scores[i] as number));
    before = scores;
  }
  return fall;
}

describe('monotone constraints', () => {
  it.each([
    ['regression', {}],
    ['regression', { objective: 'huber', alpha: 0.5 }],
    ['regression', { extraTrees: true }],
    ['regression', { l1: 2, l2: 0, interactions: 'a+b' }],
    ['binary', { columnSampleByNode: 0.6 }],
  ] as const)('hold over a grid of %s with %o', async (kind, parameters) => {
    const sample = noisy(1, kind);
    const free = await grown(sample, kind, parameters);
    expect(greatestFall(free, sample.table, 0)).toBeGreaterThan(0.05);
    const held = await grown(sample, kind, { ...parameters, monotone: 'a:1, b:-1' });
    expect(greatestFall(held, sample.table, 0)).toBe(0);
    const falling = await grown(sample, kind, { ...parameters, monotone: 'a:-1' });
    expect(greatestFall(falling, sample.table, 0)).toBeGreaterThan(0.05);
    // both columns are still used, and the model still learns
    expect(new Set(held.trees.feature).has(0)).toBe(true);
    expect(new Set(held.trees.feature).has(1)).toBe(true);
  });

  it('that ask for no direction change next to nothing', async () => {
    const sample = noisy(6, 'regression');
    const free = (await grown(sample, 'regression', {})).predict(sample.table);
    const held = (await grown(sample, 'regression', { monotone: 'a:0' })).predict(sample.table);
    const apart = free.reduce((a, y, i) => a + Math.abs(y - (held[i] as number)), 0) / free.length;
    expect(apart).toBeLessThan(0.02);
  });

  it('refuse columns that are not there, categories, no direction, several classes, and losses that cannot keep them', async () => {
    const sample = noisy(1, 'regression', 60);
    for (const monotone of ['age:1', 'city:1', 'a', 'a:2', 'a:1:1', 'a:1,,'])
      await expect(grown(sample, 'regression', { monotone })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(grown(sample, 'regression', { monotone: 'a:1', objective: 'absolute' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(grown(noisy(1, 'binary', 60), 'multiclass', { monotone: 'a:1' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

/** Columns that meet on each path from a root to a leaf. */
function paths({ trees }: TreesModel): Set<number>[] {
  const found: Set<number>[] = [];
  const walk = (at: number, path: Set<number>): void => {
    if (at < 0) {
      found.push(path);
      return;
    }
    const longer = new Set(path).add(trees.feature[at] as number);
    walk(trees.left[at] as number, longer);
    walk(trees.right[at] as number, longer);
  };
  for (const root of trees.roots) walk(root, new Set());
  return found;
}

describe('interaction constraints', () => {
  it('keep columns of different groups apart on every path, in every task', async () => {
    for (const kind of KINDS) {
      const sample = noisy(4, kind === 'regression' ? 'regression' : 'binary');
      const groups = [new Set([0, 1]), new Set([1, 2]), new Set([3, 4])];
      const together = (path: Set<number>): boolean => groups.some((g) => [...path].every((c) => g.has(c)));
      const free = await grown(sample, kind, {});
      expect(paths(free).every(together)).toBe(false);
      for (const more of [{}, { extraTrees: true }, { columnSampleByNode: 0.5, columnSample: 0.8 }]) {
        const held = await grown(sample, kind, { interactions: 'a+b, "b"+c', ...more });
        expect(paths(held).every(together)).toBe(true);
        // a path may hold both columns of a group
        expect(paths(held).some((path) => path.size === 2)).toBe(true);
        expect(new Set(held.trees.feature).size).toBe(5);
      }
    }
  });

  it('refuse columns that are not there', async () => {
    const sample = noisy(1, 'regression', 60);
    for (const interactions of ['a+e', '+', 'a,,b'])
      await expect(grown(sample, 'regression', { interactions })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('the text of constraints', () => {
  it('names columns bare or in quotes', () => {
    const columns = named('a', 'price, total: $', '__proto__', 'x+y');
    expect(parseMonotone('__proto__ : +1 , "price, total: $":-1', columns)).toEqual(Int8Array.of(0, -1, 1, 0));
    expect(parseGroups('a+"x+y","__proto__"', columns)).toEqual([
      Uint8Array.of(1, 0, 0, 1),
      Uint8Array.of(0, 0, 1, 0),
      Uint8Array.of(0, 1, 0, 0),
    ]);
    expect(parseMonotone(' ', columns)).toBeUndefined();
    expect(parseGroups('', columns)).toBeUndefined();
    expect(() => parseMonotone('"\\u12":1', columns)).toThrowError(/name in quotes/);
  });
});

describe('extraTrees', () => {
  it('draws other thresholds for another seed, the same for the same, and learns', async () => {
    const sample = noisy(3, 'regression');
    const of = async (seed: number): Promise<TreesModel> =>
      (
        await boostedTrees.fit(
          sample,
          undefined,
          { rounds: 30, extraTrees: true, rowSample: 1, columnSample: 1 },
          contextOf('regression', seed),
        )
      ).model as TreesModel;
    const [one, again, other] = [await of(1), await of(1), await of(2)];
    expect(one.trees).toEqual(again.trees);
    expect(one.trees.threshold).not.toEqual(other.trees.threshold);
    const mean = sample.target.reduce((a, y) => a + y, 0) / sample.target.length;
    const loss = (predict: (i: number) => number): number => sample.target.reduce((a, y, i) => a + (y - predict(i)) ** 2, 0);
    const predicted = one.predict(sample.table);
    expect(loss((i) => predicted[i] as number)).toBeLessThan(0.7 * loss(() => mean));
  });

  it('uses more thresholds than the best of all does, and sets of categories', async () => {
    const sample = noisy(3, 'regression');
    const own = { rounds: 20, rowSample: 1, columnSample: 1 };
    const drawn = await grown(sample, 'regression', { ...own, extraTrees: true });
    const roots = (m: TreesModel): Set<string> =>
      new Set(Array.from(m.trees.roots, (r) => `${m.trees.feature[r]} ${m.trees.threshold[r]}`));
    expect(roots(drawn).size).toBeGreaterThan(roots(await grown(sample, 'regression', own)).size);
    expect(drawn.trees.flags.some((f) => (f & CATEGORICAL) !== 0)).toBe(true);
  });
});

describe('columnSampleByNode', () => {
  it('spreads the splits over more columns', async () => {
    const sample = noisy(5, 'regression');
    const roots = async (columnSampleByNode: number): Promise<number> => {
      const { trees } = await grown(sample, 'regression', { columnSampleByNode, columnSample: 1, rowSample: 1, rounds: 15 });
      return new Set(Array.from(trees.roots, (r) => trees.feature[r])).size;
    };
    expect(await roots(0.2)).toBeGreaterThan(await roots(1));
  });
});
