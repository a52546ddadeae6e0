import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../src/core/clock.js';
import { Rng } from '../../src/core/rng.js';
import { type Column, Table } from '../../src/core/table.js';
import { additiveLearner } from '../../src/engine/learn/additive/additive-learner.js';
import type { Learner, Parameters, Sample } from '../../src/engine/learn/learner.js';
import { mlpLearner } from '../../src/engine/learn/mlp/mlp-learner.js';
import { naiveBayes } from '../../src/engine/learn/naive-bayes/naive-bayes.js';
import { nearestNeighbours } from '../../src/engine/learn/neighbours/nearest-neighbours.js';
import { at, dataOf, type MadeCase, uniform } from './made-data.js';

// Predictions of scikit-learn's nearest neighbours and naive Bayes, and losses of its networks and of interpret's explainable boosting: see learners.py.

interface Exact extends MadeCase {
  name: string;
  kind: 'binary' | 'multiclass' | 'regression';
  learner: string;
  k?: number;
  voting?: string;
  smoothing?: number;
  weights?: boolean;
  predicted: number[];
}
interface RealTable {
  name: string;
  kind: 'binary' | 'regression';
  columns: number[][];
  target: number[];
  losses: Record<string, number[]>;
}
const golden = JSON.parse(readFileSync(new URL('learners.json', import.meta.url), 'utf8')) as {
  rows: number;
  train: number;
  folds: number;
  exact: Exact[];
  tables: RealTable[];
};
const CLASSES = { binary: ['0', '1'], multiclass: ['0', '1', '2', '3'], regression: [] };

async function fitted(learner: Learner, kind: Exact['kind'], train: Sample, parameters: Parameters, validation?: Sample) {
  const task = { kind, target: 'y', classes: CLASSES[kind], reason: 'golden' };
  const deadline = new Deadline({ now: () => 0, pause: async () => {} }, Number.POSITIVE_INFINITY);
  return (await learner.fit(train, validation, parameters, { task, rng: new Rng(1), deadline })).model;
}

describe('predicts what scikit-learn predicts', () => {
  it.each(golden.exact)('$name', async (c) => {
    const { rows, train } = golden;
    const { columns, target } = dataOf(c, rows);
    const all = new Table(columns);
    const neighbours = c.learner === 'nearest-neighbours';
    const settings: Parameters = neighbours
      ? { choose: false, k: c.k as number, voting: c.voting as string, relevance: 0, smoothing: 0 }
      : { varianceRows: 0, sharpness: 1, smoothing: c.smoothing ?? 1 };
    const sample = {
      table: all.take(Uint32Array.from({ length: train }, (_, i) => i)),
      target: target.slice(0, train),
      ...(c.weights && { weights: uniform(c.seed, 90, train).map((u) => Math.floor(4 * u)) }),
    };
    const model = await fitted(neighbours ? nearestNeighbours : naiveBayes, c.kind, sample, settings);
    const predicted = model.predict(all.take(Uint32Array.from({ length: rows - train }, (_, i) => train + i)));
    expect(predicted.length).toBe(c.predicted.length);
    // coordinates of neighbours have 32 bits
    const digits = neighbours ? 5 : 7;
    const scale = Math.max(...c.predicted.map(Math.abs));
    c.predicted.forEach((wanted, i) => {
      expect(at(predicted, i) / scale).toBeCloseTo(wanted / scale, digits);
    });
  });
});

/** Columns less their mean, by their spread; both of the rows that train. */
function standardised(columns: number[][], train: Uint32Array): Column[] {
  return columns.map((values, c) => {
    const own = Float64Array.from(train, (r) => at(values, r));
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    const spread = Math.sqrt(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length);
    return { kind: 'numeric', name: `c${c}`, values: Float64Array.from(values, (v) => (v - mean) / spread) };
  });
}

/** @param watched a fifth of the training rows tells when to stop, as scikit-learn's network has it; else what each bag leaves out, as interpret has it */
async function lossesOf(learner: Learner, table: RealTable, watched: boolean): Promise<number[]> {
  const losses: number[] = [];
  for (let fold = 0; fold < golden.folds; fold++) {
    const rows = Uint32Array.from(table.target.keys());
    const held = rows.filter((r) => r % golden.folds === fold);
    const train = rows.filter((r) => r % golden.folds !== fold);
    const all = new Table(standardised(table.columns, train));
    const part = (own: Uint32Array): Sample => ({ table: all.take(own), target: Float64Array.from(own, (r) => at(table.target, r)) });
    const watching = watched ? part(train.filter((_, i) => i % 5 === 0)) : undefined;
    const model = await fitted(learner, table.kind, part(watched ? train.filter((_, i) => i % 5 !== 0) : train), {}, watching);
    const { target, table: asked } = part(held);
    const predicted = model.predict(asked);
    let sum = 0;
    target.forEach((y, i) => {
      sum += table.kind === 'regression' ? (at(predicted, i) - y) ** 2 : -Math.log(Math.max(1e-15, at(predicted, 2 * i + y)));
    });
    losses.push(table.kind === 'regression' ? Math.sqrt(sum / held.length) : sum / held.length);
  }
  return losses;
}

describe('loses as little on new rows of real tables, up to noise', () => {
  const pairs: [Learner, string][] = [
    [mlpLearner, 'scikit-learn’s network'],
    [additiveLearner, 'interpret’s explainable boosting'],
  ];
  for (const [learner, peer] of pairs)
    it.each(golden.tables)(`${learner.title} as ${peer}: $name`, async (table) => {
      const ours = await lossesOf(learner, table, learner === mlpLearner);
      const theirs = table.losses[learner.id] as number[];
      const mean = (a: readonly number[]): number => a.reduce((s, v) => s + v, 0) / a.length;
      const off = ours.map((v, i) => v - at(theirs, i));
      const error = Math.sqrt(mean(off.map((v) => (v - mean(off)) ** 2)) / (off.length - 1));
      expect(mean(off), `${ours} beside ${theirs}`).toBeLessThan(2 * error + 0.02 * mean(theirs));
    });
});
