import { expect, test } from 'vitest';
import { Fields } from '../../model/fields.js';
import { madeStream } from '../checks/made-stream.js';
import { AdaptiveForest } from './adaptive-forest.js';
import { HoeffdingTree } from './hoeffding-tree.js';
import type { OnlineLearner } from './online-learner.js';

const KINDS = ['number', 'number', 'number'] as const;
const rowOf = (values: readonly number[]) => ({ x: Float64Array.from(values), z: Float64Array.from(values) });

/** Share of right calls among the last quarter, test-then-train. */
function lateAccuracy(learner: OnlineLearner, rows: number): number {
  const out = new Float64Array(2);
  let [right, i] = [0, 0];
  for (const { x, y } of madeStream(rows)) {
    const row = rowOf(x);
    learner.predict(row, out);
    if (i++ >= rows * 0.75 && Number((out[1] as number) > (out[0] as number)) === y) right++;
    learner.learn(row, y);
  }
  return right / (rows * 0.25);
}

test('finds the change of concept, and is over it sooner than one tree', () => {
  const forest = new AdaptiveForest('classes', KINDS, { seed: 1 });
  const late = lateAccuracy(forest, 6000);
  // 8 % of the answers are wrong
  expect(late).toBeGreaterThan(0.87);
  expect(late).toBeGreaterThan(lateAccuracy(new HoeffdingTree('classes', KINDS), 6000));
  expect(forest.facts().drifts).toBeGreaterThan(0);
});

test.each(['classes', 'number'] as const)('%s: saved and loaded again and again, it is the same to the bit', (target) => {
  const options = { seed: 5, trees: 4 };
  const whole = new AdaptiveForest(target, KINDS, options);
  let parts = new AdaptiveForest(target, KINDS, options);
  const [a, b] = [new Float64Array(2), new Float64Array(2)];
  let i = 0;
  for (const { x, y } of madeStream(2400)) {
    if (i % 400 === 100)
      parts = AdaptiveForest.load(target, KINDS, options, new Fields(JSON.parse(JSON.stringify(parts.save())), 'forest'));
    const row = rowOf(x);
    const answer = target === 'classes' ? y : y * 10 + x[1];
    whole.predict(row, a);
    parts.predict(row, b);
    expect(b).toEqual(a);
    whole.learn(row, answer);
    parts.learn(row, answer);
    i++;
  }
  expect(JSON.stringify(parts.save())).toBe(JSON.stringify(whole.save()));
  expect(whole.facts().leaves).toBeGreaterThan(8);
});

test('another seed grows another forest', () => {
  const [one, other] = [1, 2].map((seed) => {
    const forest = new AdaptiveForest('classes', KINDS, { seed, trees: 2 });
    for (const { x, y } of madeStream(300)) forest.learn(rowOf(x), y);
    return JSON.stringify(forest.save());
  });
  expect(one).not.toBe(other);
});

test('a state with the wrong number of trees is refused', () => {
  const saved = JSON.parse(JSON.stringify(new AdaptiveForest('classes', KINDS, { trees: 2 }).save()));
  expect(() => AdaptiveForest.load('classes', KINDS, { trees: 3 }, new Fields(saved, 'forest'))).toThrow(
    expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }),
  );
});
