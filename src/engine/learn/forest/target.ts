import type { Task } from '../../../core/schema.js';
import type { ForestScale } from './assemble.js';
import { MOST_DRAWS } from './slots.js';

/** Targets as the kernels take them, and the way back. */
export interface ForestTarget {
  /** True for shares of classes. */
  readonly classes: boolean;
  /** Values a leaf: 1 for numbers and two classes, else a class each. */
  readonly outputs: number;
  /** Whole numbers, or classes. */
  readonly values: BigInt64Array | Uint32Array;
  /** Whole weights; absent: 1 each. */
  readonly weights?: Uint32Array;
  /** Mean, share of the second class, or share of each class. */
  readonly prior: Float64Array;
  readonly scale: ForestScale;
}

/** Whole weights sum to about this: squares of sums stay exact in 53 bits. */
const WEIGHT_TOTAL = 2 ** 25;
/** |Σ weight × target| stays below this, with room for rows drawn more often than others. */
const SUM_LIMIT = 2 ** 50;
const SHARE_UNIT = 2 ** -44;

/** Codes the target of a task: two classes as 0 and 1, numbers from their mean in whole steps as fine as sums in 64 bits allow. */
export function forestTarget(task: Task, target: Float64Array, weights: Float64Array | undefined): ForestTarget {
  const whole = weights && wholeWeights(weights);
  const weightOf = (i: number): number => (whole ? (whole[i] as number) : 1);
  let total = 0;
  for (let i = 0; i < target.length; i++) total += weightOf(i);
  const plain: ForestScale = { factor: 1, offset: 0, gain: 1, unit: SHARE_UNIT };
  if (task.kind === 'multiclass') {
    const prior = new Float64Array(task.classes.length);
    for (let i = 0; i < target.length; i++) prior[target[i] as number] = (prior[target[i] as number] as number) + weightOf(i);
    const values = Uint32Array.from(target);
    return { classes: true, outputs: prior.length, values, weights: whole, prior: shares(prior, total), scale: plain };
  }
  if (task.kind === 'binary') {
    const values = BigInt64Array.from(target, (y) => (y > 0.5 ? 1n : 0n));
    let positive = 0;
    for (let i = 0; i < target.length; i++) if (values[i] === 1n) positive += weightOf(i);
    const prior = Float64Array.of(total > 0 ? positive / total : 0.5);
    return { classes: true, outputs: 1, values, weights: whole, prior, scale: plain };
  }
  let most = 0;
  for (const y of target) most = Math.max(most, Math.abs(y));
  let unit = 1;
  while (unit < most) unit *= 2;
  while (unit > most && unit > 2 ** -900) unit /= 2;
  // the mean of shares of the greatest value: huge targets do not overflow
  let mean = 0;
  if (most > 0 && total > 0) for (let i = 0; i < target.length; i++) mean += ((target[i] as number) / most) * (weightOf(i) / total);
  mean *= most;
  let span = 0;
  for (const y of target) span = Math.max(span, Math.abs(y / 2 - mean / 2));
  // half spans, so that opposite huge values do not overflow
  const steps = SUM_LIMIT / Math.max(1, 4 * total, MOST_DRAWS * target.length);
  const values = BigInt64Array.from(target, (y) => (span > 0 ? BigInt(Math.round(((y / 2 - mean / 2) / span) * steps)) : 0n));
  const factor = (span / steps) * 2;
  const scale = { factor, offset: mean, gain: factor * factor, unit: unit * 2 ** -44 };
  return { classes: false, outputs: 1, values, weights: whole, prior: Float64Array.of(mean), scale };
}

function shares(totals: Float64Array, total: number): Float64Array {
  return totals.map((t) => (total > 0 ? t / total : 1 / totals.length));
}

/** Weights as whole numbers, zeros kept; weights that are whole and small already stay as they are. */
function wholeWeights(weights: Float64Array): Uint32Array {
  let total = 0;
  let most = 0;
  let whole = true;
  for (const w of weights) {
    total += w;
    most = Math.max(most, w);
    whole &&= Number.isInteger(w);
  }
  if (whole && total <= WEIGHT_TOTAL) return Uint32Array.from(weights);
  // by the greatest first: sums of huge weights may not be finite
  let parts = 0;
  if (most > 0) for (const w of weights) parts += w / most;
  const perPart = parts > 0 ? WEIGHT_TOTAL / parts : 0;
  return Uint32Array.from(weights, (w) => (w > 0 ? Math.max(1, Math.round((w / most) * perPart)) : 0));
}
