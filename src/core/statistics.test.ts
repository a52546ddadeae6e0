import { describe, expect, it } from 'vitest';
import { argsort } from './argsort.js';
import { nearestName } from './nearest-name.js';
import { Rng } from './rng.js';
import { mean, quantile, quantileSorted, sum, variance, weightedMedian } from './statistics.js';

describe('argsort', () => {
  it('sorts stably with missing last, at any size', () => {
    for (const n of [0, 1, 10, 599, 600, 5000]) {
      const rng = new Rng(n);
      const values = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const kind = rng.below(8);
        values[i] =
          kind === 0
            ? Number.NaN
            : kind === 1
              ? 0
              : kind === 2
                ? -0
                : kind === 3
                  ? Number.NEGATIVE_INFINITY
                  : (rng.float() - 0.5) * 10 ** (rng.below(40) - 20);
      }
      const key = (i: number): number => values[i] as number;
      const expected = Array.from(values.keys()).sort((a, b) => {
        if (Number.isNaN(key(a)) || Number.isNaN(key(b))) return Number(Number.isNaN(key(a))) - Number(Number.isNaN(key(b))) || a - b;
        return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a - b;
      });
      expect([...argsort(values)]).toEqual(expected);
    }
  });
});

describe('statistics', () => {
  const v = new Float64Array([4, 1, 3, 2]);
  it('plain and weighted', () => {
    expect([sum(v), mean(v), variance(v)]).toEqual([10, 2.5, 1.25]);
    expect(mean(v, new Float64Array([1, 0, 1, 0]))).toBe(3.5);
    expect(variance(v, new Float64Array([1, 0, 1, 0]))).toBe(0.25);
    expect([quantile(v, 0), quantile(v, 0.5), quantile(v, 1)]).toEqual([1, 2.5, 4]);
    expect(quantile(new Float64Array([Number.NaN, 5, 7]), 0.25)).toBe(5.5);
    expect(quantileSorted([], 0.5)).toBeNaN();
  });
  it('weighted median is the median of repeated rows', () => {
    expect(weightedMedian(v)).toBe(2.5);
    expect(weightedMedian(v, new Float64Array([1, 0, 0, 1]))).toBe(3);
    expect(weightedMedian(v, new Float64Array([3, 1, 0, 0]))).toBe(4);
    expect(weightedMedian(v, new Float64Array(4))).toBeNaN();
  });
});

describe('nearestName', () => {
  it('finds slips and swaps, and nothing when nothing is near', () => {
    expect(nearestName('Surivved', ['Survived', 'Age'])).toBe('Survived');
    expect(nearestName('AGE', ['Survived', 'age'])).toBe('age');
    expect(nearestName('zebra', ['Survived', 'Age'])).toBeUndefined();
    expect(nearestName('?', ['a', 'b'])).toBeUndefined();
  });

  it('looks past case, spaces and signs, and knows a part of one name alone', () => {
    const names = new Set(['Sale Price', 'Lot Area', 'Lot Frontage']);
    expect(nearestName('sale_price', names)).toBe('Sale Price');
    expect(nearestName('frontage', names)).toBe('Lot Frontage');
    expect(nearestName('lot', names)).toBeUndefined();
  });
});
