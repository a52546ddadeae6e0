import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import { conformalWidths } from './conformal-widths.js';

it('takes the ceil(share × (n + 1))-th least absolute residual', () => {
  const actual = Float64Array.from({ length: 99 }, (_, i) => (i % 2 ? 1 : -1) * (i + 1));
  const widths = conformalWidths([
    { actual: actual.slice(0, 40), predicted: new Float64Array(40) },
    { actual: actual.slice(40), predicted: new Float64Array(59) },
  ]);
  expect(widths).toEqual([
    { share: 0.5, width: 50 },
    { share: 0.8, width: 80 },
    { share: 0.9, width: 90 },
    { share: 0.95, width: 95 },
    { share: 0.99, width: 99 },
  ]);
});

it('leaves out shares that so few rows cannot bear', () => {
  expect(conformalWidths([{ actual: Float64Array.of(1, 2, 3), predicted: Float64Array.of(1, 1, 1) }])).toEqual([{ share: 0.5, width: 1 }]);
  expect(conformalWidths([{ actual: new Float64Array(0), predicted: new Float64Array(0) }])).toEqual([]);
});

it('counts rows by their weights', () => {
  const actual = Float64Array.from({ length: 200 }, (_, i) => i);
  const weights = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? 1 : 3));
  const [half] = conformalWidths([{ actual, predicted: new Float64Array(200), weights }]);
  // 100 + 3 × 34 of 400 and the new one's 2
  expect(half).toEqual({ share: 0.5, width: 133 });
});

it('holds the share of new rows that it says', () => {
  const rng = new Rng(7);
  const draw = (): number => (rng.float() + rng.float() - 1) * 10;
  const widths = conformalWidths([{ actual: Float64Array.from({ length: 2000 }, draw), predicted: new Float64Array(2000) }]);
  for (const { share, width } of widths) {
    let held = 0;
    for (let i = 0; i < 20_000; i++) if (Math.abs(draw()) <= width) held++;
    expect(Math.abs(held / 20_000 - share)).toBeLessThan(0.03);
  }
});
