import { describe, expect, it } from 'vitest';
import { sinOfTurns } from './turns.js';

describe('sinOfTurns', () => {
  it('agrees with Math.sin', () => {
    for (let i = -2000; i <= 2000; i++) expect(sinOfTurns(i / 1000)).toBeCloseTo(Math.sin((2 * Math.PI * i) / 1000), 14);
  });

  it('is exact at quarters', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((t) => sinOfTurns(t) + 0)).toEqual([0, 1, 0, -1, 0]);
  });

  it('knows nothing of what is not finite', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(sinOfTurns)).toEqual([Number.NaN, Number.NaN]);
  });
});
