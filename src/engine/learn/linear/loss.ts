import { exp, log, log1p } from '../../../core/math.js';
import { BLOCK, type DenseMatrix } from './dense-matrix.js';

export type LossKind = 'squared' | 'poisson' | 'logistic' | 'softmax';

/** Training rows, ready to be evaluated. */
export interface LinearProblem {
  readonly kind: LossKind;
  readonly matrix: DenseMatrix;
  /** Standardised number (Poisson: number ÷ mean), or the index of a score (0/1 for logistic). */
  readonly target: Float64Array;
  /** Row weights that sum to 1. */
  readonly share: Float64Array;
  /** Column means: columns are centred on the fly, which makes the intercept independent of the weights. */
  readonly means: Float64Array;
  /** 1, or one a class for softmax. */
  readonly scores: number;
}

/**
 * The weighted mean loss, and its gradient when asked for. `x` holds scores × d weights, then one intercept a score (of centred columns).
 * Squared loss is ½ (z − y)², Poisson's e^z − y·z.
 */
export function meanLoss(problem: LinearProblem, x: Float64Array, gradient?: Float64Array): number {
  const { kind, matrix, target, share, means, scores } = problem;
  const d = matrix.columns.length;
  const z = new Float64Array(BLOCK * scores);
  const base = new Float64Array(scores);
  const residualSum = new Float64Array(scores);
  for (let s = 0; s < scores; s++) {
    let b = x[scores * d + s] as number;
    for (let j = 0; j < d; j++) b -= (x[s * d + j] as number) * (means[j] as number);
    base[s] = b;
  }
  gradient?.fill(0);
  let loss = 0;
  for (let first = 0; first < matrix.rows; first += BLOCK) {
    const count = Math.min(BLOCK, matrix.rows - first);
    for (let s = 0; s < scores; s++) {
      z.fill(base[s] as number, s * BLOCK, s * BLOCK + count);
      matrix.addProducts(x, s * d, first, count, z, s * BLOCK);
    }
    loss +=
      kind === 'squared'
        ? squared(z, target, share, first, count)
        : kind === 'poisson'
          ? poisson(z, target, share, first, count)
          : kind === 'logistic'
            ? logistic(z, target, share, first, count)
            : softmax(z, scores, target, share, first, count);
    if (!gradient) continue;
    for (let s = 0; s < scores; s++) {
      let sum = residualSum[s] as number;
      for (let i = 0; i < count; i++) sum += z[s * BLOCK + i] as number;
      residualSum[s] = sum;
      matrix.addDots(z, s * BLOCK, first, count, gradient, s * d);
    }
  }
  if (gradient)
    for (let s = 0; s < scores; s++) {
      gradient[scores * d + s] = residualSum[s] as number;
      for (let j = 0; j < d; j++) gradient[s * d + j] = (gradient[s * d + j] as number) - (means[j] as number) * (residualSum[s] as number);
    }
  return loss;
}

// each leaves the weighted residuals in z

function squared(z: Float64Array, target: Float64Array, share: Float64Array, first: number, count: number): number {
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const r = (z[i] as number) - (target[first + i] as number);
    const w = share[first + i] as number;
    loss += 0.5 * w * r * r;
    z[i] = w * r;
  }
  return loss;
}

function poisson(z: Float64Array, target: Float64Array, share: Float64Array, first: number, count: number): number {
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const v = z[i] as number;
    const y = target[first + i] as number;
    const w = share[first + i] as number;
    const mean = exp(v);
    loss += w * (mean - y * v);
    z[i] = w * (mean - y);
  }
  return loss;
}

function logistic(z: Float64Array, target: Float64Array, share: Float64Array, first: number, count: number): number {
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const v = z[i] as number;
    const y = target[first + i] as number;
    const w = share[first + i] as number;
    // one exponential serves the probability and the loss
    const e = exp(v < 0 ? v : -v);
    const p = v < 0 ? e / (1 + e) : 1 / (1 + e);
    loss += w * (Math.max(v, 0) + log1p(e) - y * v);
    z[i] = w * (p - y);
  }
  return loss;
}

function softmax(z: Float64Array, scores: number, target: Float64Array, share: Float64Array, first: number, count: number): number {
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const y = target[first + i] as number;
    const w = share[first + i] as number;
    let max = z[i] as number;
    for (let s = 1; s < scores; s++) if ((z[s * BLOCK + i] as number) > max) max = z[s * BLOCK + i] as number;
    const own = (z[y * BLOCK + i] as number) - max;
    let sum = 0;
    for (let s = 0; s < scores; s++) {
      const e = exp((z[s * BLOCK + i] as number) - max);
      z[s * BLOCK + i] = e;
      sum += e;
    }
    loss += w * (log(sum) - own);
    const scale = w / sum;
    for (let s = 0; s < scores; s++) z[s * BLOCK + i] = scale * (z[s * BLOCK + i] as number);
    z[y * BLOCK + i] = (z[y * BLOCK + i] as number) - w;
  }
  return loss;
}
