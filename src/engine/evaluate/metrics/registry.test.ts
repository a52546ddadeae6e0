import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import { Rng } from '../../../core/rng.js';
import type { TaskKind } from '../../../core/schema.js';
import { checkTargets, defaultMetric, metric, metricFor, metrics, metricsFor, usualMetrics } from './registry.js';

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
    // scikit-learn's for tables (1.9), those of clusterings and of several labels a row left out
    const scorers =
      'accuracy average_precision balanced_accuracy d2_absolute_error_score d2_brier_score d2_log_loss_score explained_variance f1 f1_macro f1_micro f1_weighted jaccard jaccard_macro jaccard_micro jaccard_weighted matthews_corrcoef neg_brier_score neg_log_loss neg_max_error neg_mean_absolute_error neg_mean_absolute_percentage_error neg_mean_gamma_deviance neg_mean_poisson_deviance neg_mean_squared_error neg_mean_squared_log_error neg_median_absolute_error neg_negative_likelihood_ratio neg_root_mean_squared_error neg_root_mean_squared_log_error positive_likelihood_ratio precision precision_macro precision_micro precision_weighted r2 recall recall_macro recall_micro recall_weighted roc_auc roc_auc_ovo roc_auc_ovo_weighted roc_auc_ovr roc_auc_ovr_weighted top_k_accuracy';
    for (const name of scorers.split(' ')) expect(seen, name).toContain(metric(name).id);
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
    expect(
      ['F2', 'f0.5', 'fbeta_score@2', 'neg_mean_pinball_loss@0.90', 'd2_tweedie@1.5', 'top_k_accuracy@3'].map((n) => metric(n).id),
    ).toEqual(['fbeta@2', 'fbeta@0.5', 'fbeta@2', 'mean_pinball_loss@0.9', 'd2_tweedie_score@1.5', 'top_k_accuracy@3']);
  });
  it('is documented in full', () => {
    const text = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
    const named = new Set([...text.matchAll(/`([^`]+)`/g)].map((m) => m[1]));
    for (const m of metrics) expect(named).toContain(m.id);
  });
  it('scores every model by a few, the chosen one among them', () => {
    for (const t of ['binary', 'multiclass', 'regression'] as const) {
      const few = usualMetrics(t, defaultMetric(t));
      expect(few.length).toBeLessThan(15);
      for (const m of [...few, ...metricsFor(t)]) {
        expect(usualMetrics(t, m)).toContain(m);
        expect(usualMetrics(t, m).length - few.length).toBe(few.includes(m) ? 0 : 1);
      }
    }
  });
  it('refuses targets that a metric is not defined for', () => {
    expect(() => checkTargets(metric('mean_gamma_deviance'), new Float64Array([0, 1]))).toThrow(/above 0; here the least is 0/);
    expect(() => checkTargets(metric('mean_poisson_deviance'), new Float64Array([-1, 1]))).toThrow(MillwrightError);
    expect(() => checkTargets(metric('mean_poisson_deviance'), new Float64Array([0, 1]))).not.toThrow();
    expect(() => checkTargets(metric('rmse'), new Float64Array([-5]))).not.toThrow();
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
    for (const name of ['fbeta@0', 'fbeta@x', 'top_k_accuracy@1.5', 'mean_pinball_loss@1', 'mean_tweedie_deviance@0.5', 'nope@2', 'fbeta'])
      expect(() => metric(name), name).toThrow(MillwrightError);
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
