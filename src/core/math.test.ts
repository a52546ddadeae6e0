import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exp, expm1, log, log1p, logSumExp, pow, sigmoid, softmaxInPlace, softplus } from './math.js';
import { erf, erfc, normalCdf, normalQuantile } from './normal.js';

const golden = JSON.parse(readFileSync(new URL('../../test/golden/math.json', import.meta.url), 'utf8')) as Record<string, number[][]>;
const bits = new BigInt64Array(1);
const view = new Float64Array(bits.buffer);
function ulps(a: number, b: number): number {
  const order = (x: number): bigint => {
    view[0] = x;
    const v = bits[0] as bigint;
    return v < 0n ? -(v & 0x7fffffffffffffffn) : v;
  };
  const d = order(a) - order(b);
  return Number(d < 0n ? -d : d);
}
function worst(name: string, f: (...x: number[]) => number): number {
  let max = 0;
  for (const row of golden[name] as number[][]) max = Math.max(max, ulps(f(...row.slice(0, -1)), row.at(-1) as number));
  return max;
}

describe('elementary functions against 60-digit values', () => {
  const cases: [string, (...x: number[]) => number, number][] = [
    ['exp', exp, 1],
    ['log', log, 1],
    ['log1p', log1p, 1],
    ['expm1', expm1, 1],
    ['pow', pow, 1],
    ['sigmoid', sigmoid, 2],
    ['erf', erf, 1],
  ];
  for (const [name, f, limit] of cases) it(`${name} is within ${limit} ulp`, () => expect(worst(name, f)).toBeLessThanOrEqual(limit));
  it('normalCdf keeps its digits far in the tail', () => {
    for (const [x, y] of golden.normalCdf as [number, number][]) expect(Math.abs(normalCdf(x) / y - 1)).toBeLessThan(2e-15 * (1 + x * x));
  });
  it('normalQuantile has a relative error of at most 2e-15', () => {
    for (const [p, x] of golden.normalQuantile as [number, number][])
      expect(Math.abs(normalQuantile(p) - x)).toBeLessThan(2e-15 * Math.max(1, Math.abs(x)));
  });
});

describe('special cases', () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  it('agree with the built-in functions', () => {
    const xs = [
      0,
      -0,
      1,
      -1,
      inf,
      -inf,
      nan,
      800,
      -800,
      710,
      -746,
      5e-324,
      -5e-324,
      0.5,
      -0.5,
      2,
      -2,
      3,
      -3,
      1e300,
      -1e300,
      4e18,
      2 ** 53 + 2,
    ];
    for (const x of xs) {
      expect([x, exp(x)]).toEqual([
        x,
        Math.abs(x) === 1 || Math.abs(x) === 0.5 || Math.abs(x) === 2 || Math.abs(x) === 3 ? expect.closeTo(Math.exp(x), 12) : Math.exp(x),
      ]);
      expect(Number.isNaN(log(x))).toBe(Number.isNaN(Math.log(x)));
      expect(Number.isNaN(log1p(x))).toBe(Number.isNaN(Math.log1p(x)));
      for (const y of xs) {
        const expected = x ** y;
        const got = pow(x, y);
        if (Number.isFinite(expected) && expected !== 0) expect(ulps(got, expected)).toBeLessThanOrEqual(1);
        else expect([x, y, got]).toEqual([x, y, expected]);
      }
    }
    expect(log(0)).toBe(-inf);
    expect(log1p(-1)).toBe(-inf);
    expect(expm1(-inf)).toBe(-1);
    expect(expm1(nan)).toBeNaN();
    expect([erf(inf), erf(-inf), erfc(-inf), erfc(inf), erfc(30)]).toEqual([1, -1, 2, 0, 0]);
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(0.5)]).toEqual([-inf, inf, 0]);
    expect(normalQuantile(2)).toBeNaN();
  });
});

describe('softmax and logSumExp', () => {
  it('work on a slice without overflow', () => {
    const s = new Float64Array([9, 1000, 1001, 1002, 9]);
    expect(logSumExp(s, 1, 3)).toBeCloseTo(1002.4076059644443, 10);
    softmaxInPlace(s, 1, 3);
    expect(s[0]).toBe(9);
    expect(s[4]).toBe(9);
    expect(s[1]).toBeCloseTo(0.09003057317038046, 15);
    expect((s[1] as number) + (s[2] as number) + (s[3] as number)).toBeCloseTo(1, 15);
    expect(logSumExp(new Float64Array(0))).toBe(Number.NEGATIVE_INFINITY);
  });
  it('softplus is linear far out', () => {
    expect(softplus(800)).toBe(800);
    expect(softplus(0)).toBeCloseTo(Math.LN2, 15);
    expect(softplus(-50)).toBeCloseTo(1.928749847963918e-22, 36);
  });
});
