import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../src/core/clock.js';
import { Rng } from '../../src/core/rng.js';
import type { Task } from '../../src/core/schema.js';
import { Table } from '../../src/core/table.js';
import type { Parameters } from '../../src/engine/learn/learner.js';
import { boostedTrees } from '../../src/engine/learn/trees/boosted-trees.js';
import { CATEGORICAL, MISSING_LEFT, type TreesModel } from '../../src/model/trees.js';
import { at, dataOf, type MadeCase, numeric, uniform } from './made-data.js';

// LightGBM's held-out losses on the same made data at the same settings: see trees.py, which says how data and losses are made.

interface Case extends MadeCase {
  name: string;
  objective: string;
  rounds: number;
  num_leaves?: number;
  learning_rate?: number;
  max_bin?: number;
  lambda_l1?: number;
  lambda_l2?: number;
  alpha?: number;
  weights?: boolean;
  losses: number[];
}
interface Node {
  feature: number;
  threshold: number | string;
  left: number;
  right: number;
  missingLeft: boolean;
  gain: number;
  rows: number;
}
interface Golden {
  train: number;
  test: number;
  cases: Case[];
  trees: { name: string; objective: string; seed: number; rows: number; nodes: Node[]; leaves: number[] }[];
}
const golden = JSON.parse(readFileSync(new URL('trees.json', import.meta.url), 'utf8')) as Golden;

function lossOf(c: Case, y: number, p: Float64Array, row: number): number {
  if (c.objective === 'binary') return -Math.log(at(p, 2 * row + y));
  if (c.objective === 'multiclass') return -Math.log(at(p, 4 * row + y));
  const predicted = at(p, row);
  const r = Math.abs(predicted - y);
  const alpha = c.alpha ?? 0;
  if (c.objective === 'l2') return r * r;
  if (c.objective === 'l1') return r;
  if (c.objective === 'huber') return r <= alpha ? 0.5 * r * r : alpha * (r - 0.5 * alpha);
  if (c.objective === 'quantile') return y > predicted ? alpha * r : (1 - alpha) * r;
  return 2 * ((y > 0 ? y * Math.log(y / predicted) : 0) - y + predicted);
}

const OBJECTIVES: Record<string, string> = { l2: 'squared', l1: 'absolute', huber: 'huber', quantile: 'quantile', poisson: 'poisson' };
const CLASSES: Record<string, string[]> = { binary: ['0', '1'], multiclass: ['0', '1', '2', '3'] };

/** The settings of trees.py under our names; all are given, so that our defaults may change. */
const settings = (c: Partial<Case> & { objective: string; rounds: number }): Parameters => ({
  shape: 'leafwise',
  vectorLeaves: false,
  objective: OBJECTIVES[c.objective] ?? 'auto',
  rounds: c.rounds,
  leaves: c.num_leaves ?? 15,
  learningRate: c.learning_rate ?? 0.1,
  maxBins: c.max_bin ?? 255,
  l1: c.lambda_l1 ?? 0,
  l2: c.lambda_l2 ?? 1,
  minRowsInLeaf: 20,
  minChildWeight: 1e-3,
  minSplitGain: 0,
  maxDepth: 63,
  rowSample: 1,
  columnSample: 1,
  catSmooth: 10,
  catL2: 10,
  minRowsPerSet: 100,
  ...(c.alpha !== undefined && { alpha: c.alpha }),
});

const contextOf = (objective: string) => {
  const classes = CLASSES[objective] ?? [];
  const task: Task = {
    kind: classes.length === 0 ? 'regression' : classes.length === 2 ? 'binary' : 'multiclass',
    target: 'y',
    classes,
    reason: 'golden',
  };
  return { task, rng: new Rng(1), deadline: new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY) };
};

const mean = (a: readonly number[]): number => a.reduce((s, v) => s + v, 0) / a.length;

