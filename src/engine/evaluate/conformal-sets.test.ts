import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import { conformalSets } from './conformal-sets.js';

/** Probabilities of three classes and a class drawn from them. */
function draw(rng: Rng, rows: number): { actual: Float64Array; predicted: Float64Array } {
  const actual = new Float64Array(rows);
  const predicted = new Float64Array(rows * 3);
  for (let r = 0; r < rows; r++) {
    const shares = [rng.float(), rng.float() * 2, rng.float() * 4];
    const total = shares.reduce((a, b) => a + b);
    shares.forEach((s, k) => {
      predicted[r * 3 + k] = s / total;
    });
    const at = rng.float() * total;
    actual[r] = at < (shares[0] as number) ? 0 : at < (shares[0] as number) + (shares[1] as number) ? 1 : 2;
  }
  return { actual, predicted };
}

it('takes the ceil(share × (n + 1))-th greatest probability of the right class', () => {
  const predicted = Float64Array.from({ length: 198 }, (_, i) => (i % 2 === 0 ? (99 - i / 2) / 100 : (1 + (i - 1) / 2) / 100));
  const sets = conformalSets([{ actual: new Float64Array(99), predicted }], 2);
  const exact = [0.5, 0.2, 0.1, 0.05, 0.01];
  expect(sets.map((s) => s.share)).toEqual([0.5, 0.8, 0.9, 0.95, 0.99]);
  for (const [i, { least }] of sets.entries()) expect(least).toBeCloseTo(0.99 * (exact[i] as number), 12);
  expect(conformalSets([{ actual: Float64Array.of(1), predicted: Float64Array.of(0.2, 0.8) }], 2)).toEqual([
    { share: 0.5, least: 0.8 * 0.99 },
  ]);
});

it('holds the right class of the share of new rows that it says', () => {
  const rng = new Rng(3);
  const sets = conformalSets([draw(rng, 1000), draw(rng, 1000)], 3);
  const { actual, predicted } = draw(rng, 20_000);
  expect(sets).toHaveLength(5);
  for (const { share, least } of sets) {
    let held = 0;
    actual.forEach((k, r) => {
      if ((predicted[r * 3 + k] as number) >= least) held++;
    });
    expect(Math.abs(held / 20_000 - share)).toBeLessThan(0.03);
  }
});
