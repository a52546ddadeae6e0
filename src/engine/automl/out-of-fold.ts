import { outputCount } from '../../core/schema.js';
import type { FoldRows } from './fold-rows.js';
import { pick } from './pick.js';
import type { RunContext } from './run-context.js';
import type { Trial } from './trial.js';

/** The validation rows of the folds, one fold after the other. */
export interface OutOfFold {
  /** Indices into the answered rows. */
  readonly rows: Uint32Array;
  readonly actual: Float64Array;
  readonly weights?: Float64Array;
  /** Where each fold begins, and the end. */
  readonly starts: readonly number[];
  readonly outputs: number;
}

/** The rows of the folds that count. */
export function outOfFoldRows(context: RunContext, folds: readonly FoldRows[]): OutOfFold {
  const { answered, task } = context;
  const starts = [0];
  for (const { validation } of folds) starts.push((starts[starts.length - 1] as number) + validation.length);
  const rows = new Uint32Array(starts[starts.length - 1] as number);
  folds.forEach(({ validation }, k) => {
    rows.set(validation, starts[k]);
  });
  return {
    rows,
    actual: Float64Array.from(rows, (i) => answered.target[i] as number),
    weights: answered.weights && Float64Array.from(rows, (i) => answered.weights?.[i] as number),
    starts,
    outputs: outputCount(task),
  };
}

/** What a trial predicted for these rows, row-major; its fits are as many as there are folds, or more. */
export function outOfFoldPredictions(trial: Trial, { rows, starts, outputs }: OutOfFold): Float64Array {
  const predicted = new Float64Array(rows.length * outputs);
  for (let k = 0; k + 1 < starts.length; k++) predicted.set(trial.fits[k]?.predicted as Float64Array, (starts[k] as number) * outputs);
  return predicted;
}

/** The same rows and predictions with each row once: where folds were repeated, the mean of what was said of it, in the fold that had it first. */
export function eachOnce(all: OutOfFold, predicted: Float64Array): { rows: OutOfFold; predicted: Float64Array } {
  const { outputs } = all;
  const places = new Map<number, number>();
  const starts = [0];
  for (let fold = 0; fold + 1 < all.starts.length; fold++) {
    for (let i = all.starts[fold] as number; i < (all.starts[fold + 1] as number); i++) {
      const row = all.rows[i] as number;
      if (!places.has(row)) places.set(row, places.size);
    }
    if (places.size > (starts[starts.length - 1] as number)) starts.push(places.size);
  }
  if (places.size === all.rows.length) return { rows: all, predicted };
  const sums = new Float64Array(places.size * outputs);
  const counts = new Float64Array(places.size);
  const from = new Uint32Array(places.size);
  all.rows.forEach((row, i) => {
    const to = places.get(row) as number;
    if (counts[to] === 0) from[to] = i;
    counts[to] = (counts[to] as number) + 1;
    for (let k = 0; k < outputs; k++) sums[to * outputs + k] = (sums[to * outputs + k] as number) + (predicted[i * outputs + k] as number);
  });
  return {
    rows: {
      rows: from.map((i) => all.rows[i] as number),
      actual: pick(all.actual, from),
      weights: all.weights && pick(all.weights, from),
      starts,
      outputs,
    },
    predicted: sums.map((sum, i) => sum / (counts[Math.floor(i / outputs)] as number)),
  };
}
