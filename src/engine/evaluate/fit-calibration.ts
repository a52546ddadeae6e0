import { exp, log, logSumExp } from '../../core/math.js';
import { finishWeighted, PROBABILITY_FLOOR } from '../../model/combine.js';
import type { Calibration } from '../../model/ensemble.js';

/** Predictions of rows that their models had not seen. */
export interface CalibrationRows {
  /** Class index. */
  readonly actual: Float64Array;
  /** Row-major probabilities. */
  readonly predicted: Float64Array;
  readonly outputs: number;
  readonly weights?: Float64Array;
  /** Where each fold begins, and the end. */
  readonly starts: readonly number[];
}

/** A calibration that was kept, and the log loss under cross-validation without it and with it. */
export interface FoundCalibration {
  readonly calibration: Calibration;
  readonly kind: 'temperature' | 'sigmoid';
  readonly before: number;
  readonly after: number;
}

const fewestRows = 60;
const mostValues = 1e5;

/**
 * Fits temperature scaling (Guo et al. 2017) and, for two classes, Platt's sigmoid on predictions out of fold, and keeps the better one when it lowers the log
 * loss of rows that it was not fitted on: each fold in turn is judged by what the others gave. The gain must exceed its own standard error.
 * @returns undefined when neither helps, or there are too few rows to tell
 */
export function fitCalibration(rows: CalibrationRows): FoundCalibration | undefined {
  const { parts, places } = thinned(rows);
  if (places.length < fewestRows) return undefined;
  const problem = problemOf(rows, places);
  const plain = losses(problem, { scale: 1, shift: [] });
  let best: FoundCalibration | undefined;
  for (const kind of problem.outputs === 2 ? (['temperature', 'sigmoid'] as const) : (['temperature'] as const)) {
    // as much doubt as Platt's targets have: rows that were all right say that the next is wrong once in so many, not never
    const fit = kind === 'temperature' ? (p: LogProbabilities) => fitTemperature(p, 1 / (p.actual.length + 2)) : fitSigmoid;
    const judged = new Float64Array(places.length);
    for (const part of new Set(parts)) {
      const others = subset(problem, (i) => parts[i] !== part);
      const found = losses(problem, fit(others));
      for (let i = 0; i < judged.length; i++) if (parts[i] === part) judged[i] = found[i] as number;
    }
    const [before, after, error] = compare(plain, judged, problem.weights);
    if (before - after > error && after < (best?.after ?? Number.POSITIVE_INFINITY))
      best = { calibration: fit(problem), kind, before, after };
  }
  return best;
}

/** Probabilities as the calibrated model would give them. */
export function applyCalibration({ scale, shift }: Calibration, predicted: Float64Array, outputs: number): Float64Array {
  const sums = predicted.map((p, i) => scale * log(Math.max(PROBABILITY_FLOOR, p)) + (shift[i % outputs] ?? 0));
  return finishWeighted('probability', sums, 1, outputs);
}

/** Logarithms of probabilities, row after row. */
export interface LogProbabilities {
  readonly logs: Float64Array;
  readonly actual: Float64Array;
  readonly weights?: Float64Array;
  readonly outputs: number;
}

/**
 * The scale of the log-probabilities that gives the least log loss: a convex problem in one number, by Newton's method kept within bounds.
 * @param doubt share of each row that the other classes have, in equal parts
 */
export function fitTemperature({ logs, actual, weights, outputs }: LogProbabilities, doubt = 0): Calibration {
  let low = 0.05;
  let high = 20;
  let scale = 1;
  const z = new Float64Array(outputs);
  for (let step = 0; step < 60; step++) {
    let slope = 0;
    let curve = 0;
    for (let i = 0; i < actual.length; i++) {
      for (let k = 0; k < outputs; k++) z[k] = scale * (logs[i * outputs + k] as number);
      const all = logSumExp(z, 0, outputs);
      let mean = 0;
      let square = 0;
      let sum = 0;
      for (let k = 0; k < outputs; k++) {
        const l = logs[i * outputs + k] as number;
        const p = exp((z[k] as number) - all);
        mean += p * l;
        square += p * l * l;
        sum += l;
      }
      const w = weights ? (weights[i] as number) : 1;
      const own = logs[i * outputs + (actual[i] as number)] as number;
      slope += w * (mean - (1 - doubt) * own - (doubt * (sum - own)) / (outputs - 1));
      curve += w * (square - mean * mean);
    }
    if (slope > 0) high = scale;
    else low = scale;
    const next = curve > 0 ? scale - slope / curve : Number.NaN;
    const moved = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - scale) < 1e-10 * scale) break;
    scale = moved;
  }
  return { scale, shift: [] };
}

/**
 * Platt's sigmoid of the log-odds of two classes: scale and shift by Newton's method with halved steps, targets drawn in by one row of each class as
 * Platt (1999) and scikit-learn do.
 */
