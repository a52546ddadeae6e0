import { exp, log } from '../../../core/math.js';

/** Scores of rows, their classes and weights. */
export interface ScoredRows {
  /** Row-major, `width` a row, of which the first `classes` count. */
  readonly scores: Float32Array;
  readonly width: number;
  readonly classes: number;
  readonly target: Float64Array;
  readonly weights?: Float64Array;
}

const LEAST = 0.05;
/** Validation rows that are all right would ask for ever surer scores, which new rows then pay for. */
const MOST = 1.5;
const ITERATIONS = 8;

/**
 * The factor for all scores that gives the least mean log loss (temperature scaling, Guo et al. 2017: the factor is 1/T), and that loss.
 * Newton's method; the loss is convex in the factor.
 * @param start where to begin, above 0
 * @param chosen leave this factor as it is and only measure
 */
export function fitFactor(rows: ScoredRows, start = 1, chosen = false): { factor: number; loss: number } {
  const { scores, width, classes, target, weights } = rows;
  const n = target.length;
  let factor = start;
  let best = { factor, loss: Number.POSITIVE_INFINITY };
  const e = new Float64Array(classes);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let loss = 0;
    let slope = 0;
    let curve = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const w = weights ? (weights[i] as number) : 1;
      const at = i * width;
      let top = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classes; c++) top = Math.max(top, scores[at + c] as number);
      let sum = 0;
      let first = 0;
      let second = 0;
      for (let c = 0; c < classes; c++) {
        const z = (scores[at + c] as number) - top;
        e[c] = exp(factor * z);
        sum += e[c] as number;
        first += (e[c] as number) * z;
        second += (e[c] as number) * z * z;
      }
      const mean = first / sum;
      const own = (scores[at + (target[i] as number)] as number) - top;
      loss += w * (log(sum) - factor * own);
      slope += w * (mean - own);
      curve += w * (second / sum - mean * mean);
      total += w;
    }
    loss /= total;
    if (loss < best.loss) best = { factor, loss };
    if (chosen || !(loss <= best.loss + 1e-12) || !(curve > 0)) break;
    const next = Math.min(MOST, Math.max(LEAST, factor - Math.min(1, Math.max(-1, slope / curve))));
    if (Math.abs(next - factor) < 1e-3 * factor) break;
    factor = next;
  }
  return best;
}
