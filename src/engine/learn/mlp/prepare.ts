import { MillwrightError } from '../../../core/errors.js';
import { log } from '../../../core/math.js';
import type { Task } from '../../../core/schema.js';
import { mean, variance } from '../../../core/statistics.js';
import type { Table } from '../../../core/table.js';
import { softClip } from '../../../model/mlp.js';
import type { Sample } from '../learner.js';

/** Rows looked at for quartiles: every k-th. */
const SAMPLE = 4000;

/** The training rows as the network sees them. */
export interface Prepared {
  /** Columns in the order of their names, so that the order in the table does not matter. */
  readonly inputs: readonly string[];
  /** Rows of the sample that count. */
  readonly rows: Uint32Array;
  /** Centre and factor of each input. */
  readonly centre: Float64Array;
  readonly factor: Float64Array;
  /** Class, or standardised number, of each of `rows`. */
  readonly target: Float64Array;
  /** Weights of `rows`, of mean 1; absent when all are equal. */
  readonly weights?: Float64Array;
  /** What the last layer's biases start from. */
  readonly start: Float64Array;
  /** Mean and spread of a numeric target; 0 and 1 for classes. */
  readonly location: number;
  readonly spread: number;
  /** Least and greatest numeric target. */
  readonly range?: readonly [number, number];
  /** The prediction that needs no column: a number, or a probability a class. */
  readonly constant: Float64Array;
  /** True when there is nothing to learn: a constant target, one class, no column. */
  readonly trivial: boolean;
}

/** @param rows ascending; those of weight 0 are left out already, unless all are */
export function prepare(train: Sample, task: Task, rows: Uint32Array): Prepared {
  const inputs = train.table.columns.map((c) => c.name).sort();
  const { centre, factor } = robustScales(train.table, inputs, rows);
  const target = Float64Array.from(rows, (r) => train.target[r] as number);
  const weights = meanOne(train.weights && Float64Array.from(rows, (r) => train.weights?.[r] as number));
  const common = { inputs, rows, centre, factor, weights };
  if (task.kind === 'regression') {
    const location = mean(target, weights);
    const spread = Math.sqrt(variance(target, weights));
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const y of target) {
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
    return {
      ...common,
      target: target.map((y) => (y - location) / spread),
      start: new Float64Array(1),
      location,
      spread,
      range: [low, high],
      constant: Float64Array.of(Math.min(high, Math.max(low, location))),
      trivial: !(spread > 1e-12 * Math.abs(location)) || !Number.isFinite(spread) || inputs.length === 0,
    };
  }
  const counts = new Float64Array(task.classes.length);
  target.forEach((c, i) => {
    counts[c] = (counts[c] as number) + (weights ? (weights[i] as number) : 1);
  });
  const present = counts.filter((c) => c > 0).length;
  // a class without a row gets half of one
  const shares = counts.map((c) => (c > 0 ? c : 0.5));
  const total = shares.reduce((a, b) => a + b, 0);
  const constant = shares.map((c) => c / total);
  return {
    ...common,
    target,
    start: constant.map((p) => log(p)),
    location: 0,
    spread: 1,
    constant,
    trivial: present < 2 || inputs.length === 0,
  };
}

/** Rows whose weight is not 0; all when every weight is. */
export function countingRows(train: Sample): Uint32Array {
  const n = train.target.length;
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const { weights } = train;
  if (!weights) return all;
  const some = all.filter((i) => (weights[i] as number) > 0);
  return some.length > 0 ? some : all;
}

/** The weights divided by their mean; absent when they are equal. */
function meanOne(weights: Float64Array | undefined): Float64Array | undefined {
  if (!weights || weights.every((w) => w === weights[0])) return undefined;
  const m = mean(weights);
  return weights.map((w) => w / m);
}

/** Median and reciprocal of the distance between the quartiles of each input; half the range where the quartiles are one. 0/1 columns stay as they are. */
function robustScales(table: Table, inputs: readonly string[], rows: Uint32Array): { centre: Float64Array; factor: Float64Array } {
  const centre = new Float64Array(inputs.length);
  const factor = new Float64Array(inputs.length);
  const stride = Math.max(1, Math.floor(rows.length / SAMPLE));
  const sorted = new Float64Array(Math.ceil(rows.length / stride));
  inputs.forEach((name, j) => {
    const values = numbers(table, name);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let binary = true;
    for (const r of rows) {
      const x = finite(values[r] as number);
      if (x < low) low = x;
      if (x > high) high = x;
      if (x !== 0 && x !== 1) binary = false;
    }
    if (binary) {
      factor[j] = 1;
      return;
    }
    for (let i = 0; i < sorted.length; i++) sorted[i] = finite(values[rows[i * stride] as number] as number);
    sorted.sort();
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] as number;
    const quartiles = at(0.75) - at(0.25);
    const scale = quartiles > 0 ? quartiles : (high - low) / 2;
    centre[j] = at(0.5);
    factor[j] = scale > 0 && Number.isFinite(1 / scale) ? 1 / scale : 0;
  });
  return { centre, factor };
}

function numbers(table: Table, name: string): Float64Array {
  const column = table.column(name);
  if (column.kind !== 'numeric') throw new MillwrightError('INTERNAL', `The column "${name}" reached the neural network as a category.`);
  return column.values;
}

const finite = (x: number): number => (x - x === 0 ? x : 0);

/** Writes rows of a table, scaled and clipped, into a row-major matrix of that width. */
export function fillMatrix(
  matrix: Float32Array,
  width: number,
  table: Table,
  { inputs, centre, factor }: Pick<Prepared, 'inputs' | 'centre' | 'factor'>,
  rows: ArrayLike<number>,
): void {
  inputs.forEach((name, j) => {
    const values = numbers(table, name);
    const c = centre[j] as number;
    const f = factor[j] as number;
    for (let i = 0, at = j; i < rows.length; i++, at += width) matrix[at] = softClip((finite(values[rows[i] as number] as number) - c) * f);
  });
}
