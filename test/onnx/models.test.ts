import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { buildKdTree } from '../../src/engine/learn/neighbours/build-kd-tree.js';
import type { Bundle } from '../../src/model/bundle.js';
import { EnsembleModel } from '../../src/model/ensemble.js';
import type { Model } from '../../src/model/model.js';
import { NeighboursModel } from '../../src/model/neighbours.js';
import { predict } from '../../src/model/predict.js';
import type { StepData } from '../../src/model/step.js';
import { tableFromRows } from '../../src/model/table-from-rows.js';
import { CATEGORICAL, MISSING_LEFT, type TreeArrays, TreesModel } from '../../src/model/trees.js';
import { columnSchema } from '../example-bundle.js';
import { cellsOf, runOnnx } from './run-onnx.js';

const LEVELS = Array.from({ length: 40 }, (_, i) => `level ${i}`);
const columns = [columnSchema('a', 'number'), columnSchema('b', 'number'), columnSchema('c', 'category')];
const recipe = [{ kind: 'category-codes', columns: [{ name: 'c', levels: LEVELS }] }] as unknown as StepData[];

function bundleOf(model: Model, classes: string[], more: Partial<Bundle> = {}): Bundle {
  return {
    schema: { columns: [...columns, columnSchema('y', classes.length ? 'category' : 'number', 'target')] },
    task: {
      kind: classes.length === 0 ? 'regression' : classes.length === 2 ? 'binary' : 'multiclass',
      target: 'y',
      classes,
      reason: 'A test.',
    },
    recipe,
    model,
    metrics: {},
    lineage: { millwright: '0.1.0', dataHash: 'a'.repeat(64), rows: 4, seed: 7, plan: {} },
    ...more,
  };
}

/** Rows of few different cells, so that many stand at a threshold, or at the same place. */
function rowsOf(count: number): Record<string, unknown>[] {
  const rng = new Rng(11);
  return Array.from({ length: count }, () => ({
    a: rng.below(10) === 0 ? undefined : rng.below(5) / 4,
    b: rng.below(10) === 0 ? undefined : rng.below(7) - 3,
    c: [undefined, 'never seen', LEVELS[rng.below(40)], LEVELS[rng.below(40)]][rng.below(4)],
  }));
}

async function expectSame(bundle: Bundle, most: number, rows = rowsOf(300)): Promise<void> {
  const table = tableFromRows(bundle.schema, rows);
  const ours = predict(bundle, table);
  const theirs = await runOnnx(bundle, table.rows, (column) => cellsOf(table, column));
  expect(theirs.labels).toEqual(ours.labels);
  expect(theirs.values.length).toBe(ours.values.length);
  expect(new Set(ours.values).size).toBeGreaterThan(2);
  theirs.values.forEach((value, i) => {
    expect(Math.abs(value - (ours.values[i] as number)), `number ${i}`).toBeLessThanOrEqual(most);
  });
}

/** Drawn trees: numbers at their thresholds, sets of categories, missing cells either way, and trees of one leaf. */
function drawnTrees(
  count: number,
  kind: { outputs?: number; vector?: boolean; lines?: boolean; link?: TreesModel['head']['link'] },
): TreesModel {
  const rng = new Rng(29);
  const { outputs = 1, vector, lines, link = 'identity' } = kind;
  const roots: number[] = [];
  const nodes: { feature: number; flags: number; threshold: number; left: number; right: number }[] = [];
  const sets: number[] = [];
  let leaves = 0;
  const grow = (depth: number): number => {
    if (depth === 0 || rng.below(6) === 0) return -1 - leaves++;
    const feature = rng.below(3);
    const node = { feature, flags: 0, threshold: 0, left: 0, right: 0 };
    const at = nodes.push(node) - 1;
    if (feature === 2) {
      node.flags = CATEGORICAL;
      node.threshold = sets.push(rng.uint32(), rng.below(256)) - 2;
    } else {
      node.flags = rng.below(2) * MISSING_LEFT;
      node.threshold = feature === 0 ? rng.below(5) / 4 : rng.below(7) - 3.5 * rng.below(2);
    }
    node.left = grow(depth - 1);
    node.right = grow(depth - 1);
    return at;
  };
  for (let t = 0; t < count; t++) roots.push(grow(t % 5));
  const value = (): number => (rng.below(2048) - 1024) / 1024;
  const line = { start: [0], feature: [] as number[], slope: [] as number[], bounds: [] as number[] };
  for (let leaf = 0; leaf < leaves; leaf++) {
    for (let term = rng.below(3); term > 0; term--) {
      line.feature.push(rng.below(2));
      line.slope.push(value());
    }
    line.start.push(line.feature.length);
    line.bounds.push(value(), -0.5, 0.75);
  }
  const arrays: TreeArrays = {
    roots: Int32Array.from(roots),
    feature: Int32Array.from(nodes, (n) => n.feature),
    flags: Uint8Array.from(nodes, (n) => n.flags),
    threshold: Float64Array.from(nodes, (n) => n.threshold),
    left: Int32Array.from(nodes, (n) => n.left),
    right: Int32Array.from(nodes, (n) => n.right),
    gain: new Float32Array(nodes.length),
    cover: new Float32Array(nodes.length),
    sets: Uint32Array.from(sets),
    leaf: Float64Array.from({ length: leaves * (vector ? outputs : 1) }, value),
    leafCover: new Float32Array(leaves),
    ...(lines && {
      lineStart: Int32Array.from(line.start),
      lineFeature: Int32Array.from(line.feature),
      lineSlope: Float64Array.from(line.slope),
      lineBounds: Float64Array.from(line.bounds),
    }),
  };
  const start = Array.from({ length: outputs }, value);
  return new TreesModel({ inputs: ['a', 'b', 'c'], levels: [0, 0, 40], outputs, link, start, ...(vector && { vector }) }, arrays);
}

