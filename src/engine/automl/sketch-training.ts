import { outputCount } from '../../core/schema.js';
import type { Bundle } from '../../model/bundle.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { buildReference, predictionsAsColumns } from '../monitor/build-reference.js';
import { codeRows } from '../monitor/observer.js';
import type { Estimator } from '../monitor/performance/estimator.js';
import { fitEstimator } from '../monitor/performance/fit-estimator.js';
import { encodeReference } from '../monitor/reference-json.js';
import { limitsOf } from './limits/limits.js';
import type { RunContext } from './run-context.js';

const PLACE = 'estimator';

/** Predictions for rows that the model which made them had not seen. */
interface Unseen {
  /** Indices of the answered rows. */
  rows: ArrayLike<number>;
  /** Row-major rows × outputs. */
  predicted: Float64Array;
}

/** What a bundle may hold of its training rows: their sketch, and what estimates the model's scores on others. */
export interface TrainingSketch {
  readonly reference: object;
  readonly estimator?: Estimator;
}

/** Milliseconds that the estimator should take, by what drawing scores was seen to cost, and for numbers the trees of their errors. */
export function estimatorCost({ pace, answered, schema, task }: RunContext): number {
  const rows = Math.min(answered.rows.length, 12_000);
  const draws = pace.cost('draw', 1_500_000 + 40 * rows);
  return task.kind === 'regression' ? 6 * 60 * rows * (4 + schema.columns.length) * 1e-5 : draws;
}

/** Sketches the training rows, and as far as the clock allows makes what estimates scores. Asks the log, so before its work is written down. */
export async function sketchTraining(
  context: RunContext,
  unseen: readonly Unseen[],
  threshold: number | undefined,
): Promise<TrainingSketch> {
  const { answered, schema, task, plan, metric, rng, limit, log, pace } = context;
  const outputs = outputCount(task);
  const { table } = answered;
  const values = new Float64Array(table.rows * outputs).fill(Number.NaN);
  for (const { rows, predicted } of unseen)
    for (let i = 0; i < rows.length; i++)
      for (let k = 0; k < outputs; k++) values[(rows[i] as number) * outputs + k] = predicted[i * outputs + k] as number;
  const predictions = predictionsAsColumns(task, values, table.rows);
  const reference = buildReference(table, schema, { predicted: predictions });
  const encoded = encodeReference(reference) as object;
  if (log.replaying && !log.recorded(PLACE)) return { reference: encoded };
  const known = {
    coded: codeRows(reference, table, predictions),
    predicted: values,
    outputs,
    actual: answered.target,
    metric: metric.id,
    ...(threshold !== undefined && { threshold }),
    ...(plan.costs && { costs: plan.costs.matrix }),
  };
  const deadline = limit.within(Math.max(0, limit.remaining() - pace.slack));
  const found = await fitEstimator(reference, known, { rng: rng.child(PLACE), deadline });
  if (found === 'late') log.shorten(PLACE);
  if (found === undefined || found === 'late') return { reference: encoded };
  log.note(PLACE, { rows: found.rows });
  return { reference: encoded, estimator: found };
}

/** The bundle with its sketch; without the estimator, or without any of it, where it would be larger than the plan lets it be. */
export async function withSketch({ plan }: RunContext, bundle: Bundle, { reference, estimator }: TrainingSketch): Promise<Bundle> {
  const { size } = limitsOf(plan);
  const fits = async (made: Bundle): Promise<boolean> => size === null || (await encodeBundle(made)).length <= size;
  const whole = estimator && { ...bundle, reference: { ...reference, estimator } };
  if (whole && (await fits(whole))) return whole;
  const sketched = { ...bundle, reference };
  return (await fits(sketched)) ? sketched : bundle;
}
