import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../src/core/clock.js';
import { Rng } from '../../src/core/rng.js';
import { Table } from '../../src/core/table.js';
import { extraTrees, randomForest } from '../../src/engine/learn/forest/forest-learner.js';
import type { Learner, Parameters } from '../../src/engine/learn/learner.js';
import { boostedTrees } from '../../src/engine/learn/trees/boosted-trees.js';
import { at, dataOf, type MadeCase, uniform } from './made-data.js';

// Held-out losses of scikit-learn's forests and LightGBM's extra_trees on the same made data at the same settings: see forest.py.

interface Case extends MadeCase {
  name: string;
  kind: 'binary' | 'multiclass' | 'regression';
  learner: string;
  min_rows: number;
  share?: number;
  leaves?: number;
  losses: number[];
}
const golden = JSON.parse(readFileSync(new URL('forest.json', import.meta.url), 'utf8')) as {
  train: number;
  test: number;
  trees: number;
  cases: Case[];
};
const LEARNERS: Record<string, Learner> = { 'random-forest': randomForest, 'extra-trees': extraTrees, 'boosted-trees': boostedTrees };
const CLASSES = { binary: ['0', '1'], multiclass: ['0', '1', '2', '3'], regression: [] };

/** The settings of forest.py under our names; all are given, so that our defaults may change. */
function settings(c: Case): Parameters {
  if (c.learner !== 'boosted-trees')
    return {
      trees: golden.trees,
      minRowsInLeaf: c.min_rows,
      // scikit-learn's root of six columns is two
      columnShare: c.share ?? 2 / 6,
      leaves: c.leaves ?? 65_536,
      totalLeaves: 10_000_000,
    };
  return {
    extraTrees: true,
    shape: 'leafwise',
    rounds: 80,
    leaves: 15,
    learningRate: 0.1,
    l2: 1,
    minRowsInLeaf: c.min_rows,
    rowSample: 1,
    columnSample: 1,
    catSmooth: 10,
    catL2: 10,
    minRowsPerSet: 100,
  };
}

describe('forests lose as much on new rows as scikit-learn’s and LightGBM’s do, up to noise', () => {
  it.each(golden.cases)('$name', async (c) => {
    const { train, test } = golden;
    const { columns, target } = dataOf(c, train + test);
    const all = new Table(columns);
    const held = all.take(Uint32Array.from({ length: test }, (_, i) => train + i));
    const task = { kind: c.kind, target: 'y', classes: CLASSES[c.kind], reason: 'golden' };
    const width = Math.max(1, task.classes.length);
    const ours = await Promise.all(
      c.losses.map(async (_, sub) => {
        const chance = uniform(c.seed, 100 + sub, train);
        const kept = Uint32Array.from(Array.from(chance.keys()).filter((i) => at(chance, i) >= 0.05));
        const sample = { table: all.take(kept), target: Float64Array.from(kept, (i) => at(target, i)) };
        const deadline = new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY);
        const { model } = await (LEARNERS[c.learner] as Learner).fit(sample, undefined, settings(c), { task, rng: new Rng(sub), deadline });
        const predicted = model.predict(held);
        let sum = 0;
        for (let i = 0; i < predicted.length; i++) {
          const y = at(target, train + Math.floor(i / width));
          sum += (at(predicted, i) - (width === 1 ? y : y === i % width ? 1 : 0)) ** 2;
        }
        return Math.sqrt(sum / predicted.length);
      }),
    );
    const mean = (a: readonly number[]): number => a.reduce((s, v) => s + v, 0) / a.length;
    const centre = mean(c.losses);
    expect(mean(ours)).toBeLessThan(centre * 1.01);
    // much better would mean that the two do not do the same
    expect(mean(ours)).toBeGreaterThan(centre * 0.97);
  });
});
