import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import { CATEGORICAL, MISSING_LEFT, type TreesModel } from '../../../model/trees.js';
import { conformanceSample, contextOf, KINDS } from '../../checks/conformance-data.js';
import { learnerConformance } from '../../checks/learner-conformance.js';
import type { Fitted, Learner, Parameters, Sample } from '../learner.js';
import { extraTrees, randomForest } from './forest-learner.js';

const BOTH = [randomForest, extraTrees];

for (const learner of BOTH)
  describe(`${learner.title} conforms`, () => {
    for (const { name, run } of learnerConformance(learner, { parameters: { trees: 60 }, tolerance: 0.07 })) it(name, run);
  });

type Kind = (typeof KINDS)[number];
const grown = (learner: Learner, kind: Kind, sample: Sample, parameters: Parameters, validation?: Sample, seed = 1): Promise<Fitted> =>
  learner.fit(sample, validation, parameters, contextOf(kind, seed));
const trained = async (...args: Parameters_): Promise<TreesModel> => (await grown(...args)).model as TreesModel;
type Parameters_ = [Learner, Kind, Sample, Parameters, Sample?, number?];

/** Leaf of a row in a tree, walked here once more. */
function leafOf({ trees, head }: TreesModel, t: number, table: Table, row: number): number {
  let at = trees.roots[t] as number;
  while (at >= 0) {
    const feature = trees.feature[at] as number;
    const flags = trees.flags[at] as number;
    const column = table.columns[feature] as Column;
    const threshold = trees.threshold[at] as number;
    let left: boolean;
    if (column.kind === 'category') {
      const code = column.codes[row] as number;
      expect(flags & CATEGORICAL).toBeTruthy();
      const known = code >= 0 && code < (head.levels[feature] as number);
      left = known && (((trees.sets[threshold + (code >> 5)] as number) >>> (code & 31)) & 1) === 1;
    } else {
      const x = column.values[row] as number;
      left = Number.isNaN(x) ? (flags & MISSING_LEFT) !== 0 : x <= threshold;
    }
    at = (left ? trees.left[at] : trees.right[at]) as number;
  }
  return -1 - at;
}

