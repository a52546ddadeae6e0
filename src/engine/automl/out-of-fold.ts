import { outputCount } from '../../core/schema.js';
import type { FoldRows } from './fold-rows.js';
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
