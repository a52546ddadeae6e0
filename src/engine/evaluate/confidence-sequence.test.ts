import { expect, it } from 'vitest';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import { confidenceSequence } from './confidence-sequence.js';

const normal = (rng: Rng): number => normalQuantile(rng.float());

const stream = (rng: Rng, n: number, shift: number) => Float64Array.from({ length: n }, () => shift + normal(rng));

it('looked at after every ten rows, is wrong at any look in about one stream of twenty at most', () => {
  let wrong = 0;
  for (let s = 0; s < 300; s++) {
    const values = stream(new Rng(s), 1000, 0);
    for (let n = 40; n <= 1000; n += 10) {
      const { low, high } = confidenceSequence(values.subarray(0, n));
      if (low > 0 || high < 0) {
        wrong++;
        break;
      }
    }
  }
  expect(wrong / 300).toBeLessThan(0.06);
});

it('finds a difference in time, and says nothing of a few rows', () => {
  const values = stream(new Rng(7), 2000, 0.3);
  expect(confidenceSequence(values.subarray(0, 20)).low).toBe(Number.NEGATIVE_INFINITY);
  const found = confidenceSequence(values);
  expect(found.low).toBeGreaterThan(0);
  expect(found.high - found.low).toBeLessThan(0.25);
});
