import { expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { fitFactor } from './temperature.js';

it('finds the factor by which scores are too sure, and bounds it where every row is right', () => {
  const rng = new Rng(1);
  const n = 4000;
  const scores = new Float32Array(n * 4);
  const target = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const z = 3 * rng.float() - 1.5;
    target[i] = rng.float() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
    scores[i * 4 + 1] = 4 * z; // four times too sure
  }
  const found = fitFactor({ scores, width: 4, classes: 2, target });
  expect(found.factor).toBeGreaterThan(0.22);
  expect(found.factor).toBeLessThan(0.28);
  for (const other of [found.factor * 0.8, found.factor * 1.25, 1])
    expect(fitFactor({ scores, width: 4, classes: 2, target }, other, true).loss).toBeGreaterThan(found.loss);
  const right = target.map((_, i) => ((scores[i * 4 + 1] as number) > 0 ? 1 : 0));
  expect(fitFactor({ scores, width: 4, classes: 2, target: right }).factor).toBeLessThanOrEqual(1.5);
});
