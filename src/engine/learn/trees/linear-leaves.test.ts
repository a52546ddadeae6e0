import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import { TreesModel } from '../../../model/trees.js';
import { conformanceSample, contextOf } from '../../checks/conformance-data.js';
import { learnerConformance } from '../../checks/learner-conformance.js';
import type { Parameters, Sample } from '../learner.js';
import { boostedTrees } from './boosted-trees.js';

const grown = async (sample: Sample, kind: 'binary' | 'regression' | 'multiclass', parameters: Parameters): Promise<TreesModel> =>
  (await boostedTrees.fit(sample, undefined, { linearLeaves: true, ...parameters }, contextOf(kind))).model as TreesModel;

/** y = 3x, but −2x below 0, as the category says; some x are missing. */
function kinked(rows: number, seed: number, weights?: Float64Array): Sample {
  const rng = new Rng(seed);
  const x = Float64Array.from({ length: rows }, (_, i) => (i % 10 === 9 ? Number.NaN : rng.float() * 8 - 4));
  const columns: Column[] = [{ kind: 'numeric', name: 'x', values: x }];
  const target = x.map((v) => (Number.isNaN(v) ? 5 : v < 0 ? -2 * v : 3 * v));
  return { table: new Table(columns), target, weights };
}
const EXACT = { rounds: 1, learningRate: 1, leaves: 8, l2: 0, rowSample: 1, columnSample: 1, linearL2: 0 };
const at = (model: TreesModel, ...x: number[]): number[] => [
  ...model.predict(new Table([{ kind: 'numeric', name: 'x', values: Float64Array.from(x) }])),
];

describe('linear leaves conform', () => {
  const big = { ...boostedTrees, fit: (...[s, v, p, c, l]: Parameters4) => boostedTrees.fit(stretched(s), v, p, c, l) };
  const options = { parameters: { rounds: 25, linearLeaves: true, learningRate: 0.2 }, tolerance: 0.09 };
  for (const { name, run } of learnerConformance(big, options))
    if (/same bytes|repeats its record|obeys|writes and reads|missing cells|change its input/.test(name) && !name.includes('multiclass'))
      it(name, run);
});

type Parameters4 = globalThis.Parameters<typeof boostedTrees.fit>;
/** The rows some times over: lines need a thousand. */
function stretched(sample: Sample): Sample {
  const rows = Uint32Array.from({ length: sample.table.rows * 4 }, (_, i) => i % sample.table.rows);
  return {
    table: sample.table.take(rows),
    target: Float64Array.from(rows, (i) => sample.target[i] as number),
    weights: sample.weights && Float64Array.from(rows, (i) => sample.weights?.[i] as number),
  };
}

describe('linear leaves', () => {
  it('follow lines that plain leaves can only approach', async () => {
    const model = await grown(kinked(3000, 1), 'regression', EXACT);
    const [a, b, c, missing] = at(model, -3, 2.5, 3.5, Number.NaN);
    expect(a).toBeCloseTo(6, 1);
    expect(b).toBeCloseTo(7.5, 1);
    expect(c).toBeCloseTo(10.5, 1);
    expect(Math.abs((missing as number) - 5)).toBeLessThan(2);
    const plain = await grown(kinked(3000, 1), 'regression', { ...EXACT, linearLeaves: false });
    expect(plain.trees.lineStart).toBeUndefined();
    expect(Math.abs((at(plain, -3.9)[0] as number) - 7.8)).toBeGreaterThan(0.3);
  });

  it('do not go beyond what their training rows got', async () => {
    const model = await grown(kinked(3000, 1), 'regression', EXACT);
    const [far, edge] = at(model, 1e6, 4);
    expect(far).toBeLessThan(12.5);
    expect(far).toBe(edge);
    expect(at(model, Number.POSITIVE_INFINITY)[0]).toBe(far);
  });

  it('are fitted without rows of weight 0', async () => {
    const sample = kinked(3000, 2);
    const weights = new Float64Array(3000).fill(1);
    const target = sample.target.slice();
    for (let i = 0; i < 3000; i += 7) {
      weights[i] = 0;
      target[i] = -500;
    }
    const model = await grown({ ...sample, target, weights }, 'regression', EXACT);
    expect(at(model, 3.5)[0]).toBeCloseTo(10.5, 0);
  });

  it('are left out where they cannot be: few rows, several classes, absolute loss, monotone constraints', async () => {
    const lines = async (...args: globalThis.Parameters<typeof fit>): Promise<boolean> =>
      (await grown(...args)).trees.lineStart !== undefined;
    const more = { rounds: 3 };
    expect(await lines(kinked(1000, 1), 'regression', more)).toBe(true);
    expect(await lines(kinked(999, 1), 'regression', more)).toBe(false);
    expect(await lines(kinked(2000, 1), 'regression', { ...more, objective: 'absolute' })).toBe(false);
    expect(await lines(kinked(2000, 1), 'regression', { ...more, monotone: 'x:1' })).toBe(false);
    expect(await lines(conformanceSample(boostedTrees, 'multiclass', 1200, 1), 'multiclass', more)).toBe(false);
  });

  it('give many rows what they give each, and are read back; damage is refused', async () => {
    const model = await grown(kinked(3000, 3), 'regression', { rounds: 20 });
    const { table } = kinked(400, 4);
    const all = model.predict(table);
    for (let i = 0; i < 400; i += 13) expect(model.predict(table.take(Uint32Array.of(i)))[0]).toBe(all[i]);
    const { head, blobs } = model.encode();
    expect(TreesModel.decode(head, blobs).predict(table)).toEqual(all);
    const { lineStart, lineSlope, lineBounds, lineFeature } = model.trees as Required<typeof model.trees>;
    for (const damage of [
      { lineStart: lineStart.subarray(1) },
      { lineStart: lineStart.map((v, i) => (i === 1 ? 9e8 : v)) },
      { lineFeature: lineFeature.map(() => 7) },
      { lineFeature: lineFeature.map(() => -1) },
      { lineSlope: lineSlope.map(() => Number.NaN) },
      { lineSlope: lineSlope.subarray(1) },
      { lineBounds: lineBounds.subarray(3) },
      { lineBounds: undefined },
    ])
      expect(() => TreesModel.decode(head, { ...blobs, ...damage } as typeof blobs)).toThrowError(/damaged/);
  });
});

describe('targets of any size', () => {
  it.each([1e-250, 1e-30, 1e38, 1e200, 1e307])('× %d are learnt as well as others', async (size) => {
    const sample = kinked(1500, 5);
    const huge = { ...sample, target: sample.target.map((y) => y * size) };
    for (const parameters of [{}, { linearLeaves: false }, { linearLeaves: false, objective: 'absolute' }]) {
      const model = await grown(huge, 'regression', { rounds: 60, learningRate: 0.2, ...parameters });
      const predicted = model.predict(sample.table);
      const off = sample.target.reduce((a, y, i) => a + Math.abs(y - (predicted[i] as number) / size), 0) / 1500;
      expect(off).toBeLessThan(0.3);
      expect(model.trees.gain.every((g) => Number.isFinite(g))).toBe(true);
    }
  });
});
