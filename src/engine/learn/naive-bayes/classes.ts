import { argsort } from '../../../core/argsort.js';
import { log } from '../../../core/math.js';
import type { Task } from '../../../core/schema.js';
import type { Sample } from '../learner.js';

/** The training rows told apart by their answers. */
export interface Classes {
  readonly count: number;
  /** Class of each row. */
  readonly of: Int32Array;
  /** Weight of each row; 1 each when there are none, or all are 0. */
  readonly weights: Float64Array;
  /** Weight of each class. */
  readonly totals: Float64Array;
  /** Log-probability of each class; one without a row counts half of one. */
  readonly prior: Float64Array;
  /** Regression: the mean answer of each class. */
  readonly values?: Float64Array;
}

/** @param most ranges that a number is told apart by, of about equal weight; equal numbers stay together */
export function classesOf(train: Sample, task: Task, most: number): Classes {
  const { target } = train;
  const weights = train.weights?.some((w) => w > 0) ? train.weights : new Float64Array(target.length).fill(1);
  const regression = task.kind === 'regression';
  const of = regression ? ranges(target, weights, most) : Int32Array.from(target);
  const count = regression ? of.reduce((a, b) => Math.max(a, b), 0) + 1 : task.classes.length;
  const totals = new Float64Array(count);
  const sums = new Float64Array(count);
  of.forEach((c, i) => {
    totals[c] = (totals[c] as number) + (weights[i] as number);
    sums[c] = (sums[c] as number) + (weights[i] as number) * (target[i] as number);
  });
  const seen = totals.map((w) => (w > 0 ? w : 0.5));
  const all = seen.reduce((a, b) => a + b, 0);
  return {
    count,
    of,
    weights,
    totals,
    prior: seen.map((w) => log(w / all)),
    ...(regression && { values: sums.map((s, c) => s / (totals[c] as number)) }),
  };
}

/** The range that each number falls in, by rows that weigh something. */
function ranges(target: Float64Array, weights: Float64Array, most: number): Int32Array {
  const out = new Int32Array(target.length);
  const order = argsort(target);
  const all = weights.reduce((a, b) => a + b, 0);
  let passed = 0;
  let range = 0;
  let filled = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number;
    const w = weights[row] as number;
    const fresh = i === 0 || target[row] !== target[order[i - 1] as number];
    // a range without weight would have no mean
    if (fresh && filled > 0 && passed >= ((range + 1) * all) / most && passed < all) {
      range++;
      filled = 0;
    }
    out[row] = range;
    passed += w;
    filled += w;
  }
  return out;
}
