import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../core/errors.js';
import type { ColumnSchema, Schema, Task } from '../../core/schema.js';
import { parsePlan } from './plan.js';
import { proposePlan } from './propose-plan.js';

const column = (name: string, type: ColumnSchema['type'], use: ColumnSchema['use'] = 'feature'): ColumnSchema => ({
  name,
  type,
  use,
  reason: 'as it looks',
  missing: ['na'],
  stats: {
    rows: 1000,
    missing: 0,
    distinct: type === 'datetime' ? 900 : 2,
    top: [
      { value: 'no', count: 700 },
      { value: 'yes', count: 300 },
    ],
  },
});
const schema: Schema = {
  columns: [column('a', 'number'), column('__proto__', 'category'), column('when', 'datetime'), column('y', 'category', 'target')],
};
const task: Task = { kind: 'binary', target: 'y', classes: ['no', 'yes'], reason: 'two values' };

describe('proposePlan', () => {
  it('is a valid plan that survives JSON, the same each time', () => {
    const plan = proposePlan({ schema, task, rows: 1000, options: { seed: 9, budget: 30, data: { from: ['a.csv'] } } });
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(plan).toMatchObject({ target: 'y', metric: 'roc_auc', seed: 9, budget: 30, task: 'binary', threshold: 'auto' });
    expect(plan.columns.map((c) => c.name)).toEqual(['a', '__proto__', 'when', 'y']);
    expect(plan.holdout.kind).toBe('stratified');
    expect(plan.holdout.reason.length).toBeGreaterThan(20);
    expect(plan.candidates.map((c) => c.learner).slice(0, 3)).toEqual(['baseline', 'linear', 'boosted-trees']);
    expect(proposePlan({ schema, task, rows: 1000, options: { seed: 9, budget: 30, data: { from: ['a.csv'] } } })).toEqual(plan);
  });

  it('splits by time when a column is the order of the rows', () => {
    const timed: Schema = { columns: schema.columns.map((c) => (c.name === 'when' ? { ...c, use: 'time' } : c)) };
    expect(proposePlan({ schema: timed, task, rows: 1000 }).holdout).toMatchObject({ kind: 'time', column: 'when' });
  });

  it('lets trees go by what recalibration leaves where probabilities are judged on later rows', () => {
    const stops = (use: 'time' | 'feature', asked = task): unknown[] => {
      const columns = schema.columns.map((c) => (c.name === 'when' ? { ...c, use } : c));
      const { candidates } = proposePlan({ schema: { columns }, task: asked, rows: 1000 });
      return [...new Set(candidates.filter((c) => c.learner === 'boosted-trees').map((c) => c.parameters.stopBy))];
    };
    expect(stops('time')).toEqual(['recalibrated']);
    expect(stops('feature')).toEqual([undefined]);
    expect(stops('time', { kind: 'regression', target: 'a', classes: [], reason: '' })).toEqual([undefined]);
  });

  it('gives trees of many classes as few rounds as a row has time for, and learns faster in them where rows are many', () => {
    const trees = (classes: number, rows: number, latency?: number | null) => {
      const names = Array.from({ length: classes }, (_, i) => `c${i}`);
      const asked: Task = { kind: 'multiclass', target: 'y', classes: names, reason: '' };
      const options = { budget: 600, ...(latency !== undefined && { limits: { latency } }) };
      return proposePlan({ schema, task: asked, rows, options }).candidates.find((c) => c.learner === 'boosted-trees')?.parameters;
    };
    const [few, many] = [trees(3, 2000), trees(26, 2000)];
    expect(Number(many?.rounds)).toBeGreaterThan(300);
    expect(Number(many?.rounds)).toBeLessThan(0.7 * Number(few?.rounds));
    expect(many?.learningRate).toBeUndefined();
    expect(trees(26, 20_000)?.learningRate).toBe(0.1);
    expect(Number(trees(26, 2000, 60)?.rounds)).toBeLessThan(0.7 * Number(many?.rounds));
    expect(trees(26, 2000, null)?.rounds).toBeUndefined();
  });

  it('leaves dropped columns out, and names the nearest one for a wrong name', () => {
    const plan = proposePlan({ schema, task, rows: 1000, options: { drop: ['when'] } });
    expect(plan.columns.find((c) => c.name === 'when')?.use).toBe('ignore');
    expect(() => proposePlan({ schema, task, rows: 1000, options: { drop: ['wen'] } })).toThrow(MillwrightError);
    try {
      proposePlan({ schema, task, rows: 1000, options: { drop: ['wen'] } });
    } catch (error) {
      expect((error as MillwrightError).hint).toContain('when');
    }
  });

  it('refuses a table without features', () => {
    expect(() => proposePlan({ schema, task, rows: 1000, options: { drop: ['a', '__proto__', 'when'] } })).toThrow(/No column is left/);
  });

  it('tries more with more budget, and less with more rows', () => {
    const size = (rows: number, budget: number | null): number => {
      const plan = proposePlan({ schema, task, rows, options: { budget } });
      return plan.candidates.length * plan.validation.folds;
    };
    expect(size(1000, 60)).toBeGreaterThanOrEqual(size(1000, 1));
    expect(size(30_000, 60)).toBeGreaterThan(size(30_000, 2));
    expect(size(30_000, 60)).toBeGreaterThanOrEqual(size(1_000_000, 60));
    expect(size(1000, null)).toBeGreaterThanOrEqual(size(1000, 60));
    expect(proposePlan({ schema, task, rows: 1_000_000, options: { budget: 30 } }).validation.folds).toBe(1);
  });

  it('fits absolute errors when they are what counts', () => {
    const regression: Task = { kind: 'regression', target: 'a', classes: [], reason: '' };
    const plan = proposePlan({ schema, task: regression, rows: 1000, options: { metric: 'mae' } });
    expect(plan.metric).toBe('mean_absolute_error');
    expect(plan.candidates.find((c) => c.learner === 'boosted-trees')?.parameters).toMatchObject({ objective: 'absolute' });
    expect(plan.candidates[0]?.parameters).toEqual({ center: 'median' });
  });
});
