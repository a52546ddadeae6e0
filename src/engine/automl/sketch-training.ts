import { outputCount } from '../../core/schema.js';
import type { Bundle } from '../../model/bundle.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { buildReference, predictionsAsColumns } from '../monitor/build-reference.js';
import { codeRows } from '../monitor/observer.js';
import { fitEstimator } from '../monitor/performance/fit-estimator.js';
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

/** The bundle with the sketch of its training rows and what estimates its scores; without them where it would be larger than the plan lets it be. */
export async function sketchTraining(
  { answered, schema, task, plan, metric, rng, limit }: RunContext,
  bundle: Bundle,
  unseen: readonly Unseen[],
): Promise<Bundle> {
  const outputs = outputCount(task);
  const { table } = answered;
  const values = new Float64Array(table.rows * outputs).fill(Number.NaN);
  for (const { rows, predicted } of unseen)
    for (let i = 0; i < rows.length; i++)
      for (let k = 0; k < outputs; k++) values[(rows[i] as number) * outputs + k] = predicted[i * outputs + k] as number;
  const predictions = predictionsAsColumns(task, values, table.rows);
  const reference = buildReference(table, schema, { predicted: predictions });
  const estimator = await fitEstimator(
    reference,
    {
      coded: codeRows(reference, table, predictions),
      predicted: values,
      outputs,
      actual: answered.target,
      threshold: bundle.threshold,
      ...(bundle.costs && { costs: bundle.costs }),
      metric: metric.id,
    },
    { rng: rng.child('estimator'), deadline: limit },
  );
  const encoded = encodeReference(reference) as object;
  const sketched = { ...bundle, reference: encoded };
  const { size } = limitsOf(plan);
  const fits = async (made: Bundle): Promise<boolean> => size === null || (await encodeBundle(made)).length <= size;
  const whole = estimator && { ...bundle, reference: { ...encoded, estimator } };
  if (whole && (await fits(whole))) return whole;
  return (await fits(sketched)) ? sketched : bundle;
}