describe('trees of a forest', () => {
  it.each(KINDS)('hold the weighted means of the rows that reach each leaf (%s)', async (kind) => {
    for (const learner of BOTH) {
      const plain = conformanceSample(learner, kind, 300, 5);
      const rng = new Rng(2);
      const sample = { ...plain, weights: Float64Array.from(plain.target, () => rng.below(4)) };
      const classes = kind === 'multiclass' ? 4 : 1;
      const model = await trained(learner, kind, sample, { trees: 5, bootstrap: false, minRowsInLeaf: 4 });
      const { trees, head } = model;
      // shares of classes are averaged with one more tree, of the classes' frequencies
      const share = kind === 'regression' ? 5 : 6;
      for (let t = 0; t < 5; t++) {
        const sums = new Map<number, { rows: number; weight: number; parts: number[] }>();
        for (let i = 0; i < 300; i++) {
          const weight = sample.weights[i] as number;
          if (weight === 0) continue;
          const leaf = leafOf(model, t, sample.table, i);
          const own = sums.get(leaf) ?? { rows: 0, weight: 0, parts: new Array<number>(classes).fill(0) };
          own.rows++;
          own.weight += weight;
          const y = sample.target[i] as number;
          if (classes > 1) own.parts[y] = (own.parts[y] as number) + weight;
          else own.parts[0] = (own.parts[0] as number) + weight * y;
          sums.set(leaf, own);
        }
        expect(sums.size).toBeGreaterThan(8);
        for (const [leaf, { rows, weight, parts }] of sums) {
          // of several classes, leaves with the same shares and rows are one
          expect(rows % (trees.leafCover[leaf] as number)).toBe(0);
          if (classes === 1) expect(trees.leafCover[leaf]).toBe(rows);
          expect(trees.leafCover[leaf]).toBeGreaterThanOrEqual(4);
          parts.forEach((part, k) => {
            expect(trees.leaf[leaf * classes + k]).toBeCloseTo(part / weight / share, 7);
          });
        }
      }
      expect(head.link).toBe(kind === 'regression' ? 'identity' : 'mean');
    }
  });

  it.each(KINDS)('give the mean of the trees, and of the classes’ frequencies (%s)', async (kind) => {
    const sample = conformanceSample(randomForest, kind, 200, 6);
    const model = await trained(randomForest, kind, sample, { trees: 9 });
    const { outputs } = model.head;
    const predicted = model.predict(sample.table);
    const width = predicted.length / 200;
    for (let i = 0; i < 200; i++)
      for (let k = 0; k < outputs; k++) {
        let sum = model.head.start[k] as number;
        for (let t = 0; t < 9; t++) sum += model.trees.leaf[leafOf(model, t, sample.table, i) * outputs + k] as number;
        expect(predicted[i * width + (kind === 'binary' ? 1 : k)]).toBeCloseTo(sum, 9);
        // no class is impossible
        if (kind !== 'regression') expect(predicted[i * width + k]).toBeGreaterThan(0);
      }
  });

  it('split one by one down to single rows, where all rows are taken', async () => {
    const rng = new Rng(3);
    const values = Float64Array.from({ length: 200 }, () => rng.float());
    const sample = { table: new Table([{ kind: 'numeric', name: 'x', values }]), target: values.map((_, i) => i * 1e150) };
    for (const learner of BOTH) {
      const model = await trained(learner, 'regression', sample, { trees: 3, bootstrap: false, minRowsInLeaf: 1 });
      const predicted = model.predict(sample.table);
      for (let i = 0; i < 200; i++) expect((predicted[i] as number) / 1e150).toBeCloseTo(i, 6);
    }
  });

  it('keep to the leaves, the depth and the rows in a leaf allowed, and take the splits that gain most', async () => {
    const sample = conformanceSample(randomForest, 'regression', 500, 7);
    const of = (parameters: Parameters): Promise<TreesModel> =>
      trained(randomForest, 'regression', sample, { trees: 4, bootstrap: false, columnShare: 1, minRowsInLeaf: 1, ...parameters });
    const [full, few, shared, shallow] = [await of({}), await of({ leaves: 9 }), await of({ totalLeaves: 50 }), await of({ maxDepth: 3 })];
    expect(full.trees.leaf.length).toBeGreaterThan(1900);
    expect(few.trees.leaf.length).toBe(36);
    expect(shared.trees.leaf.length).toBe(48);
    expect(shallow.trees.leaf.length).toBe(32);
    // all columns, all rows: every tree is the same, and the eight splits of few leaves are the best ones of the full tree
    const gains = (m: TreesModel, count: number): number[] => [...m.trees.gain.subarray(0, count)].sort((a, b) => b - a);
    const best = gains(full, full.trees.roots[1] as number);
    expect(gains(few, 8)).toEqual(best.slice(0, 8));
    // Σ gains: the squared error that the tree takes away
    const mean = sample.target.reduce((a, y) => a + y, 0) / 500;
    const all = sample.target.reduce((a, y) => a + (y - mean) ** 2, 0);
    expect(best.reduce((a, g) => a + g, 0) / all).toBeCloseTo(1, 5);
  });

  it('tell missing cells apart from all others, and split on sets of categories', async () => {
    const rng = new Rng(8);
    const x = Float64Array.from({ length: 400 }, () => (rng.below(3) === 0 ? Number.NaN : rng.float()));
    const codes = Int32Array.from({ length: 400 }, () => rng.below(12) - 1);
    const levels = Array.from({ length: 11 }, (_, i) => `l${i}`);
    const table = new Table([
      { kind: 'numeric', name: 'x', values: x },
      { kind: 'category', name: 'c', codes, levels },
    ]);
    const effect = [3, 1, 2, 0, 3, 0, 1, 2, 3, 0, 2, 1];
    const target = x.map((v, i) => (Number.isNaN(v) ? 1 : 0) * 4 + (effect[(codes[i] as number) + 1] as number));
    for (const learner of BOTH)
      for (const kind of ['regression', 'multiclass'] as const) {
        const y = kind === 'regression' ? target : target.map((v) => v % 4);
        const model = await trained(learner, kind, { table, target: y }, { trees: 60, minRowsInLeaf: 1, bootstrap: false });
        const predicted = model.predict(table);
        // categories of few rows in a leaf stay together
        if (kind === 'regression') for (let i = 0; i < 400; i++) expect(predicted[i]).toBeCloseTo(y[i] as number, 0);
        else for (let i = 0; i < 400; i++) expect(predicted[i * 4 + (y[i] as number)]).toBeGreaterThan(0.5);
      }
  });

  it('are not taken in by categories of a row or two', async () => {
    const rng = new Rng(11);
    const x = Float64Array.from({ length: 240 }, () => rng.float());
    const codes = Int32Array.from({ length: 240 }, (_, i) => i % 120);
    const table = new Table([
      { kind: 'numeric', name: 'x', values: x },
      { kind: 'category', name: 'name', codes, levels: Array.from({ length: 120 }, (_, i) => `n${i}`) },
    ]);
    for (const kind of KINDS) {
      const target = x.map((v) => (kind === 'regression' ? v + rng.float() : v + 0.3 * rng.float() > 0.6 ? 1 : 0));
      const model = await trained(randomForest, kind, { table, target }, { trees: 20, minRowsInLeaf: 1 });
      // a leaf of few rows holds few categories, and may still split on them
      const large = Array.from(model.trees.feature.keys()).filter((i) => (model.trees.cover[i] as number) > 40);
      expect(large.length).toBeGreaterThan(20);
      for (const i of large) expect(model.trees.feature[i]).toBe(0);
    }
  });

  it('differ from tree to tree and from seed to seed', async () => {
    const sample = conformanceSample(randomForest, 'binary', 300, 9);
    for (const learner of BOTH) {
      const one = await trained(learner, 'binary', sample, { trees: 20 });
      const other = await trained(learner, 'binary', sample, { trees: 20 }, undefined, 2);
      const roots = (m: TreesModel): string[] => Array.from(m.trees.roots, (r) => `${m.trees.feature[r]}:${m.trees.threshold[r]}`);
      expect(new Set(roots(one)).size).toBeGreaterThan(5);
      expect(roots(other)).not.toEqual(roots(one));
      // the first trees of a longer fit are those of a shorter one
      expect(roots(await trained(learner, 'binary', sample, { trees: 30, totalLeaves: 1_800_000 })).slice(0, 20)).toEqual(roots(one));
    }
  });
});

