import { argsort } from '../../../core/argsort.js';

/** What to add to a stated probability to get the share of rows where it came true, between these points by a line. */
export interface CalibrationCurve {
  /** Rising. */
  readonly at: readonly number[];
  readonly add: readonly number[];
}

/** One curve a class; for two classes one alone, of the second. */
export type CalibrationMap = readonly CalibrationCurve[];

const MOST_POINTS = 24;
const FEWEST_IN_BIN = 100;

/**
 * Learns how far stated probabilities are from what happened, by bins of equally many rows. A bin's correction is drawn in by how much of it chance explains (James and
 * Stein 1961), so that a model which is right already is left as it is: isotonic regression, the usual way, learns the noise of its steps.
 * @param actual class indices; rows of NaN are left out
 * @param predicted row-major probabilities
 */
export function fitCalibrationMap(actual: Float64Array, predicted: Float64Array, outputs: number): CalibrationMap {
  const classes = outputs === 2 ? [1] : Array.from({ length: outputs }, (_, k) => k);
  return classes.map((k) => {
    const stated = Float64Array.from(actual, (_, i) => predicted[i * outputs + k] as number);
    const order = argsort(stated).filter((i) => !Number.isNaN(stated[i] as number) && !Number.isNaN(actual[i] as number));
    return curveOf(
      Float64Array.from(order, (i) => stated[i] as number),
      Uint8Array.from(order, (i) => (actual[i] === k ? 1 : 0)),
    );
  });
}

function curveOf(stated: Float64Array, came: Uint8Array): CalibrationCurve {
  const n = stated.length;
  const bins = Math.max(1, Math.min(MOST_POINTS, Math.floor(n / FEWEST_IN_BIN)));
  const at: number[] = [];
  const add: number[] = [];
  for (let b = 0, from = 0; b < bins && from < n; b++) {
    let to = Math.max(from + 1, Math.round(((b + 1) * n) / bins));
    while (to < n && stated[to] === stated[to - 1]) to++;
    let p = 0;
    let y = 0;
    let noise = 0;
    for (let i = from; i < to; i++) {
      const s = stated[i] as number;
      p += s;
      y += came[i] as number;
      noise += s * (1 - s);
    }
    const m = to - from;
    // one more row of each kind: a bin of certain rows is not quite certain
    const spread = (noise + 0.5) / (m * m);
    const off = (y - p) / m;
    at.push(rounded(p / m));
    add.push(rounded(off === 0 ? 0 : off * Math.max(0, 1 - spread / (off * off))));
    from = to;
  }
  return { at, add };
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;

/** Row-major probabilities, as likely as they come true; each row adds up to 1. */
export function applyCalibrationMap(map: CalibrationMap, predicted: Float64Array, outputs: number): Float64Array {
  const out = new Float64Array(predicted.length);
  const n = predicted.length / outputs;
  for (let i = 0; i < n; i++) {
    if (outputs === 2) {
      const p = corrected(map[0] as CalibrationCurve, predicted[2 * i + 1] as number);
      out[2 * i] = 1 - p;
      out[2 * i + 1] = p;
      continue;
    }
    let total = 0;
    for (let k = 0; k < outputs; k++) {
      const p = corrected(map[k] as CalibrationCurve, predicted[i * outputs + k] as number);
      out[i * outputs + k] = p;
      total += p;
    }
    for (let k = 0; k < outputs; k++) out[i * outputs + k] = total > 0 ? (out[i * outputs + k] as number) / total : 1 / outputs;
  }
  return out;
}

function corrected({ at, add }: CalibrationCurve, p: number): number {
  const last = at.length - 1;
  if (last < 0) return p;
  let high = 0;
  while (high <= last && (at[high] as number) < p) high++;
  let off: number;
  if (high === 0) off = add[0] as number;
  else if (high > last) off = add[last] as number;
  else {
    const [a, b] = [at[high - 1] as number, at[high] as number];
    const share = b > a ? (p - a) / (b - a) : 1;
    off = (add[high - 1] as number) * (1 - share) + (add[high] as number) * share;
  }
  return Math.min(1, Math.max(0, p + off));
}
