import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import { costMatrix, costThreshold } from './cost-matrix.js';
import { expectedCost } from './metrics/expected-cost.js';
import { metric, usualMetrics } from './metrics/registry.js';
import { bestThreshold } from './threshold.js';

const binary: Task = { kind: 'binary', target: 't', classes: ['no', 'yes'], reason: '' };
const three: Task = { kind: 'multiclass', target: 't', classes: ['a', '__proto__', 'c'], reason: '' };
const row = (...pairs: [string, number][]) => new Map(pairs);

describe('costs', () => {
  it('are a matrix by actual and called class', () => {
    expect(costMatrix({ fp: 1, fn: 20, tp: -5, unit: 'EUR' }, binary)).toEqual({
      matrix: [
        [0, 1],
        [20, -5],
      ],
      unit: 'EUR',
    });
    const costs = new Map([['__proto__', row(['a', 7])]]);
    expect(costMatrix({ costs, otherwise: 1 }, three).matrix).toEqual([
      [0, 1, 1],
      [7, 0, 1],
      [1, 1, 0],
    ]);
  });
  it('that make no sense are refused', () => {
    const regression: Task = { kind: 'regression', target: 't', classes: [], reason: '' };
    for (const [words, task] of [
      [{ fp: 1 }, binary],
      [{ fp: 1, fn: 2 }, three],
      [{ fp: 1, fn: 2 }, regression],
      [{ fp: 0, fn: 1 }, binary],
      [{ fp: 1, fn: 1, tp: 1 }, binary],
      [{ costs: new Map([['a', row(['c', 2])]]) }, three],
      [{ costs: new Map([['A', row(['c', 2])]]), otherwise: 1 }, three],
      [{ otherwise: -1 }, three],
    ] as const)
      expect(() => costMatrix(words, task), JSON.stringify(words)).toThrow(MillwrightError);
  });
});

describe('the expected cost', () => {
  const rng = new Rng(4);
  const n = 400;
  const draw = (outputs: number) => {
    const predicted = new Float64Array(n * outputs);
    const actual = new Float64Array(n);
    const weights = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let total = 0;
      for (let k = 0; k < outputs; k++) total += predicted[i * outputs + k] = rng.float() ** 3;
      for (let k = 0; k < outputs; k++) predicted[i * outputs + k] = (predicted[i * outputs + k] as number) / total;
      let at = rng.float();
      while (at >= (predicted[i * outputs + (actual[i] as number)] as number) && (actual[i] as number) < outputs - 1)
        at -= predicted[i * outputs + (actual[i] as number)++] as number;
      weights[i] = rng.below(4);
    }
    return { predicted, actual, weights, outputs };
  };
  it('is the mean over rows of what the cheapest call costs', () => {
    for (const costs of [
      costMatrix({ fp: 1, fn: 20, tn: 0.5 }, binary),
      costMatrix({ costs: new Map([['c', row(['a', 9], ['__proto__', 3])]]), otherwise: 1 }, three),
    ]) {
      const { matrix } = costs;
      const input = draw(matrix.length);
      let total = 0;
      let rows = 0;
      for (let i = 0; i < n; i++) {
        const p = input.predicted.subarray(i * input.outputs, (i + 1) * input.outputs);
        const price = matrix.map((_, c) => matrix.reduce((sum, of, a) => sum + (p[a] as number) * (of[c] as number), 0));
        const called = price.indexOf(Math.min(...price));
        total += (input.weights[i] as number) * (matrix[input.actual[i] as number]?.[called] as number);
        rows += input.weights[i] as number;
      }
      expect(expectedCost(costs).compute(input)).toBeCloseTo(total / rows, 12);
    }
  });
  it('is near its least at the threshold of the costs, when probabilities are true', () => {
    const costs = costMatrix({ fp: 1, fn: 20 }, binary);
    const metricOf = expectedCost(costs);
    const input = draw(2);
    const positive = input.actual.map((_, i) => input.predicted[2 * i + 1] as number);
    const best = metricOf.compute({ ...input, threshold: bestThreshold(input.actual, positive, metricOf, input.weights) });
    const own = metricOf.compute(input);
    expect(costThreshold(costs)).toBeCloseTo(1 / 21, 15);
    expect(metricOf.compute({ ...input, threshold: costThreshold(costs) })).toBe(own);
    expect(own).toBeGreaterThanOrEqual(best);
    expect(own - best).toBeLessThan(0.15);
    expect(metricOf.compute({ ...input, threshold: 0.5 })).toBeGreaterThan(own);
  });
  it('is scored beside the usual metrics', () => {
    const costs = costMatrix({ fp: 1, fn: 20 }, binary);
    const ids = (m: ReturnType<typeof metric>) => usualMetrics('binary', m, costs).map((x) => x.id);
    expect(ids(metric('roc_auc')).filter((id) => id === 'expected_cost')).toHaveLength(1);
    expect(ids(expectedCost(costs)).filter((id) => id === 'expected_cost')).toHaveLength(1);
  });
});
