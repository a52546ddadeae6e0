import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATE_PARTS, readDate } from './date-parts.js';

function partsOf(ms: number): Record<string, number> {
  const parts = new Float64Array(DATE_PARTS.length);
  readDate(ms, 0, parts);
  return Object.fromEntries(DATE_PARTS.map((part, i) => [part, parts[i] as number]));
}

const today = (ms: number): number => (ms - 86_400_000 * Math.floor(ms / 86_400_000)) / 86_400_000;

function daysOfYear(start: Date): number {
  const next = new Date(start);
  next.setUTCFullYear(start.getUTCFullYear() + 1);
  return Math.round((next.getTime() - start.getTime()) / 86_400_000);
}

/** By moving to the Thursday of the week, and counting weeks in its year. */
function isoWeek(date: Date): number {
  const thursday = new Date(Math.floor(date.getTime() / 86_400_000) * 86_400_000);
  thursday.setUTCDate(thursday.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7));
  const first = new Date(0);
  first.setUTCFullYear(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - first.getTime()) / (7 * 86_400_000)) + 1;
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
        fc.pre(Math.abs(ms) < 8.63e15 && Number.isFinite(start.getTime()));
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
          week: isoWeek(date),
          weekend: date.getUTCDay() % 6 === 0 ? 1 : 0,
          'month-start': date.getUTCDate() === 1 ? 1 : 0,
          'of-year': expect.closeTo((ms - start.getTime()) / (daysOfYear(start) * 86_400_000), 9),
          'of-month': expect.toSatisfy((x: number) => x >= 0 && x < 1),
          'of-week': expect.closeTo((((((date.getUTCDay() + 6) % 7) + 7) % 7) + today(ms)) / 7, 9),
          'of-day': expect.closeTo(today(ms), 9),
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