describe('rows in a leaf', () => {
  /** y is a step of x; `noise` is the share of answers that are drawn instead. */
  function steps(rows: number, noise: number, seed: number): Sample {
    const rng = new Rng(seed);
    const columns = ['a', 'b', 'c'].map(
      (name): Column => ({ kind: 'numeric', name, values: Float64Array.from({ length: rows }, rng.float.bind(rng)) }),
    );
    const a = (columns[0] as { values: Float64Array }).values;
    const target = a.map((v) => (rng.float() < noise ? rng.below(2) : Math.floor(v * 20) % 2));
    return { table: new Table(columns), target };
  }

  it('are many where answers are noisy and few where they are not, as validation rows tell', async () => {
    for (const learner of BOTH) {
      const clean = await grown(learner, 'binary', steps(600, 0, 1), { trees: 60 }, steps(300, 0, 2));
      const noisy = await grown(learner, 'binary', steps(600, 1, 3), { trees: 60 }, steps(300, 1, 4));
      expect(clean.work.minRowsInLeaf).toBeLessThanOrEqual(3);
      expect(noisy.work.minRowsInLeaf).toBeGreaterThanOrEqual(8);
      expect(clean.work.rounds).toBe(60);
      // given, they are taken as they are
      expect((await grown(learner, 'binary', steps(600, 1, 3), { trees: 9, minRowsInLeaf: 2 }, steps(300, 1, 4))).work).toEqual({
        rounds: 9,
        minRowsInLeaf: 2,
      });
    }
  });

  it('of a refit are the middle of what the folds settled', () => {
    const works = [20, 1, 8].map((minRowsInLeaf) => ({ rounds: 200, minRowsInLeaf }));
    expect(randomForest.refitParameters?.({ trees: 50 }, works, 1.25)).toEqual({ trees: 50, minRowsInLeaf: 8 });
  });
});