describe('held-out losses are LightGBM’s, up to noise', () => {
  it.each(golden.cases)('$name', async (c) => {
    const { train, test } = golden;
    const { columns, target } = dataOf(c, train + test);
    const all = new Table(columns);
    const weights = c.weights ? uniform(c.seed, 90, train + test).map((v) => Math.floor(4 * v)) : undefined;
    const held = Uint32Array.from({ length: test }, (_, i) => train + i);
    const ours: number[] = [];
    for (let sub = 0; sub < c.losses.length; sub++) {
      const chance = uniform(c.seed, 100 + sub, train);
      const kept = Uint32Array.from(Array.from(chance.keys()).filter((i) => at(chance, i) >= 0.05));
      const sample = {
        table: all.take(kept),
        target: Float64Array.from(kept, (i) => at(target, i)),
        ...(weights && { weights: Float64Array.from(kept, (i) => at(weights, i)) }),
      };
      const { model } = await boostedTrees.fit(sample, undefined, settings(c), contextOf(c.objective));
      const predicted = model.predict(all.take(held));
      const loss = mean(Array.from(held, (row, i) => lossOf(c, at(target, row), predicted, i)));
      ours.push(c.objective === 'l2' ? Math.sqrt(loss) : loss);
    }
    // Pairs of fits to the same rows. Noise: how much LightGBM's own loss moves when a twentieth of the rows is left out.
    const centre = mean(c.losses);
    const noise = Math.sqrt(mean(c.losses.map((l) => (l - centre) ** 2)) * (c.losses.length / (c.losses.length - 1)));
    const off = mean(ours) - centre;
    expect(off).toBeLessThan(2 * noise);
    // much better would mean that the two do not do the same
    expect(off).toBeGreaterThan(-4 * noise);
  });
});

describe('the first tree is LightGBM’s, split for split', () => {
  it.each(golden.trees)('$name', async ({ objective, seed, rows, nodes, leaves }) => {
    const x = Array.from({ length: 5 }, (_, c) => uniform(seed, c, rows).map((u) => Math.floor(u * (20 + 7 * c))));
    const codes = Int32Array.from(uniform(seed, 20, rows), (u) => Math.floor(u * 3));
    const [noise, blank] = [uniform(seed, 70, rows), uniform(seed, 60, rows)];
    let target = Float64Array.from(
      { length: rows },
      (_, i) => 3 * (at(x[0], i) > 9 ? 1 : 0) + 0.07 * at(x[1], i) * (codes[i] === 1 ? 1 : -1) + 0.02 * at(x[2], i) + 0.3 * at(noise, i),
    );
    x[3] = (x[3] as Float64Array).map((v, i) => (at(blank, i) < 0.2 ? Number.NaN : v));
    target = target.map((y, i) => y + (Number.isNaN(at(x[3], i)) ? 1 : 0.03 * at(x[3], i)));
    if (objective === 'binary') target = target.map((y) => (y > 2.5 ? 1 : 0));
    const table = new Table([...x.map(numeric), { kind: 'category', name: 'c5', codes, levels: ['a', 'b', 'c'] }]);
    const { model } = await boostedTrees.fit({ table, target }, undefined, settings({ objective, rounds: 1 }), contextOf(objective));
    const { trees, head } = model as TreesModel;
    expect(Array.from(trees.feature)).toEqual(nodes.map((n) => n.feature));
    expect(Array.from(trees.left)).toEqual(nodes.map((n) => n.left));
    expect(Array.from(trees.right)).toEqual(nodes.map((n) => n.right));
    expect(Array.from(trees.cover)).toEqual(nodes.map((n) => n.rows));
    nodes.forEach((node, i) => {
      if (node.feature === 5) {
        const bits = String(node.threshold)
          .split('||')
          .reduce((set, level) => set | (1 << Number(level)), 0);
        expect([at(trees.flags, i), at(trees.sets, at(trees.threshold, i))]).toEqual([CATEGORICAL, bits]);
      } else expect(at(trees.threshold, i)).toBeCloseTo(node.threshold as number, 9);
      if (node.feature === 3) expect((at(trees.flags, i) & MISSING_LEFT) !== 0).toBe(node.missingLeft);
      expect(at(trees.gain, i) / node.gain).toBeCloseTo(1, 3);
    });
    // LightGBM keeps the starting score in the first tree
    Array.from(trees.leaf).forEach((value, leaf) => {
      expect(value + at(head.start, 0)).toBeCloseTo(at(leaves, leaf), 4);
    });
  });
});
