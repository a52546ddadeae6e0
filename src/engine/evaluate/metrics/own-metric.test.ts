import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import type { Task } from '../../../core/schema.js';
import { checkOwnMetric, metricOfPlan, type OwnMetric } from './own-metric.js';
import { metric } from './registry.js';

const task: Task = { kind: 'binary', target: 't', classes: ['a', 'b'], reason: '' };
const numbers: Task = { kind: 'regression', target: 't', classes: [], reason: '' };
const actual = new Float64Array([0, 1, 1]);
const predicted = new Float64Array([0.8, 0.2, 0.4, 0.6, 0.3, 0.7]);

function own(score: OwnMetric['score'], name = 'mine'): OwnMetric {
  return { name, greaterIsBetter: true, score };
}

function made(metric: OwnMetric, of: Task = task) {
  return metricOfPlan({ metric: metric.name, ownMetric: checkOwnMetric(metric) }, of, metric);
}

describe('a metric of your own', () => {
  it('gets the probability of the second class, and copies that it may change', () => {
    const seen: number[][] = [];
    const m = made(
      own((a, p, w) => {
        seen.push([...a], [...p], [...(w ?? [])]);
        a.fill(9);
        p.fill(9);
        return 0.25;
      }),
    );
    const evaluate = m.prepare({ actual, predicted, outputs: 2 });
    expect([evaluate(), evaluate(new Float64Array([1, 2, 0]))]).toEqual([0.25, 0.25]);
    expect(seen).toEqual([[0, 1, 1], [0.2, 0.6, 0.7], [], [0, 1, 1], [0.2, 0.6, 0.7], [1, 2, 0]]);
    expect([...predicted]).toEqual([0.8, 0.2, 0.4, 0.6, 0.3, 0.7]);
  });
  it('that knows no weights gets rows as often as they count', () => {
    const accuracy = made(own((a, p) => a.reduce((hits, k, i) => hits + (((p[i] as number) > 0.65 ? 1 : 0) === k ? 1 : 0), 0) / a.length));
    const input = { actual, predicted, outputs: 2, threshold: 0.65 };
    for (const w of [
      [1, 1, 1],
      [0, 2, 1],
      [3, 0, 0],
      [1, 5, 0],
    ]) {
      const weights = Float64Array.from(w);
      expect(accuracy.compute({ ...input }), String(w)).toBeCloseTo(metric('accuracy').compute(input), 12);
      expect(accuracy.prepare(input)(weights), String(w)).toBeCloseTo(metric('accuracy').prepare(input)(weights), 12);
    }
    // the rows' own weights are no repetitions
    const weights = new Float64Array([0.5, 2, 4]);
    expect(accuracy.compute({ ...input, weights })).toBeCloseTo(2 / 3, 12);
  });
  it('fails with its name', () => {
    const fails = (m: OwnMetric) => {
      try {
        made(m, numbers).compute({ actual, predicted: actual, outputs: 1 });
      } catch (error) {
        return (error as MillwrightError).code;
      }
      return undefined;
    };
    expect(
      fails(
        own(() => {
          throw new Error('no');
        }),
      ),
    ).toBe('METRIC_FAILED');
    expect(fails(own((() => '1') as unknown as OwnMetric['score']))).toBe('METRIC_FAILED');
    expect(fails(own((async () => 1) as unknown as OwnMetric['score']))).toBe('METRIC_FAILED');
    expect(fails(own(() => Number.NaN))).toBeUndefined();
  });
  it('is refused when it is no metric, or known by that name already', () => {
    for (const wrong of [
      own(() => 1, 'roc_auc'),
      own(() => 1, 'F2'),
      own(() => 1, 'expected_cost'),
      own(() => 1, 'a b'),
      own(() => 1, ''),
      { ...own(() => 1), greaterIsBetter: undefined },
      { ...own(() => 1), score: 3 },
    ])
      expect(() => checkOwnMetric(wrong as OwnMetric)).toThrow(MillwrightError);
  });
  it('must be brought along, and be the same', () => {
    const facts = { name: 'mine', greaterIsBetter: true, hash: 'x' };
    const plan = { metric: 'mine', ownMetric: facts };
    expect(() => metricOfPlan(plan, task, undefined)).toThrow(/function of your own/);
    for (const other of [{ hash: 'y' }, { greaterIsBetter: false, hash: 'x' }, { name: 'other', hash: 'x' }, {}])
      expect(() => metricOfPlan(plan, task, { ...own(() => 1), ...other })).toThrow(/another metric/);
    expect(metricOfPlan(plan, task, { ...own(() => 1), hash: 'x' }).id).toBe('mine');
    expect(metricOfPlan({ metric: 'f1' }, task, undefined)).toBe(metric('f1'));
  });
});
