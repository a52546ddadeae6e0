import { exp, log } from '../../../core/math.js';

/** Scores of rows (log-odds), their answers 0 or 1, and weights. */
export interface ScoredRows {
  readonly scores: Float64Array;
  readonly target: Float64Array;
  readonly weights?: Float64Array;
}

/** Rows looked at, at most: evenly spaced ones. */
const MOST_ROWS = 10_000;
const MOST_STEPS = 20;
/** Relative gain of a Newton step below which it is the last. */
const ENOUGH = 1e-6;
/** A line steeper than this would call scores good that have not grown yet. */
const STEEPEST = 1;

/**
 * The log loss of scores after the straight line a · score + b that suits these very rows best, 0 ≤ a ≤ 1 ("refine, then calibrate": Berta, Holzmüller, Jordan
 * and Bach 2025). Rows of a later time may have another level, and scores may be too sure of them, while the order that they give still improves.
 * Each look begins where the last one ended, so that one or two Newton steps do.
 * @example new RecalibratedLoss().of({ scores, target }) // never above the log loss of the scores themselves
 */
export class RecalibratedLoss {
  #slope = 1;
  #shift = 0;
  /** The flat line, by which no scores are needed. */
  #flat: { readonly shift: number; readonly loss: number } | undefined;

  of(rows: ScoredRows): number {
    this.#flat ??= flatLine(rows);
    let here = measure(rows, this.#slope, this.#shift);
    // so far off that Newton's steps would lead nowhere
    if (!(here.loss <= this.#flat.loss)) {
      this.#slope = 0;
      this.#shift = this.#flat.shift;
      here = measure(rows, this.#slope, this.#shift);
    }
    for (let step = 0; step < MOST_STEPS; step++) {
      const { ga, gb, haa, hab, hbb } = here;
      // scores that are all alike say nothing about the slope: the pull keeps it where it is
      const free = -(hbb * ga - hab * gb) / ((haa + 1e-6 * hbb) * hbb - hab * hab);
      const da = Math.max(0, Math.min(STEEPEST, this.#slope + (Number.isFinite(free) ? free : 0))) - this.#slope;
      const db = -(gb + hab * da) / hbb;
      if (!Number.isFinite(db)) break;
      const gain = -(ga * da + gb * db + 0.5 * (haa * da * da + 2 * hab * da * db + hbb * db * db));
      // what a small step gains is known without another look at the rows
      if (gain <= ENOUGH * here.loss) {
        this.#slope += da;
        this.#shift += db;
        return here.loss - gain;
      }
      let part = 1;
      let next = measure(rows, this.#slope + da, this.#shift + db);
      while (!(next.loss < here.loss) && part > 1e-3) {
        part /= 2;
        next = measure(rows, this.#slope + part * da, this.#shift + part * db);
      }
      if (!(next.loss < here.loss)) break;
      this.#slope += part * da;
      this.#shift += part * db;
      here = next;
    }
    return here.loss;
  }
}

function flatLine({ target, weights }: ScoredRows): { shift: number; loss: number } {
  const scores = new Float64Array(target.length);
  // at 0 the slope by the shift is ½ less the share of ones
  const share = Math.min(1 - 1e-12, Math.max(1e-12, 0.5 - measure({ scores, target, weights }, 0, 0).gb));
  const shift = log(share / (1 - share));
  return { shift, loss: measure({ scores, target, weights }, 0, shift).loss };
}

interface Measured {
  readonly loss: number;
  readonly ga: number;
  readonly gb: number;
  readonly haa: number;
  readonly hab: number;
  readonly hbb: number;
}

/** Mean log loss of slope · score + shift, and its first and second derivatives by both. */
function measure({ scores, target, weights }: ScoredRows, slope: number, shift: number): Measured {
  const n = target.length;
  const stride = Math.max(1, Math.ceil(n / MOST_ROWS));
  let [all, loss, ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i += stride) {
    const w = weights ? (weights[i] as number) : 1;
    const s = scores[i] as number;
    const y = target[i] as number;
    const z = slope * s + shift;
    const e = exp(-Math.abs(z));
    const p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
    all += w;
    loss += w * (Math.max(z, 0) - z * y + log(1 + e));
    const d = w * (p - y);
    const h = w * p * (1 - p);
    ga += d * s;
    gb += d;
    haa += h * s * s;
    hab += h * s;
    hbb += h;
  }
  if (!(all > 0)) return { loss: 0, ga: 0, gb: 0, haa: 0, hab: 0, hbb: 0 };
  return { loss: loss / all, ga: ga / all, gb: gb / all, haa: haa / all, hab: hab / all, hbb: hbb / all };
}
