import { Rng } from '../../src/core/rng.js';
import type { ColumnSchema, TaskKind } from '../../src/core/schema.js';
import type { ColumnProfile, Estimate, Finding, RunResult, ScoredRows } from '../../src/engine/automl/result.js';
import type { Model } from '../../src/model/model.js';

/** What a made-up run should be like. */
export interface SampleOptions {
  kind: TaskKind;
  classes?: string[];
  rows?: number;
  columns?: number;
  /** Names of the first columns, the target excluded. */
  names?: string[];
  target?: string;
  /** Levels of every second column. */
  levels?: string[];
  findings?: Finding[];
  change?: (result: RunResult) => void;
}

const model: Model = { kind: 'constant', inputs: [], predict: () => new Float64Array(), encode: () => ({ head: {}, blobs: {} }) };

/** A made-up run with plausible figures: predictions that go along with the truth, and noise. */
export function sampleRun(options: SampleOptions): RunResult {
  const { kind, rows = 600, columns = 8, target = 'answer', levels = ['red', 'green', 'blue'] } = options;
  const classes = kind === 'regression' ? [] : (options.classes ?? (kind === 'binary' ? ['no', 'yes'] : ['a', 'b', 'c']));
  const rng = new Rng(7);
  const train = Math.floor(rows * 0.8);
  const outOfFold = scored(rng.child('train'), kind, classes.length, 0, train);
  const holdout = scored(rng.child('holdout'), kind, classes.length, train, rows - train);
  const names = Array.from({ length: columns }, (_, i) => options.names?.[i] ?? `column ${i + 1}`);
  const schema = [...names.map((name, i) => column(name, i, rows, levels)), targetColumn(target, kind, classes, rows)];
  const metric = kind === 'binary' ? 'roc_auc' : kind === 'multiclass' ? 'log_loss' : 'root_mean_squared_error';
  const [value, base] = kind === 'binary' ? [0.86, 0.5] : kind === 'multiclass' ? [0.4, 1.1] : [4.1, 11.2];
  const outputs = Math.max(1, classes.length);
  const result: RunResult = {
    bundle: {
      schema: { columns: schema },
      task: { kind, target, classes, reason: 'made up' },
      recipe: [{ kind: 'fill-missing' }],
      model,
      metrics: {},
      lineage: { millwright: '0.1.0', dataHash: 'ab'.repeat(32), rows, seed: 7, plan: null },
    },
    plan: {
      version: 1,
      data: { from: ['sample.csv'] },
      target,
      task: kind,
      taskReason: 'The target looks like it.',
      classes,
      metric,
      seed: 7,
      budget: 30,
      columns: [],
      holdout: { kind: 'random', fraction: 0.2, reason: 'Nothing orders the rows.' },
      validation: { kind: 'random', folds: 5, reason: 'Enough rows.' },
      candidates: [
        { learner: 'constant', parameters: {} },
        { learner: 'gbm', parameters: { leaves: 31 } },
      ],
      threshold: 'auto',
    },
    schema: { columns: schema },
    task: { kind, target, classes, reason: 'made up' },
    rows: { total: rows, train, holdout: rows - train },
    metric,
    holdoutMetrics: { [metric]: estimate(value), ...(kind === 'regression' ? { r2: estimate(0.8) } : { accuracy: estimate(0.8) }) },
    baselineMetrics: { [metric]: base, accuracy: 0.5 },
    leaderboard: [
      {
        rank: 1,
        id: 'gbm',
        learner: 'gbm',
        title: 'Boosted trees',
        validation: value,
        holdout: value,
        fitSeconds: 2.5,
        rounds: 120,
        chosen: true,
        cut: false,
      },
      {
        rank: 2,
        id: 'linear',
        learner: 'linear',
        title: 'Linear model',
        validation: (value + base) / 2,
        fitSeconds: 0.3,
        chosen: false,
        cut: true,
      },
      {
        rank: 3,
        id: 'constant',
        learner: 'constant',
        title: 'Baseline',
        validation: base,
        holdout: base,
        fitSeconds: 0,
        chosen: false,
        cut: false,
      },
    ],
    holdout,
    outOfFold,
    ...(kind === 'binary' ? { threshold: 0.4 } : {}),
    importance: names.map((name, i) => ({
      column: name,
      drop: { value: 0.1 / (i + 1), low: i > 4 ? -0.01 : 0.08 / (i + 1), high: 0.13 / (i + 1) },
    })),
    dependence: names
      .slice(0, 8)
      .map((name, i) =>
        i % 2
          ? { column: name, levels: levels.map((level, j) => ({ level, y: answerOf(outputs, kind, 0.2 + 0.1 * j) })) }
          : { column: name, points: Array.from({ length: 20 }, (_, j) => ({ x: j * 5, y: answerOf(outputs, kind, j / 20) })) },
      ),
    profiles: schema.map((c, i) => profile(c, i, levels)),
    findings: options.findings ?? [
      { level: 'repair', code: 'missing-values', column: names[0], message: 'Some cells are empty.' },
      { level: 'warning', code: 'leak-suspect', column: names[1], message: 'This column nearly gives the answer away.' },
    ],
    tradeoff: sampleTradeoff(value, base),
    cut: false,
    interrupted: false,
    seconds: 12.3,
  };
  options.change?.(result);
  return result;
}

