import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fields } from '../../model/fields.js';
import { madeStream } from '../checks/made-stream.js';
import { HoeffdingTree } from './hoeffding-tree.js';
import type { OnlineRow } from './online-learner.js';

interface Golden {
  tree: { splits: number[]; leaves: number; probabilities: number[] };
}
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/online.json', import.meta.url), 'utf8')) as Golden;
const OPTIONS = { grace: 200, delta: 1e-5, tau: 0.05 };

function rowOf(values: readonly number[]): OnlineRow {
  return { x: Float64Array.from(values), z: Float64Array.from(values, (v) => (Number.isNaN(v) ? 0 : v)) };
}

test('splits at the rows where river splits, and says the same probabilities', () => {
  const tree = new HoeffdingTree('classes', ['number', 'number', 'number'], OPTIONS);
  const out = new Float64Array(2);
  const splits: number[] = [];
  let i = 0;
  for (const { x, y } of madeStream(8000)) {
    const row = rowOf(x);
    tree.predict(row, out);
    if (i % 200 === 199) expect(out[1]).toBeCloseTo(golden.tree.probabilities[(i - 199) / 200] as number, 9);
    const before = tree.facts().leaves;
    tree.learn(row, y);
    if (tree.facts().leaves !== before) splits.push(i);
    i++;
  }
  expect(splits).toEqual(golden.tree.splits);
  expect(tree.facts().leaves).toBe(golden.tree.leaves);
});

test('finds a step in a number, and a level that stands out', () => {
  const tree = new HoeffdingTree('number', ['number', 'category', 'number']);
  const out = new Float64Array(1);
  let i = 0;
  let late = 0;
  for (const { x } of madeStream(6000)) {
    const level = i % 4;
    const y = (x[1] > 5 ? 20 : 0) + (level === 2 ? 7 : 0) + x[0] * 0.1;
    const row = rowOf([x[1], level, x[2]]);
    tree.predict(row, out);
    if (i >= 5000) late += Math.abs((out[0] as number) - y) / 1000;
    tree.learn(row, y);
    i++;
  }
  expect(tree.facts().leaves).toBeGreaterThanOrEqual(4);
  expect(late).toBeLessThan(1);
});

test.each(['classes', 'number'] as const)(
  '%s: missing cells are learned from and predicted, and a saved tree goes on to the bit',
  (target) => {
    const kinds = ['number', 'number', 'category'] as const;
    const whole = new HoeffdingTree(target, kinds, { ...OPTIONS, grace: 50, subset: 2, seed: 3 });
    let parts = whole;
    const [a, b] = [new Float64Array(2), new Float64Array(2)];
    let i = 0;
    const again = new HoeffdingTree(target, kinds, { ...OPTIONS, grace: 50, subset: 2, seed: 3 });
    for (const { x, y } of madeStream(3000)) {
      if (i % 500 === 250) {
        const saved = new Fields(JSON.parse(JSON.stringify((i === 250 ? again : parts).save())), 'tree');
        parts = HoeffdingTree.load(target, kinds, { ...OPTIONS, grace: 50, subset: 2, seed: 3 }, saved);
      } else if (i < 250) parts = again;
      const row = rowOf([i % 7 === 0 ? Number.NaN : x[0], i % 5 === 0 ? Number.NaN : x[1], Math.floor(x[2] * 3)]);
      whole.predict(row, a);
      parts.predict(row, b);
      expect([...b]).toEqual([...a]);
      expect(a.every(Number.isFinite)).toBe(true);
      whole.learn(row, y);
      parts.learn(row, y);
      i++;
    }
    expect(JSON.stringify(parts.save())).toBe(JSON.stringify(whole.save()));
    expect(whole.facts().leaves).toBeGreaterThan(1);
  },
);

test('a state that is no tree is refused', () => {
  const leaf = { leaf: { features: [0], observers: [{ of: [] }], counts: [], inherited: 0, lookedAt: 0, size: 0, byShare: 0, byBayes: 0 } };
  const branch = { feature: 0, at: 1, nominal: false, leftWeight: 1, rightWeight: 1 };
  const load = (nodes: unknown) => HoeffdingTree.load('classes', ['number'], {}, new Fields({ nodes, made: 1 }, 'tree'));
  expect(load([branch, leaf, leaf]).facts().leaves).toBe(2);
  const bad = [
    [],
    [branch, leaf],
    [leaf, leaf],
    [{ ...branch, feature: 1 }, leaf, leaf],
    [{ leaf: { ...leaf.leaf, observers: [{ of: [1] }] } }],
    'x',
  ];
  for (const nodes of bad) expect(() => load(nodes)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
});
