import { log } from '../../../core/math.js';
import type { Task } from '../../../core/schema.js';
import type { TreesLink } from '../../../model/trees.js';

/** Losses of kernels/gradient.ts. */
const KERNEL_LOSS = { squared: 0, absolute: 1, huber: 2, quantile: 3, poisson: 4, logistic: 5, softmax: 6 } as const;

export type ObjectiveName = keyof typeof KERNEL_LOSS;

/** What the trees minimise. */
export interface Objective {
  readonly name: ObjectiveName;
  /** Number in the kernels. */
  readonly loss: number;
  /** Scores, and trees a round. */
  readonly outputs: number;
  /** Huber's delta, or the quantile. */
  readonly alpha: number;
  /** True when every row's hessian is its weight. */
  readonly constantHessian: boolean;
  /** Leaf values are this quantile of the residuals instead of a Newton step. */
  readonly leafQuantile?: number;
  /** Starting score of each output. */
  readonly start: Float64Array;
  /** Targets are divided by this power of two, so that gradients fit in 32-bit numbers; 1 unless they are huge or tiny. */
  readonly scale: number;
  /** Scores are kept as whole multiples of this, so that sums of leaf values are exact in any order. */
  readonly unit: number;
}

/** The objective for a task with its starting scores. */
export function createObjective(
  task: Task,
  name: ObjectiveName | 'auto',
  delta: number,
  given: Float64Array,
  weights: Float64Array | undefined,
): Objective {
  const chosen: ObjectiveName =
    task.kind === 'binary' ? 'logistic' : task.kind === 'multiclass' ? 'softmax' : name === 'auto' ? 'squared' : name;
  const outputs = chosen === 'softmax' ? task.classes.length : 1;
  const scale = outputs === 1 && chosen !== 'logistic' && chosen !== 'poisson' ? targetScale(given) : 1;
  const target = scale === 1 ? given : given.map((y) => y / scale);
  const alpha = chosen === 'huber' ? delta / scale : delta;
  const unit = chosen === 'logistic' || chosen === 'softmax' || chosen === 'poisson' ? 2 ** -36 : regressionUnit(target);
  const start = startingScores(chosen, outputs, alpha, target, weights).map((s) => Math.round(s / unit) * unit);
  const leafQuantile = chosen === 'absolute' ? 0.5 : chosen === 'quantile' ? alpha : undefined;
  const constantHessian = weights === undefined && ['squared', 'absolute', 'huber', 'quantile'].includes(chosen);
  return { name: chosen, loss: KERNEL_LOSS[chosen], outputs, alpha, constantHessian, leafQuantile, start, scale, unit };
}

/** A power of two near the largest |target| when that is out of the range that 32-bit gradients and their squares keep, else 1. */
function targetScale(target: Float64Array): number {
  let most = 0;
  for (const y of target) most = Math.max(most, Math.abs(y));
  if (most === 0 || (most <= 2 ** 60 && most >= 2 ** -60)) return 1;
  let power = 1;
  while (power < most / 2) power *= 2;
  while (power > most && power > 2 ** -1000) power /= 2;
  return power;
}

/** 2⁻⁴⁰ of the power of two above the largest |target|: leaves 13 bits of head-room in 53. */
function regressionUnit(target: Float64Array): number {
  let most = 0;
  for (const y of target) most = Math.max(most, Math.abs(y));
  let power = 1;
  while (power < most) power *= 2;
  while (power > most && power > 2 ** -900) power /= 2;
  return power * 2 ** -40;
}

function startingScores(
  name: ObjectiveName,
  outputs: number,
  alpha: number,
  target: Float64Array,
  weights: Float64Array | undefined,
): Float64Array {
  const start = new Float64Array(outputs);
  if (name === 'softmax') {
    const totals = new Float64Array(outputs);
    let all = 0;
    for (let i = 0; i < target.length; i++) {
      const w = weights ? (weights[i] as number) : 1;
      totals[target[i] as number] = (totals[target[i] as number] as number) + w;
      all += w;
    }
    // no weight anywhere: every class is as likely
    for (let k = 0; k < outputs; k++) start[k] = all > 0 ? log(Math.max(1e-12, (totals[k] as number) / all)) : log(1 / outputs);
    return start;
  }
  if (name === 'absolute' || name === 'quantile') {
    start[0] = weightedQuantile(target, weights, name === 'absolute' ? 0.5 : alpha);
    return start;
  }
  // Huber: one step from the median, with deviations cut at delta; the mean when none is cut
  const centre = name === 'huber' ? weightedQuantile(target, weights, 0.5) : 0;
  const reach = name === 'huber' ? alpha : Number.POSITIVE_INFINITY;
  let sum = 0;
  let all = 0;
  for (let i = 0; i < target.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    sum += w * Math.max(-reach, Math.min(reach, (target[i] as number) - centre));
    all += w;
  }
  const mean = all > 0 ? sum / all : name === 'logistic' ? 0.5 : 0;
  if (name === 'logistic') {
    const p = Math.min(1 - 1e-12, Math.max(1e-12, mean));
    start[0] = log(p / (1 - p));
  } else start[0] = name === 'poisson' ? log(Math.max(1e-12, mean)) : centre + mean;
  return start;
}

/** The smallest value with at least a share `q` of the weight at or below it; the mean of two where it falls between them. */
export function weightedQuantile(values: Float64Array, weights: Float64Array | undefined, q: number): number {
  if (values.length === 0) return 0;
  if (!weights) {
    const sorted = values.slice().sort();
    const at = q * (sorted.length - 1);
    const low = Math.floor(at);
    const a = sorted[low] as number;
    const b = sorted[Math.min(sorted.length - 1, low + 1)] as number;
    return a + (b - a) * (at - low);
  }
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  let all = 0;
  for (const w of weights) all += w;
  let below = 0;
  for (const i of order) {
    below += weights[i] as number;
    if (below >= q * all) return values[i] as number;
  }
  return values[order[order.length - 1] as number] as number;
}

/** The link of an objective. */
export function linkOf(name: ObjectiveName): TreesLink {
  return name === 'logistic' || name === 'softmax' ? name : name === 'poisson' ? 'exp' : 'identity';
}
