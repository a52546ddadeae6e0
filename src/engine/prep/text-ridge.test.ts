import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import { fitTextRidge } from './text-ridge.js';

it('solves the equations of ridge regression', () => {
  // rows (1, 0), (0, 1), (0.6, 0.8); twice the weight on the last; penalty 0.5
  const data = {
    starts: Uint32Array.of(0, 1, 2, 4),
    places: Uint32Array.of(0, 1, 0, 1),
    values: Float32Array.of(1, 1, 0.6, 0.8),
    width: 2,
  };
  const [x, y] = fitTextRidge(
    data,
    Uint32Array.of(0, 1, 2),
    { answers: Float64Array.of(1, -1, 0.5), outputs: 1, weights: Float64Array.of(1, 1, 2) },
    { penalty: 0.5, rounds: 200, rng: new Rng(1) },
  ) as unknown as [number, number];
  // (XᵀWX + ½I) w = XᵀWy
  expect((1 + 2 * 0.36 + 0.5) * x + 2 * 0.48 * y).toBeCloseTo(1 + 2 * 0.6 * 0.5, 5);
  expect(2 * 0.48 * x + (1 + 2 * 0.64 + 0.5) * y).toBeCloseTo(-1 + 2 * 0.8 * 0.5, 5);
});
