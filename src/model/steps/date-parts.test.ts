import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATE_PARTS, readDate } from './date-parts.js';

function partsOf(ms: number): Record<string, number> {
  const parts = new Float64Array(DATE_PARTS.length);
  readDate(ms, 0, parts);
  return Object.fromEntries(DATE_PARTS.map((part, i) => [part, parts[i] as number]));
}

describe('readDate', () => {
  it('agrees with Date over all its range', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (ms) => {
        const date = new Date(ms);
        const year = date.getUTCFullYear();
        const start = new Date(0);
        start.setUTCFullYear(year, 0, 1);
        // The first year of the range begins before the range does.
        fc.pre(Number.isFinite(start.getTime()));
        const next = new Date(ms);
        next.setUTCDate(date.getUTCDate() + 1);
        expect(partsOf(ms)).toEqual({
          year,
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          weekday: ((date.getUTCDay() + 6) % 7) + 1,
          'day-of-year': Math.floor((ms - start.getTime()) / 86_400_000) + 1,
          hour: date.getUTCHours(),
          minute: date.getUTCMinutes(),
          'month-end': next.getUTCDate() === 1 ? 1 : 0,
          elapsed: ms / 86_400_000,
        });
      }),
      { numRuns: 2000 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 2, -8.64e15 - 2])('knows no date for %s', (ms) => {
    expect(Object.values(partsOf(ms)).every(Number.isNaN)).toBe(true);
  });

  it.each([
    ['2000-02-29', 60],
    ['1900-03-01', 60],
    ['2024-12-31', 366],
    ['0000-03-01', 61],
  ])('counts the days of %s', (day, expected) => {
    expect(partsOf(Date.parse(`${day}T23:59:59.999Z`))['day-of-year']).toBe(expected);
  });
});