const THREE = ['x', 'y', 'z'];

it('sums trees to the last bit, over more than one operator', async () => {
  await expectSame(bundleOf(drawnTrees(600, {}), []), 0);
});

it('links trees', async () => {
  await expectSame(bundleOf(drawnTrees(20, { link: 'exp' }), []), 1e-9);
  await expectSame(bundleOf(drawnTrees(7, { link: 'logistic' }), ['x', 'y']), 1e-14);
  await expectSame(bundleOf(drawnTrees(9, { link: 'mean' }), ['x', 'y']), 1e-14);
  await expectSame(bundleOf(drawnTrees(30, { outputs: 3, link: 'softmax' }), THREE), 1e-14);
});

it('looks up leaves that are vectors', async () => {
  await expectSame(bundleOf(drawnTrees(150, { outputs: 3, vector: true, link: 'softmax' }), THREE), 1e-13);
  await expectSame(bundleOf(drawnTrees(10, { outputs: 3, vector: true, link: 'mean' }), THREE), 1e-14);
});

it('looks up leaves that are lines', async () => {
  await expectSame(bundleOf(drawnTrees(150, { lines: true }), []), 1e-12);
  await expectSame(bundleOf(drawnTrees(30, { lines: true, outputs: 3, link: 'softmax' }), THREE), 1e-13);
});

it('says constant trees of each row', async () => {
  const leaf = drawnTrees(1, {});
  const { bytes } = (await import('../../src/engine/export/onnx/to-onnx.js')).toOnnx(bundleOf(leaf, []));
  expect(bytes.length).toBeGreaterThan(0);
  const table = tableFromRows({ columns }, rowsOf(5));
  const said = await runOnnx(bundleOf(leaf, []), 5, (column) => cellsOf(table, column));
  expect(said.values).toEqual([...predict(bundleOf(leaf, []), table).values]);
});

it.each(['uniform', 'distance'] as const)('asks the same neighbours, however many are equally near (%s)', async (voting) => {
  const rng = new Rng(17);
  const count = 150;
  const points = [0, 1].map((j) => Float32Array.from({ length: count }, () => (j === 0 ? rng.below(5) / 4 : rng.below(5) - 2)));
  const { nearest, order } = buildKdTree(points, count);
  const target = Float64Array.from(order, (row) => (row * 7) % 11);
  const weights = Float64Array.from(order, (row) => 1 + (row % 3) / 2);
  const head = { inputs: ['a', 'b'], k: 9, voting, smoothing: 1.5 };
  const scale = Float64Array.of(1, 1);
  const regression = new NeighboursModel(head, scale, nearest, { target, weights, prior: new Float64Array(0) });
  await expectSame(bundleOf(regression, []), 1e-12);
  const classes = new NeighboursModel(head, scale, nearest, {
    target: target.map((t) => t % 3),
    weights,
    prior: Float64Array.of(0.5, 0.3, 0.2),
  });
  await expectSame(bundleOf(classes, THREE), 1e-13);
});

it('averages members, calibrates, and calls classes by threshold and by costs', async () => {
  const members = (outputs: number, link: 'logistic' | 'softmax') =>
    [3, 8].map((count, i) => ({ model: drawnTrees(count * outputs, { outputs, link }), weight: 0.3 + i }));
  const two = new EnsembleModel('probability', 2, [{ recipe: [], members: members(1, 'logistic') }], { scale: 1.3, shift: [0.2] });
  await expectSame(bundleOf(two, ['no', '__proto__'], { threshold: 0.31 }), 1e-14);
  const three = new EnsembleModel('probability', 3, [
    { recipe: [], members: members(3, 'softmax') },
    { recipe: [], members: members(3, 'softmax') },
  ]);
  const costs = [
    [0, 1, 5],
    [3, 0, 1],
    [9, 2, 0],
  ];
  await expectSame(bundleOf(three, THREE, { costs }), 1e-14);
  await expectSame(bundleOf(three, THREE), 1e-14);
});
