import { describe, expect, it } from 'vitest';
import { axisFormat, count, day, dayShort, decimals, duration, number, percent, plural, short } from './format.js';

describe('format', () => {
  it('writes numbers for reading', () => {
    expect([0, 7043, 12345.6, 0.12345, -3.21987, 1e12, 2.5e-7, Number.NaN].map((x) => number(x))).toEqual([
      '0',
      '7,043',
      '12,346',
      '0.123',
      '−3.22',
      '1.00e12',
      '2.50e−7',
      '–',
    ]);
    expect([0, 1500, 12500, -2e6, 0.25, 1e20].map(short)).toEqual(['0', '1,500', '12.5K', '−2M', '0.25', '1e20']);
    expect([decimals(-0.0001, 2), decimals(-0.126, 2), count(1e6), plural(1, 'row'), plural(0, 'row')]).toEqual([
      '0.00',
      '−0.13',
      '1,000,000',
      '1 row',
      '0 rows',
    ]);
  });

  it('never rounds a share to none or all of it', () => {
    expect([0, 1, 0.2658, 0.034, 0.0004, 0.99995, 0.996, 0.995 / 10].map((x) => percent(x))).toEqual([
      '0 %',
      '100 %',
      '27 %',
      '3.4 %',
      '< 0.1 %',
      '> 99.9 %',
      '99.6 %',
      '10 %',
    ]);
  });

  it('writes times in UTC', () => {
    expect([0.42, 38.4, 125, 120, 4800].map(duration)).toEqual(['0.4 s', '38 s', '2 min 5 s', '2 min', '1 h 20 min']);
    expect(day(Date.UTC(2024, 2, 3, 14, 5), true)).toBe('3 March 2024, 14:05 UTC');
    expect([1e12, 100 * 864e5, 10 * 864e5, 1000].map((span) => dayShort(Date.UTC(2024, 2, 3), span))).toEqual([
      '2024',
      'Mar 2024',
      '3 Mar',
      '3 Mar 00:00',
    ]);
  });

  it('does not group years', () => {
    expect(axisFormat(1950, 2010)(1960)).toBe('1960');
    expect(axisFormat(0, 5000)(1960)).toBe('1,960');
  });
});
