import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import type { TreesModel } from '../../../model/trees.js';
import { contextOf } from '../../checks/conformance-data.js';
import type { Parameters, Sample } from '../learner.js';
import { boostedTrees } from './boosted-trees.js';

/** Few distinct values, some missing, and categories. */
function sampleOf(rows: number, seed: number): Sample {
  const rng = new Rng(seed);
  const numbers = ['a', 'b', 'c'].map(() => Float64Array.from({ length: rows }, () => (rng.below(9) === 0 ? Number.NaN : rng.below(12))));
  const codes = Int32Array.from({ length: rows }, () => rng.below(9) - 1);
  const target = Float64Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = numbers.map((v) => (Number.isNaN(v[i]) ? 20 : (v[i] as number))) as [number, number, number];
    return a * 0.3 + (b > 5 ? c : -c) + ((codes[i] as number) % 3) * 4 + rng.float() * 3;
  });
  const columns: Column[] = numbers.map((values, i) => ({ kind: 'numeric', name: 'abc'[i] as string, values }));
  columns.push({ kind: 'category', name: 'k', codes, levels: Array.from({ length: 8 }, (_, i) => `l${i}`) });
  return { table: new Table(columns), target };
}

const EXACT = { shape: 'symmetric', rounds: 1, learningRate: 1, l2: 0, rowSample: 1, columnSample: 1 };
const grown = async (sample: Sample, parameters: Parameters): Promise<TreesModel> =>
  (await boostedTrees.fit(sample, undefined, { ...EXACT, ...parameters }, contextOf('regression'))).model as TreesModel;

/** Splits of each level of the first tree, as text. */
function levels({ trees }: TreesModel): Set<string>[] {
  const found: Set<string>[] = [];
  const walk = (at: number, level: number): void => {
    if (at < 0) return;
    found[level] ??= new Set();
    const categorical = (trees.flags[at] as number) & 2;
    const what = categorical ? trees.sets[trees.threshold[at] as number] : trees.threshold[at];
    found[level].add(`${trees.feature[at]} ${trees.flags[at]} ${what}`);
    walk(trees.left[at] as number, level + 1);
    walk(trees.right[at] as number, level + 1);
  };
  walk(trees.roots[0] as number, 0);
  return found;
}

/** Sum of squares about the means of groups. */
function spread(target: Float64Array, groups: Int32Array): number {
  const totals = new Map<number, { n: number; sum: number }>();
  target.forEach((y, i) => {
    const t = totals.get(groups[i] as number) ?? { n: 0, sum: 0 };
    totals.set(groups[i] as number, { n: t.n + 1, sum: t.sum + y });
  });
  return target.reduce((a, y, i) => {
    const { n, sum } = totals.get(groups[i] as number) as { n: number; sum: number };
    return a + (y - sum / n) ** 2;
  }, 0);
}

describe('symmetric trees', () => {
  it('divide every leaf of a level by the same split', async () => {
    for (const leaves of [2, 8, 31]) {
      const model = await grown(sampleOf(1500, 1), { leaves });
      const found = levels(model);
      expect(found).toHaveLength(Math.ceil(Math.log2(leaves)));
      for (const level of found) expect(level.size).toBe(1);
    }
    const shallow = await grown(sampleOf(1500, 1), { leaves: 64, maxDepth: 2 });
    expect(levels(shallow)).toHaveLength(2);
    const leafwise = await grown(sampleOf(1500, 1), { leaves: 8, shape: 'leafwise' });
    expect(levels(leafwise).some((level) => level.size > 1)).toBe(true);
  });

  it('take the threshold that gains most over all leaves, missing cells on either side', async () => {
    for (const seed of [1, 2, 3]) {
      const { table, target } = sampleOf(700, seed);
      const sample = { table: new Table(table.columns.filter((c) => c.kind === 'numeric')), target };
      const model = await grown(sample, { leaves: 8 });
      const values = sample.table.columns.map((c) => (c.kind === 'numeric' ? c.values : new Float64Array()));
      let groups = new Int32Array(target.length);
      for (let level = 0; level < 3; level++) {
        let best = { spread: Number.POSITIVE_INFINITY, groups };
        for (const x of values)
          for (let t = 0; t < 12; t++)
            for (const missingLeft of [false, true]) {
              const next = groups.map((g, i) => g * 2 + ((x[i] as number) <= t || (missingLeft && Number.isNaN(x[i])) ? 0 : 1));
              const s = spread(target, next);
              if (s < best.spread - 1e-6) best = { spread: s, groups: next };
            }
        groups = best.groups;
      }
      const predicted = model.predict(sample.table);
      const lost = target.reduce((a, y, i) => a + (y - (predicted[i] as number)) ** 2, 0);
      expect(lost / spread(target, groups)).toBeCloseTo(1, 5);
    }
  });

  it('learn in all tasks, better than from the root alone, and are as good twice', async () => {
    const sample = sampleOf(1200, 5);
    const { table, target } = sampleOf(400, 6);
    const loss = async (parameters: Parameters): Promise<number> => {
      const predicted = (await grown(sample, { rounds: 60, learningRate: 0.15, l2: 1, ...parameters })).predict(table);
      return target.reduce((a, y, i) => a + (y - (predicted[i] as number)) ** 2, 0) / 400;
    };
    expect(await loss({})).toBeLessThan(0.5 * (await loss({ leaves: 2, rounds: 1 })));
    expect(await loss({})).toBe(await loss({}));
    expect(await loss({ linearLeaves: true })).toBeLessThan(20);
  });

  it('are what small data get, and what a refit of them keeps', async () => {
    const small = await boostedTrees.fit(sampleOf(3999, 1), undefined, { rounds: 2 }, contextOf('regression'));
    const large = await boostedTrees.fit(sampleOf(4000, 1), undefined, { rounds: 2 }, contextOf('regression'));
    expect([small.work, large.work]).toEqual([
      { rounds: 2, symmetric: 1 },
      { rounds: 2, symmetric: 0 },
    ]);
    expect(levels(small.model as TreesModel).every((l) => l.size === 1)).toBe(true);
    const refit = boostedTrees.refitParameters?.({ leaves: 9 }, [small.work, { rounds: 4, symmetric: 1 }], 4);
    expect(refit).toEqual({ leaves: 9, shape: 'symmetric', rounds: 6 });
    expect(boostedTrees.refitParameters?.({}, [{ rounds: 0 }], 1)).toEqual({ rounds: 1 });
  });
});