/** An ensemble without limits, the model within them, and two smaller ones. */
function sampleTradeoff(value: number, base: number): RunResult['tradeoff'] {
  const step = 0.02 * (value - base);
  const point = (title: string, score: number, latency: number, size: number) => ({
    title,
    members: [{ id: title, weight: 1 }],
    score,
    latency,
    size,
    within: latency <= 50,
  });
  return {
    limits: { latency: 50, size: null, interpretable: false },
    points: [
      { ...point('Ensemble of 3', value + step, 240, 900_000), role: 'unlimited' },
      { ...point('Boosted trees', value, 48.5, 210_000), role: 'chosen' },
      point('Boosted trees', value - step, 20, 60_000),
      point('Linear model', value - 3 * step, 3, 5000),
      point('Linear model', value - 40 * step, 9, 7000),
    ],
    missed: false,
  };
}

function answerOf(outputs: number, kind: TaskKind, p: number): number[] {
  if (kind === 'regression') return [50 + 40 * p];
  return Array.from({ length: outputs }, (_, k) => (k === outputs - 1 ? p : (1 - p) / (outputs - 1)));
}

function estimate(value: number): Estimate {
  return { value, low: value - 0.03, high: value + 0.03 };
}

function scored(rng: Rng, kind: TaskKind, classes: number, first: number, n: number): ScoredRows {
  const outputs = Math.max(1, classes);
  const rows = Uint32Array.from({ length: n }, (_, i) => first + i);
  const actual = new Float64Array(n);
  const predicted = new Float64Array(n * outputs);
  for (let i = 0; i < n; i++) {
    if (kind === 'regression') {
      actual[i] = 100 * rng.float();
      predicted[i] = (actual[i] as number) * 0.9 + 10 * (rng.float() - 0.5);
      continue;
    }
    const a = rng.below(classes);
    actual[i] = a;
    let total = 0;
    for (let k = 0; k < classes; k++) {
      const weight = rng.float() + (k === a ? 1 : 0.05);
      predicted[i * classes + k] = weight;
      total += weight;
    }
    for (let k = 0; k < classes; k++) predicted[i * classes + k] = (predicted[i * classes + k] as number) / total;
  }
  return { rows, actual, predicted };
}

function column(name: string, i: number, rows: number, levels: string[]): ColumnSchema {
  const category = i % 2 === 1;
  return {
    name,
    type: category ? 'category' : 'number',
    use: i === 6 ? 'ignore' : 'feature',
    reason: category ? 'Few values that repeat.' : 'Every cell reads as a number.',
    missing: [''],
    stats: {
      rows,
      missing: i % 3 === 0 ? Math.floor(rows / 10) : 0,
      distinct: category ? levels.length : 90,
      ...(category ? {} : { min: 0, max: 99, mean: 50 }),
      top: levels.map((value) => ({ value, count: Math.floor(rows / levels.length) })),
    },
  };
}

function targetColumn(name: string, kind: TaskKind, classes: string[], rows: number): ColumnSchema {
  const top = classes.slice(0, 10).map((value) => ({ value, count: Math.floor(rows / classes.length) }));
  return {
    name,
    type: kind === 'regression' ? 'number' : 'category',
    use: 'target',
    reason: 'It was asked for.',
    missing: [''],
    stats: { rows, missing: 0, distinct: classes.length || rows, top },
  };
}

function profile(c: ColumnSchema, i: number, levels: string[]): ColumnProfile {
  const missingBySlice = Array.from({ length: 50 }, (_, s) => (c.stats.missing > 0 && s % 5 === 0 ? 0.5 : 0));
  if (c.type === 'number')
    return {
      name: c.name,
      missingBySlice,
      bins: Array.from({ length: 24 }, (_, b) => ({ from: b * 4, to: b * 4 + 4, count: 1 + ((b * 7 + i) % 13) })),
    };
  return { name: c.name, missingBySlice, levels: levels.map((level, j) => ({ level, count: 100 - j })) };
}

export const sampleContext = {
  title: 'sample.csv: answer',
  dataLabel: 'sample.csv',
  command: 'millwright run sample.csv --target answer',
  startedAt: '2026-03-04T05:06:07Z',
  millwright: '0.1.0',
};
