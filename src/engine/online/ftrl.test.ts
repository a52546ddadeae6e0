import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sigmoid } from '../../core/math.js';
import { Fields } from '../../model/fields.js';
import { madeStream } from '../checks/made-stream.js';
import { FtrlModel, type FtrlOptions, FtrlWeights } from './ftrl.js';

interface Golden {
  ftrl: { options: FtrlOptions; weights: number[] }[];
}
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/online.json', import.meta.url), 'utf8')) as Golden;
const rowOf = (...values: number[]) => ({ x: Float64Array.from(values), z: Float64Array.from(values, (v) => (Number.isNaN(v) ? 0 : v)) });

test.each(golden.ftrl)('the weights are those of the published algorithm: $options', ({ options, weights }) => {
  const f = new FtrlWeights(options);
  const slots = Int32Array.from([0, 1, 2, 3]);
  for (const { x, y } of madeStream(2000)) {
    const values = Float64Array.from([1, ...x]);
    f.step(slots, values, 4, sigmoid(f.score(slots, values, 4)) - y);
  }
  weights.forEach((w, slot) => {
    expect(f.weight(slot)).toBeCloseTo(w, 10);
  });
  if (options.l1 > 10) expect(weights).toContain(0);
});

test('a third class leaves what was known of the first two', () => {
  const model = new FtrlModel('classes', ['number']);
  for (let i = 0; i < 400; i++) model.learn(rowOf(i % 2 === 0 ? -1 : 1), i % 2);
  const two = new Float64Array(2);
  model.predict(rowOf(1), two);
  expect(two[1]).toBeGreaterThan(0.85);
  model.learn(rowOf(0), 2);
  const three = new Float64Array(3);
  model.predict(rowOf(1), three);
  expect((three[1] as number) / ((three[0] as number) + (three[1] as number))).toBeGreaterThan(0.8);
});

test('levels, missing cells and a number to predict; a saved model goes on to the bit', () => {
  const kinds = ['number', 'category', 'part'] as const;
  const whole = new FtrlModel('number', kinds);
  let parts = new FtrlModel('number', kinds);
  const [a, b] = [new Float64Array(1), new Float64Array(1)];
  let error = 0;
  for (let i = 0; i < 4000; i++) {
    if (i % 900 === 0) parts = FtrlModel.load('number', kinds, {}, new Fields(JSON.parse(JSON.stringify(parts.save())), 'ftrl'));
    const level = (i * 7) % 11;
    const value = ((i * 13) % 29) / 14 - 1;
    const row = rowOf(value, i % 6 === 0 ? Number.NaN : level, i % 3);
    const y = 100 + 10 * value + (i % 6 === 0 ? -30 : level) + (i % 3 === 1 ? 5 : 0);
    whole.predict(row, a);
    parts.predict(row, b);
    expect(b[0]).toBe(a[0]);
    if (i >= 3000) error += Math.abs((a[0] as number) - y) / 1000;
    whole.learn(row, y);
    parts.learn(row, y);
  }
  expect(error).toBeLessThan(1);
  expect(whole.facts().coordinates).toBe(1 + 3 + 11 + 1 + 3);
});