export function fitSigmoid({ logs, actual, weights }: LogProbabilities): Calibration {
  const n = actual.length;
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < n; i++) {
    const w = weights ? (weights[i] as number) : 1;
    if (actual[i] === 1) positives += w;
    else negatives += w;
  }
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  const odds = Float64Array.from(actual, (_, i) => (logs[2 * i + 1] as number) - (logs[2 * i] as number));
  const lossOf = (a: number, b: number): number => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const f = a * (odds[i] as number) + b;
      const t = actual[i] === 1 ? high : low;
      total += (weights ? (weights[i] as number) : 1) * (Math.max(f, 0) + log(1 + exp(-Math.abs(f))) - t * f);
    }
    return total;
  };
  let a = 1;
  let b = 0;
  let loss = lossOf(a, b);
  for (let step = 0; step < 50; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-12, 0, 1e-12];
    for (let i = 0; i < n; i++) {
      const f = odds[i] as number;
      const p = 1 / (1 + exp(-(a * f + b)));
      const w = weights ? (weights[i] as number) : 1;
      const d = w * (p - (actual[i] === 1 ? high : low));
      const h = w * p * (1 - p);
      ga += d * f;
      gb += d;
      haa += h * f * f;
      hab += h * f;
      hbb += h;
    }
    const det = haa * hbb - hab * hab;
    if (!(det > 0)) break;
    const [da, db] = [(hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det];
    let part = 1;
    let next = lossOf(a - da, b - db);
    while (next > loss && part > 1e-10) {
      part /= 2;
      next = lossOf(a - part * da, b - part * db);
    }
    if (!(next < loss)) break;
    [a, b] = [a - part * da, b - part * db];
    const gained = loss - next;
    loss = next;
    if (gained < 1e-13 * Math.abs(loss)) break;
  }
  // a falling sigmoid would turn the order of the rows around
  return a > 0 ? { scale: a, shift: [0, b] } : { scale: 1, shift: [] };
}

function losses({ logs, actual, outputs }: LogProbabilities, { scale, shift }: Calibration): Float64Array {
  const z = new Float64Array(outputs);
  return actual.map((klass, i) => {
    for (let k = 0; k < outputs; k++) z[k] = scale * (logs[i * outputs + k] as number) + (shift[k] ?? 0);
    return logSumExp(z, 0, outputs) - (z[klass] as number);
  });
}

/** Mean losses and the standard error of their difference. */
function compare(a: Float64Array, b: Float64Array, weights?: Float64Array): [before: number, after: number, error: number] {
  let [total, before, after] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    total += w;
    before += w * (a[i] as number);
    after += w * (b[i] as number);
  }
  const gain = (before - after) / total;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    const d = w * ((a[i] as number) - (b[i] as number) - gain);
    squares += d * d;
  }
  return [before / total, after / total, Math.sqrt(squares) / total];
}

/** At most so many rows that a fit stays a matter of milliseconds, and the part that each belongs to: its fold, or one of five where there is one fold. */
function thinned({ actual, outputs, starts }: CalibrationRows): { places: Uint32Array; parts: Int32Array } {
  const stride = Math.max(1, Math.ceil((actual.length * outputs) / mostValues));
  const places = Uint32Array.from({ length: Math.ceil(actual.length / stride) }, (_, i) => i * stride);
  const parts = new Int32Array(places.length);
  let fold = 0;
  places.forEach((row, i) => {
    while (row >= (starts[fold + 1] as number)) fold++;
    parts[i] = starts.length > 2 ? fold : i % 5;
  });
  return { places, parts };
}

function problemOf({ actual, predicted, weights, outputs }: CalibrationRows, places: Uint32Array): LogProbabilities {
  const logs = new Float64Array(places.length * outputs);
  places.forEach((row, i) => {
    for (let k = 0; k < outputs; k++) logs[i * outputs + k] = log(Math.max(PROBABILITY_FLOOR, predicted[row * outputs + k] as number));
  });
  return {
    logs,
    actual: Float64Array.from(places, (row) => actual[row] as number),
    weights: weights && Float64Array.from(places, (row) => weights[row] as number),
    outputs,
  };
}

function subset({ logs, actual, weights, outputs }: LogProbabilities, keep: (i: number) => boolean): LogProbabilities {
  const kept = Array.from(actual.keys()).filter(keep);
  const taken = new Float64Array(kept.length * outputs);
  kept.forEach((from, to) => {
    taken.set(logs.subarray(from * outputs, (from + 1) * outputs), to * outputs);
  });
  return {
    logs: taken,
    actual: Float64Array.from(kept, (i) => actual[i] as number),
    weights: weights && Float64Array.from(kept, (i) => weights[i] as number),
    outputs,
  };
}
