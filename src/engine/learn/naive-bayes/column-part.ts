import { log } from '../../../core/math.js';
import type { Column } from '../../../core/table.js';
import { BELL } from '../../../model/naive-bayes.js';
import type { Classes } from './classes.js';

export interface PartOptions {
  /** Rows added to every level of every class (Laplace). */
  readonly smoothing: number;
  /** Rows with the whole column's variance, added to every class. */
  readonly varianceRows: number;
}

/** Share of a column's variance that each class has at least. */
const LEAST_VARIANCE = 1e-9;

/** What a column says of each class, as `NaiveBayesModel` keeps it; `undefined` when it says nothing. */
export function columnPart(column: Column, classes: Classes, options: PartOptions): Float64Array | undefined {
  if (column.kind === 'numeric') return bells(column.values, classes, options);
  return column.levels.length > 0 ? frequencies(column.codes, column.levels.length, classes, options) : undefined;
}

function frequencies(codes: Int32Array, levels: number, { count, of, weights, totals }: Classes, { smoothing }: PartOptions): Float64Array {
  const size = levels + 1;
  const part = new Float64Array(count * size);
  let missing = false;
  for (let i = 0; i < codes.length; i++) {
    const at = (of[i] as number) * size + (codes[i] as number) + 1;
    part[at] = (part[at] as number) + (weights[i] as number);
    missing ||= codes[i] === -1;
  }
  const kinds = levels + (missing ? 1 : 0);
  for (let c = 0; c < count; c++)
    for (let at = c * size; at < (c + 1) * size; at++) {
      const says = at > c * size || missing;
      part[at] = says ? log(((part[at] as number) + smoothing) / ((totals[c] as number) + smoothing * kinds)) : 0;
    }
  return part;
}

function bells(values: Float64Array, classes: Classes, { smoothing, varianceRows }: PartOptions): Float64Array | undefined {
  const { count, of, weights, totals } = classes;
  const sums = new Float64Array(count + 1);
  const present = new Float64Array(count + 1);
  let missing = false;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    if (x - x !== 0) {
      missing = true;
      continue;
    }
    const w = weights[i] as number;
    for (const c of [of[i] as number, count]) {
      sums[c] = (sums[c] as number) + w * x;
      present[c] = (present[c] as number) + w;
    }
  }
  const all = present[count] as number;
  if (!(all > 0)) return undefined;
  const means = sums.map((s, c) => ((present[c] as number) > 0 ? s / (present[c] as number) : (sums[count] as number) / all));
  const squares = new Float64Array(count + 1);
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    if (x - x !== 0) continue;
    for (const c of [of[i] as number, count]) {
      const d = x - (means[c] as number);
      squares[c] = (squares[c] as number) + (weights[i] as number) * d * d;
    }
  }
  const whole = (squares[count] as number) / all;
  const flat = !(whole > 0 && Number.isFinite(1 / (LEAST_VARIANCE * whole)) && Number.isFinite(whole));
  if (flat && !missing) return undefined;
  const part = new Float64Array(count * BELL);
  for (let c = 0; c < count; c++) {
    const rows = (present[c] as number) + varianceRows;
    const variance = (rows > 0 ? ((squares[c] as number) + varianceRows * whole) / rows : whole) + LEAST_VARIANCE * whole;
    const presence = missing ? share(present[c] as number, totals[c] as number, smoothing) : 0;
    const absence = missing ? share((totals[c] as number) - (present[c] as number), totals[c] as number, smoothing) : 0;
    if (flat) part.set([0, 0, presence, absence], c * BELL);
    else part.set([means[c] as number, -0.5 / variance, presence - 0.5 * log(2 * Math.PI * variance), absence], c * BELL);
  }
  return part;
}

/** Log of a smoothed share of two. */
function share(part: number, whole: number, smoothing: number): number {
  return log((Math.max(0, part) + smoothing) / (whole + 2 * smoothing));
}
