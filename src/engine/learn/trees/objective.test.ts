import { describe, expect, it } from 'vitest';
import { taskOf } from '../../checks/conformance-data.js';
import { createObjective, type ObjectiveName, weightedQuantile } from './objective.js';

const f = (...x: number[]): Float64Array => Float64Array.from(x);

function startOf(name: ObjectiveName | 'auto', target: Float64Array, weights?: Float64Array, alpha = 0.9): number[] {
  return [...createObjective(taskOf('regression'), name, alpha, target, weights).start];
}

describe('starting scores', () => {
  it('of regressions: the mean, the median, the quantile, the log of the mean', () => {
    const y = f(1, 2, 3, 4, 20);
    expect(startOf('auto', y)[0]).toBeCloseTo(6, 9);
    expect(startOf('squared', y)[0]).toBeCloseTo(6, 9);
    expect(startOf('huber', y, undefined, 100)[0]).toBeCloseTo(6, 9);
    expect(startOf('huber', y, undefined, 1)[0]).toBeCloseTo(3, 9);
    expect(startOf('huber', y, undefined, 12)[0]).toBeCloseTo(3 + (-2 - 1 + 0 + 1 + 12) / 5, 9);
    expect(startOf('absolute', y)[0]).toBeCloseTo(3, 9);
    expect(startOf('quantile', y, undefined, 0.75)[0]).toBeCloseTo(4, 9);
    expect(startOf('poisson', y)[0]).toBeCloseTo(Math.log(6), 9);
  });

  it('of regressions with weights', () => {
    const y = f(1, 2, 3, 4, 20);
    const w = f(1, 0, 0, 3, 0);
    expect(startOf('squared', y, w)[0]).toBeCloseTo(13 / 4, 9);
    expect(startOf('absolute', y, w)[0]).toBeCloseTo(4, 9);
    expect(startOf('poisson', y, w)[0]).toBeCloseTo(Math.log(13 / 4), 9);
  });

  it('of classes: log odds and log shares', () => {
    const binary = createObjective(taskOf('binary'), 'auto', 0.9, f(0, 0, 0, 1), undefined);
    expect(binary).toMatchObject({ name: 'logistic', outputs: 1 });
    expect(binary.start[0]).toBeCloseTo(Math.log(1 / 3), 9);
    const weighted = createObjective(taskOf('binary'), 'auto', 0.9, f(0, 0, 0, 1), f(1, 1, 0, 2));
    expect(weighted.start[0]).toBeCloseTo(0, 9);
    const four = createObjective(taskOf('multiclass'), 'auto', 0.9, f(0, 1, 1, 2), undefined);
    expect(four).toMatchObject({ name: 'softmax', outputs: 4 });
    expect(Array.from(four.start).map((s) => Math.exp(s))).toEqual([0.25, 0.5, 0.25, 0].map((p) => expect.closeTo(p, 9)));
  });

  it('are finite when one class is absent, all rows weigh 0, or there are no rows', () => {
    for (const kind of ['binary', 'multiclass', 'regression'] as const)
      for (const [target, weights] of [
        [f(0, 0, 0), undefined],
        [f(1, 1, 1), undefined],
        [f(0, 1, 1), f(0, 0, 0)],
        [f(), undefined],
      ] as const)
        for (const name of kind === 'regression' ? (['squared', 'absolute', 'huber', 'quantile', 'poisson'] as const) : (['auto'] as const))
          for (const s of createObjective(taskOf(kind), name, 0.5, target, weights).start) expect(Number.isFinite(s)).toBe(true);
  });

  it('say nothing about classes when all rows weigh 0', () => {
    const none = f(0, 0, 0);
    expect([...createObjective(taskOf('binary'), 'auto', 0.9, f(0, 1, 1), none).start]).toEqual([0]);
    const [first, ...others] = createObjective(taskOf('multiclass'), 'auto', 0.9, f(0, 1, 1), none).start;
    for (const s of others) expect(s).toBe(first);
  });

  it('are whole multiples of the unit, which suits the size of the target', () => {
    for (const size of [1e-12, 1, 1e12]) {
      const { start, unit } = createObjective(taskOf('regression'), 'squared', 0.9, f(0.1 * size, 0.7 * size), undefined);
      expect((start[0] as number) / unit).toBe(Math.round((start[0] as number) / unit));
      expect(Math.log2(unit)).toBe(Math.round(Math.log2(unit)));
      expect(unit).toBeLessThan(1e-11 * size);
      expect(unit).toBeGreaterThan(1e-14 * size);
    }
  });
});

describe('weightedQuantile', () => {
  it('interpolates between equal rows as NumPy does', () => {
    const x = f(5, 1, 3, 2);
    expect([0, 0.5, 0.9, 1].map((q) => weightedQuantile(x, undefined, q))).toEqual([1, 2.5, expect.closeTo(4.4, 12), 5]);
  });

  it('is the first value that reaches the share of the weight', () => {
    const x = f(4, 1, 3, 2);
    const w = f(1, 1, 6, 2);
    expect([0.05, 0.1, 0.3, 0.31, 0.9, 0.91, 1].map((q) => weightedQuantile(x, w, q))).toEqual([1, 1, 2, 3, 3, 4, 4]);
  });

  it('skips rows without weight', () => {
    expect(weightedQuantile(f(-9, 1, 9), f(0, 1, 0), 0.5)).toBe(1);
    expect(weightedQuantile(f(-9, 1, 9), f(0, 1, 0), 0.99)).toBe(1);
  });

  it('is 0 of nothing, and leaves its arguments as they were', () => {
    expect(weightedQuantile(f(), undefined, 0.5)).toBe(0);
    const x = f(3, 1, 2);
    weightedQuantile(x, undefined, 0.5);
    weightedQuantile(x, f(1, 1, 1), 0.5);
    expect([...x]).toEqual([3, 1, 2]);
  });
});
