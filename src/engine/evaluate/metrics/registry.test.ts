import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import { Rng } from '../../../core/rng.js';
import type { TaskKind } from '../../../core/schema.js';
import { defaultMetric, metric, metricFor, metrics, metricsFor } from './registry.js';

interface Case {
  name: string;
  task: TaskKind;
  outputs: number;
  threshold: number | null;
  actual: number[];
  predicted: number[];
  weights: number[] | null;
  values: Record<string, number | null>;
}
const { cases } = JSON.parse(readFileSync(new URL('../../../../test/golden/metrics.json', import.meta.url), 'utf8')) as { cases: Case[] };

describe('metrics agree with scikit-learn', () => {
  for (const c of cases)
    it(c.name, () => {
      const input = {
        actual: Float64Array.from(c.actual),
        predicted: Float64Array.from(c.predicted),
        outputs: c.outputs,
        weights: c.weights ? Float64Array.from(c.weights) : undefined,
        threshold: c.threshold ?? undefined,
      };
      for (const [id, expected] of Object.entries(c.values)) {
        const value = metricFor(id, c.task).compute(input);
        if (expected === null) expect([id, value]).toEqual([id, Number.NaN]);
        else expect(Math.abs(value - expected), `${id}: ${value} for ${expected}`).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)));
      }
    });
  it('covers every metric', () => {
    const seen = new Set(cases.flatMap((c) => Object.keys(c.values)));
    expect(metrics.map((m) => m.id).filter((id) => !seen.has(id))).toEqual([]);
  });
});

describe('the registry', () => {
  it('knows a default for every task', () => {
    expect((['binary', 'multiclass', 'regression'] as const).map((t) => defaultMetric(t).id)).toEqual([
      'roc_auc',
      'log_loss',
      'root_mean_squared_error',
    ]);
    for (const t of ['binary', 'multiclass', 'regression'] as const) expect(metricsFor(t)).toContain(defaultMetric(t));
  });
  it('takes short names and scorer names', () => {
    expect(['RMSE', 'mcc', 'neg_log_loss', 'roc_auc_score', 'f1_score', 'neg_mean_absolute_error'].map((n) => metric(n).id)).toEqual([
      'root_mean_squared_error',
      'matthews_corrcoef',
      'log_loss',
      'roc_auc',
      'f1',
      'mean_absolute_error',
    ]);
  });
  it('names the nearest and all others for an unknown one', () => {
    const attempt = () => metric('acuracy');
    expect(attempt).toThrow(MillwrightError);
    try {
      attempt();
    } catch (error) {
      expect((error as MillwrightError).code).toBe('OPTION_INVALID');
      expect((error as MillwrightError).hint).toContain('"accuracy"');
      for (const m of metrics) expect((error as MillwrightError).hint).toContain(m.id);
    }
    expect(() => metric('__proto__')).toThrow(/no metric/);
    expect(() => metricFor('f1', 'regression')).toThrow(/does not fit/);
  });
});

describe('evaluators', () => {
  it('a weight of k equals the row k times, for every metric', () => {
    const rng = new Rng(3);
    for (const m of metrics)
      for (const task of m.tasks) {
        const outputs = task === 'regression' ? 1 : task === 'binary' ? 2 : 4;
        const n = 60;
        const actual = new Float64Array(n);
        const predicted = new Float64Array(n * outputs);
        const weights = new Float64Array(n);
        const rows: number[] = [];
        for (let i = 0; i < n; i++) {
          weights[i] = rng.below(4);
          for (let r = 0; r < (weights[i] as number); r++) rows.push(i);
          actual[i] = task === 'regression' ? 1 + rng.below(9) : rng.below(outputs);
          let total = 0;
          for (let k = 0; k < outputs; k++) total += predicted[i * outputs + k] = 1 + rng.below(7);
          if (outputs > 1) for (let k = 0; k < outputs; k++) predicted[i * outputs + k] = (predicted[i * outputs + k] as number) / total;
        }
        const repeated = {
          actual: Float64Array.from(rows, (i) => actual[i] as number),
          predicted: Float64Array.from(rows.flatMap((i) => [...predicted.subarray(i * outputs, (i + 1) * outputs)])),
          outputs,
        };
        const value = m.compute({ actual, predicted, outputs, weights });
        expect(value, m.id).toBeCloseTo(m.compute(repeated), 11);
        expect(m.prepare({ actual, predicted, outputs })(weights), m.id).toBe(value);
      }
  });
  it('large inputs use the radix order: AUC equals the rank formula', () => {
    const rng = new Rng(9);
    const n = 5000;
    const actual = new Float64Array(n);
    const predicted = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      predicted[i] = Math.floor(rng.float() * 700) / 700 - 0.2;
      actual[i] = rng.float() < (predicted[i] as number) + 0.2 ? 1 : 0;
    }
    let wins = 0;
    let pairs = 0;
    for (let i = 0; i < n; i++) {
      if (actual[i] !== 1) continue;
      for (let j = 0; j < n; j++) {
        if (actual[j] !== 0) continue;
        pairs++;
        wins += (predicted[i] as number) > (predicted[j] as number) ? 1 : predicted[i] === predicted[j] ? 0.5 : 0;
      }
    }
    expect(metric('roc_auc').compute({ actual, predicted, outputs: 1 })).toBeCloseTo(wins / pairs, 12);
  });
});
