import type { Rng } from '../../../core/rng.js';
import { quantileSorted } from '../../../core/statistics.js';
import type { Metric } from '../../evaluate/metrics/metric.js';

/** Scored rows and what their answers are expected to be. */
export interface ExpectedRows {
  /** Row-major rows × outputs: what the model said. */
  readonly predicted: Float64Array;
  /** 1 for numbers, else the classes. */
  readonly outputs: number;
  /** Classes: row-major, how likely each is. Numbers: the expected absolute and squared error of each row. */
  readonly expected: Float64Array;
  readonly threshold?: number;
  readonly costs?: readonly (readonly number[])[];
}

/** A score that is expected, and how much chance alone would move the one that comes. */
export interface ScoreGuess {
  value: number;
  /** Standard deviation by which answers fall. */
  noise: number;
  /** 5 % and 95 % of the scores of drawn answers, less the middle one. */
  below: number;
  above: number;
}

const DRAWS = 100;
/** Numbers that rows counted as every class may take, and those that all draws may read: of very many classes there are fewer rows, and fewer draws. */
const MOST_NUMBERS = 20_000_000;
const WORK = 200_000_000;
const FEWEST_DRAWS = 8;
/** Metrics of numbers that the expected errors decide. */
export const ERROR_METRICS: readonly string[] = ['mean_absolute_error', 'mean_squared_error', 'root_mean_squared_error'];

/**
 * The scores that a model should have on rows without answers. Classes: each row counts as every class, by how likely it is, which gives the expected counts of
 * actual against called (confidence-based performance estimation as NannyML defines it: expected counts at each threshold, put into the metric). Numbers: means of
 * the expected errors (direct loss estimation). The spread is that of drawn answers.
 * @param tails |error| ÷ root of its expected square, in quantiles; of numbers alone
 * @returns by metric id; NaN where a metric has no value
 */
export function estimateScores(
  rows: ExpectedRows,
  metrics: readonly Metric[],
  rng: Rng,
  { tails = [1], draws = DRAWS }: { tails?: readonly number[]; draws?: number } = {},
): Map<string, ScoreGuess> {
  return rows.outputs === 1 ? ofNumbers(rows, metrics, rng, tails, draws) : ofClasses(rows, metrics, rng, draws);
}

function ofClasses(rows: ExpectedRows, metrics: readonly Metric[], rng: Rng, most: number) {
  const { outputs, threshold, costs } = rows;
  const all = rows.predicted.length / outputs;
  const n = Math.min(all, Math.max(1, Math.floor(MOST_NUMBERS / (outputs * outputs))));
  const some = (values: Float64Array): Float64Array => (n === all ? values : everyKth(values, outputs, n));
  const [predicted, expected] = [some(rows.predicted), some(rows.expected)];
  const draws = Math.min(most, Math.max(FEWEST_DRAWS, Math.floor(WORK / (n * outputs * outputs))));
  const actual = new Float64Array(n * outputs);
  const repeated = new Float64Array(n * outputs * outputs);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < outputs; k++) {
      actual[i * outputs + k] = k;
      for (let j = 0; j < outputs; j++) repeated[(i * outputs + k) * outputs + j] = predicted[i * outputs + j] as number;
    }
  const input = { actual, predicted: repeated, outputs, threshold, ...(costs && { costs }) };
  const evaluators = metrics.map((m) => m.prepare(input));
  const values = evaluators.map((evaluate) => evaluate(expected));
  const drawn = metrics.map(() => [] as number[]);
  const weights = new Float64Array(n * outputs);
  for (let d = 0; d < draws; d++) {
    weights.fill(0);
    for (let i = 0; i < n; i++) {
      let u = rng.float();
      let k = 0;
      while (k < outputs - 1 && u >= (expected[i * outputs + k] as number)) u -= expected[i * outputs + k++] as number;
      weights[i * outputs + k] = 1;
    }
    for (let m = 0; m < metrics.length; m++) drawn[m]?.push((evaluators[m] as (w: Float64Array) => number)(weights));
  }
  return guesses(metrics, values, drawn);
}

/** As many rows as told of row-major values, spread evenly. */
function everyKth(values: Float64Array, width: number, rows: number): Float64Array {
  const step = values.length / width / rows;
  const out = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const from = Math.floor(i * step) * width;
    out.set(values.subarray(from, from + width), i * width);
  }
  return out;
}

function ofNumbers({ expected }: ExpectedRows, metrics: readonly Metric[], rng: Rng, tails: readonly number[], draws: number) {
  const n = expected.length / 2;
  let absolute = 0;
  let squared = 0;
  for (let i = 0; i < n; i++) {
    absolute += (expected[2 * i] as number) / n;
    squared += (expected[2 * i + 1] as number) / n;
  }
  const value = (id: string, a: number, s: number): number =>
    id === 'mean_absolute_error' ? a : id === 'mean_squared_error' ? s : id === 'root_mean_squared_error' ? Math.sqrt(s) : Number.NaN;
  const drawn = metrics.map(() => [] as number[]);
  const roots = Float64Array.from({ length: n }, (_, i) => Math.sqrt(expected[2 * i + 1] as number));
  for (let d = 0; d < draws; d++) {
    let a = 0;
    let s = 0;
    for (let i = 0; i < n; i++) {
      const e = (roots[i] as number) * (tails[rng.below(tails.length)] as number);
      a += e / n;
      s += (e * e) / n;
    }
    for (const [m, { id }] of metrics.entries()) drawn[m]?.push(value(id, a, s));
  }
  return guesses(
    metrics,
    metrics.map(({ id }) => value(id, absolute, squared)),
    drawn,
  );
}

function guesses(metrics: readonly Metric[], values: readonly number[], drawn: readonly number[][]): Map<string, ScoreGuess> {
  return new Map(
    metrics.map(({ id }, m) => {
      const sorted = Float64Array.from((drawn[m] as number[]).filter((v) => !Number.isNaN(v))).sort();
      if (sorted.length < 2) return [id, { value: values[m] as number, noise: 0, below: 0, above: 0 }];
      let mean = 0;
      for (const v of sorted) mean += v / sorted.length;
      let squares = 0;
      for (const v of sorted) squares += (v - mean) * (v - mean);
      const middle = quantileSorted(sorted, 0.5);
      return [
        id,
        {
          value: values[m] as number,
          noise: Math.sqrt(squares / (sorted.length - 1)),
          below: middle - quantileSorted(sorted, 0.05),
          above: quantileSorted(sorted, 0.95) - middle,
        },
      ];
    }),
  );
}
