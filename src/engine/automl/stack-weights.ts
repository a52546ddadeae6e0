import { log, softmaxInPlace } from '../../core/math.js';

/** Rows that members predicted out of fold, and the answers. */
export interface StackRows {
  /** A member each, row-major: numbers, or logarithms of probabilities. */
  readonly parts: readonly Float64Array[];
  /** Numbers, or indices of classes. */
  readonly actual: Float64Array;
  readonly weights?: Float64Array;
  /** Classes a row; 1 for numbers. */
  readonly outputs: number;
}

/** Pull towards equal weights, beside errors in units of the answers' variance or of log loss. */
const ridge = 0.003;
const newtonSteps = 12;
const sweeps = 200;

/**
 * Non-negative weights that sum to 1 and make the weighted mean of members best: least squares for numbers, log loss for classes (stacked regressions,
 * Breiman 1996, on the simplex). Newton steps, each solved by moving weight between pairs of members.
 * @returns a weight for each member
 * @example stackWeights({ parts: [first, second], actual, outputs: 1 }) // [0.7, 0.3]
 */
export function stackWeights(rows: StackRows): number[] {
  const members = rows.parts.length;
  let weights: number[] = new Array(members).fill(1 / members);
  const loss = rows.outputs === 1 ? squaredLoss(rows) : logLoss(rows);
  let here = loss(weights);
  for (let step = 0; step < newtonSteps; step++) {
    const wanted = minimum(weights, here);
    let moved = false;
    for (let share = 1; share > 0.01 && !moved; share /= 2) {
      const tried = weights.map((w, i) => w + share * ((wanted[i] as number) - w));
      const there = loss(tried);
      moved = there.value < here.value - 1e-9;
      if (moved) {
        weights = tried;
        here = there;
      }
    }
    if (!moved) break;
  }
  return weights;
}

interface LossHere {
  readonly value: number;
  readonly gradient: Float64Array;
  /** Row-major, members × members. */
  readonly hessian: Float64Array;
}

type Loss = (weights: readonly number[]) => LossHere;

function withRidge(value: number, gradient: Float64Array, hessian: Float64Array, weights: readonly number[]): LossHere {
  const members = weights.length;
  let total = value;
  for (let j = 0; j < members; j++) {
    const off = (weights[j] as number) - 1 / members;
    total += ridge * off * off;
    gradient[j] = (gradient[j] as number) + 2 * ridge * off;
    hessian[j * members + j] = (hessian[j * members + j] as number) + 2 * ridge;
  }
  return { value: total, gradient, hessian };
}

/** Mean squared error in units of the answers' variance; quadratic, so that one Newton step finds its minimum. */
function squaredLoss({ parts, actual, weights }: StackRows): Loss {
  const members = parts.length;
  const products = new Float64Array(members * members);
  let all = 0;
  let mean = 0;
  for (let i = 0; i < actual.length; i++) {
    const w = weights?.[i] ?? 1;
    all += w;
    mean += w * (actual[i] as number);
  }
  mean /= all;
  let variance = 0;
  const errors = new Float64Array(members);
  for (let i = 0; i < actual.length; i++) {
    const w = weights?.[i] ?? 1;
    const y = actual[i] as number;
    variance += w * (y - mean) * (y - mean);
    // as weights sum to 1, the error of the mean is the mean of the errors
    for (let j = 0; j < members; j++) errors[j] = ((parts[j] as Float64Array)[i] as number) - y;
    for (let j = 0; j < members; j++)
      for (let k = 0; k <= j; k++)
        products[j * members + k] = (products[j * members + k] as number) + w * (errors[j] as number) * (errors[k] as number);
  }
  const scale = variance > 0 ? 1 / variance : 0;
  return (at) => {
    const gradient = new Float64Array(members);
    const hessian = new Float64Array(members * members);
    let value = 0;
    for (let j = 0; j < members; j++)
      for (let k = 0; k < members; k++) {
        const product = scale * (products[Math.max(j, k) * members + Math.min(j, k)] as number);
        hessian[j * members + k] = 2 * product;
        gradient[j] = (gradient[j] as number) + 2 * product * (at[k] as number);
        value += product * (at[j] as number) * (at[k] as number);
      }
    return withRidge(value, gradient, hessian, at);
  };
}

function logLoss({ parts, actual, weights, outputs }: StackRows): Loss {
  const members = parts.length;
  let all = 0;
  for (let i = 0; i < actual.length; i++) all += weights?.[i] ?? 1;
  return (at) => {
    const gradient = new Float64Array(members);
    const hessian = new Float64Array(members * members);
    const scores = new Float64Array(outputs);
    const means = new Float64Array(members);
    let value = 0;
    for (let i = 0; i < actual.length; i++) {
      const w = (weights?.[i] ?? 1) / all;
      const from = i * outputs;
      scores.fill(0);
      for (let j = 0; j < members; j++)
        for (let c = 0; c < outputs; c++)
          scores[c] = (scores[c] as number) + (at[j] as number) * ((parts[j] as Float64Array)[from + c] as number);
      softmaxInPlace(scores);
      const answer = actual[i] as number;
      value -= w * log(Math.max(1e-300, scores[answer] as number));
      for (let j = 0; j < members; j++) {
        const part = parts[j] as Float64Array;
        let mean = 0;
        for (let c = 0; c < outputs; c++) mean += (scores[c] as number) * (part[from + c] as number);
        means[j] = mean;
        gradient[j] = (gradient[j] as number) + w * (mean - (part[from + answer] as number));
      }
      for (let j = 0; j < members; j++)
        for (let k = 0; k <= j; k++) {
          let product = 0;
          for (let c = 0; c < outputs; c++)
            product +=
              (scores[c] as number) *
              (((parts[j] as Float64Array)[from + c] as number) - (means[j] as number)) *
              (((parts[k] as Float64Array)[from + c] as number) - (means[k] as number));
          hessian[j * members + k] = (hessian[j * members + k] as number) + w * product;
        }
    }
    for (let j = 0; j < members; j++) for (let k = 0; k < j; k++) hessian[k * members + j] = hessian[j * members + k] as number;
    return withRidge(value, gradient, hessian, at);
  };
}

/** Minimum of the quadratic around `from` over weights that are not negative and sum to 1. */
function minimum(from: readonly number[], { gradient, hessian }: LossHere): number[] {
  const members = from.length;
  const weights = [...from];
  // slope at `weights`, kept up to date
  const slope = Float64Array.from(gradient);
  const at = (j: number, k: number): number => hessian[j * members + k] as number;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let most = 0;
    for (let j = 0; j < members; j++)
      for (let k = 0; k < j; k++) {
        const curve = at(j, j) + at(k, k) - 2 * at(j, k);
        if (!(curve > 0)) continue;
        const wish = ((slope[k] as number) - (slope[j] as number)) / curve;
        const move = Math.max(-(weights[j] as number), Math.min(weights[k] as number, wish));
        weights[j] = (weights[j] as number) + move;
        weights[k] = (weights[k] as number) - move;
        for (let l = 0; l < members; l++) slope[l] = (slope[l] as number) + move * (at(l, j) - at(l, k));
        most = Math.max(most, Math.abs(move));
      }
    if (most < 1e-9) break;
  }
  return weights;
}
