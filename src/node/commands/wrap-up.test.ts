import { expect, it } from 'vitest';
import { wrapUpReserve } from './wrap-up.js';

it('more is kept for more rows, for a store, and where starting was slow, within bounds', () => {
  const usual = wrapUpReserve(60_000, 1000, 300);
  expect(wrapUpReserve(60_000, 100_000, 300)).toBeGreaterThan(usual);
  expect(wrapUpReserve(60_000, 1000, 300, true)).toBeGreaterThan(usual);
  expect(wrapUpReserve(60_000, 1000, 700)).toBeCloseTo(2 * usual, 6);
  expect(wrapUpReserve(60_000, 1000, 100_000)).toBeCloseTo(3 * usual, 6);
  expect(wrapUpReserve(60_000, 1000, 10)).toBe(usual);
  expect(wrapUpReserve(2000, 1000, 100_000)).toBe(600);
  expect(wrapUpReserve(100, 1000, 300)).toBe(120);
  expect(wrapUpReserve(Number.POSITIVE_INFINITY, 1000, 300)).toBe(0);
});
