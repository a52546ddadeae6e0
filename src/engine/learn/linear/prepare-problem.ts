import { MillwrightError } from '../../../core/errors.js';
import { log } from '../../../core/math.js';
import type { Rng } from '../../../core/rng.js';
import { outputCount, type Task } from '../../../core/schema.js';
import { mean, variance } from '../../../core/statistics.js';
import type { Table } from '../../../core/table.js';
import { type Hinges, LinearModel } from '../../../model/linear.js';
import type { Sample } from '../learner.js';
import { DenseMatrix } from './dense-matrix.js';
import type { LinearProblem } from './loss.js';

/** A problem, where to start from, and the way back to a model of the original target and classes. */
export interface PreparedProblem {
  readonly inputs: readonly string[];
  readonly problem: LinearProblem;
  /** All weights 0, intercepts that give the mean or the class frequencies. */
  readonly start: Float64Array;
  /** True when there is nothing to learn: a constant target, one class, no column. */
  readonly trivial: boolean;
  model(x: Float64Array): LinearModel;
}

/** The numeric columns; a missing or infinite cell becomes 0, the mean of a standardised column. */
export function denseColumns(table: Table, rows?: Uint32Array): Float64Array[] {
  return table.columns.map((column) => {
    if (column.kind !== 'numeric')
      throw new MillwrightError('INTERNAL', `The column "${column.name}" reached the linear learner as a category.`);
    const values = rows ? Float64Array.from(rows, (r) => column.values[r] as number) : column.values;
    return values.every(Number.isFinite) ? values : values.map((v) => (Number.isFinite(v) ? v : 0));
  });
}

/** Rows to fit on when all would take too long: the same share of every class, at least 20 of each. Ascending. */
export function sampleRows(train: Sample, task: Task, count: number, rng: Rng): Uint32Array {
  const n = train.target.length;
  if (task.kind === 'regression') return rng.sample(n, count);
  const byClass: number[][] = task.classes.map(() => []);
  for (let i = 0; i < n; i++) byClass[train.target[i] as number]?.push(i);
  const kept: number[] = [];
  for (const rows of byClass) {
    const wanted = Math.min(rows.length, Math.max(20, Math.round((rows.length * count) / n)));
    for (const at of rng.sample(rows.length, wanted)) kept.push(rows[at] as number);
  }
  return Uint32Array.from(kept).sort();
}

/** Row weights that sum to 1; equal ones when there are none or all are 0. */
export function shares(n: number, weights: Float64Array | undefined, rows: Uint32Array | undefined): Float64Array {
  const out = new Float64Array(n).fill(1 / n);
  if (!weights) return out;
  const given = rows ? Float64Array.from(rows, (r) => weights[r] as number) : weights;
  let total = 0;
  for (const w of given) total += w;
  return total > 0 ? given.map((w) => w / total) : out;
}

/** What a linear model is made of. */
export interface LinearForm {
  /** Loss of a regression. */
  readonly loss: 'squared' | 'poisson';
  /** Bends of the columns' effects. */
  readonly hinges: Hinges;
}

/** The rows to fit on: columns, then hinges. */
interface Rows {
  readonly inputs: string[];
  readonly hinges: Hinges;
  readonly matrix: DenseMatrix;
  readonly means: Float64Array;
  readonly target: Float64Array;
  readonly share: Float64Array;
}

/**
 * @param only the rows to fit on; absent: all
 * @throws MillwrightError `OPTION_INVALID` for a negative target with Poisson's loss
 */
export function prepareProblem(train: Sample, task: Task, form: LinearForm, only?: Uint32Array): PreparedProblem {
  const inputs = train.table.columns.map((c) => c.name);
  const columns = denseColumns(train.table, only);
  const { hinges } = form;
  hinges.of.forEach((j, h) => {
    const knot = hinges.at[h] as number;
    columns.push((columns[j] as Float64Array).map((v) => Math.max(0, v - knot)));
  });
  const target = only ? Float64Array.from(only, (r) => train.target[r] as number) : train.target;
  const share = shares(target.length, train.weights, only);
  const matrix = new DenseMatrix(columns, target.length);
  const rows: Rows = { inputs, hinges, matrix, means: matrix.means(share), target, share };
  if (task.kind === 'regression') return form.loss === 'poisson' ? counts(rows) : regression(rows);
  return classes(rows, outputCount(task));
}

