import { outputCount } from '../../core/schema.js';
import type { Bundle } from '../../model/bundle.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { buildReference, predictionsAsColumns } from '../monitor/build-reference.js';
import { encodeReference } from '../monitor/reference-json.js';
import { limitsOf } from './limits/limits.js';
import type { RunContext } from './run-context.js';

/** Predictions for rows that the model which made them had not seen. */
interface Unseen {
  /** Indices of the answered rows. */
  rows: ArrayLike<number>;
  /** Row-major rows × outputs. */
  predicted: Float64Array;
}

/** The bundle with the sketch of its training rows; without it where it would be larger than the plan lets it be. */
export async function sketchTraining(
  { answered, schema, task, plan }: RunContext,
  bundle: Bundle,
  unseen: readonly Unseen[],
): Promise<Bundle> {
  const outputs = outputCount(task);
  const { table } = answered;
  const values = new Float64Array(table.rows * outputs).fill(Number.NaN);
  for (const { rows, predicted } of unseen)
    for (let i = 0; i < rows.length; i++)
      for (let k = 0; k < outputs; k++) values[(rows[i] as number) * outputs + k] = predicted[i * outputs + k] as number;
  const reference = buildReference(table, schema, { predicted: predictionsAsColumns(task, values, table.rows) });
  const sketched = { ...bundle, reference: encodeReference(reference) };
  const { size } = limitsOf(plan);
  return size !== null && (await encodeBundle(sketched)).length > size ? bundle : sketched;
}