/** Intercepts of the columns as they are, from those of centred columns. */
function uncentre(x: Float64Array, d: number, scores: number, means: Float64Array): Float64Array {
  return Float64Array.from({ length: scores }, (_, s) => {
    let b = x[scores * d + s] as number;
    for (let j = 0; j < d; j++) b -= (x[s * d + j] as number) * (means[j] as number);
    return b;
  });
}

function regression({ inputs, hinges, matrix, means, target, share }: Rows): PreparedProblem {
  const d = matrix.columns.length;
  const center = mean(target, share);
  const spread = Math.sqrt(variance(target, share));
  const trivial = !(spread > 1e-12 * Math.abs(center)) || d === 0;
  const scale = trivial ? 1 : spread;
  const range = plausible(target);
  return {
    inputs,
    problem: { kind: 'squared', matrix, target: target.map((y) => (y - center) / scale), share, means, scores: 1 },
    start: new Float64Array(d + 1),
    trivial,
    model(x) {
      const scaled = x.map((v) => v * scale);
      const intercept = uncentre(scaled, d, 1, means);
      intercept[0] = (intercept[0] as number) + center;
      return new LinearModel(inputs, scaled.slice(0, d), intercept, 'identity', { range, hinges });
    },
  };
}

/** Half the targets' span around them; a target that was never negative stays so. */
function plausible(target: Float64Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const y of target) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const slack = (high - low) / 2;
  return [low >= 0 ? Math.max(0, low - slack) : low - slack, high + slack];
}

function counts({ inputs, hinges, matrix, means, target, share }: Rows): PreparedProblem {
  const d = matrix.columns.length;
  if (target.some((y) => y < 0))
    throw new MillwrightError(
      'OPTION_INVALID',
      'The linear model cannot use the Poisson loss: a target is negative.',
      'Choose the objective "squared".',
    );
  const center = mean(target, share);
  const range = plausible(target);
  return {
    inputs,
    problem: { kind: 'poisson', matrix, target: target.map((y) => y / (center > 0 ? center : 1)), share, means, scores: 1 },
    start: new Float64Array(d + 1),
    trivial: d === 0 || !(range[1] > range[0]) || !(center > 0),
    model(x) {
      const intercept = uncentre(x, d, 1, means);
      // without a count above 0 the range says 0
      if (center > 0) intercept[0] = (intercept[0] as number) + log(center);
      return new LinearModel(inputs, x.slice(0, d), intercept, 'exp', { range, hinges });
    },
  };
}

function classes({ inputs, hinges, matrix, means, target, share }: Rows, k: number): PreparedProblem {
  const d = matrix.columns.length;
  const n = target.length;
  const weight = new Float64Array(k);
  for (let i = 0; i < n; i++) weight[target[i] as number] = (weight[target[i] as number] as number) + (share[i] as number);
  // classes without a row get half of one; they are not fitted
  const present = [...weight.keys()].filter((c) => (weight[c] as number) > 0);
  const prior = weight.map((w) => log(w > 0 ? w : 0.5 / n));
  const trivial = present.length < 2 || d === 0;
  if (k === 2)
    return {
      inputs,
      problem: { kind: 'logistic', matrix, target, share, means, scores: 1 },
      start: Float64Array.from({ length: d + 1 }, (_, i) => (i < d ? 0 : (prior[1] as number) - (prior[0] as number))),
      trivial,
      model: (x) => new LinearModel(inputs, x.slice(0, d), uncentre(x, d, 1, means), 'logistic', { hinges }),
    };
  const scoreOf = new Map(present.map((c, s) => [c, s]));
  const scores = present.length;
  return {
    inputs,
    problem: { kind: 'softmax', matrix, target: target.map((c) => scoreOf.get(c) ?? 0), share, means, scores },
    start: Float64Array.from({ length: scores * (d + 1) }, (_, i) =>
      i < scores * d ? 0 : (prior[present[i - scores * d] as number] as number),
    ),
    trivial,
    model(x) {
      const fitted = uncentre(x, d, scores, means);
      const weights = new Float64Array(k * d);
      const intercept = prior.slice();
      present.forEach((c, s) => {
        weights.set(x.subarray(s * d, (s + 1) * d), c * d);
        intercept[c] = fitted[s] as number;
      });
      return new LinearModel(inputs, weights, intercept, 'softmax', { hinges });
    },
  };
}
