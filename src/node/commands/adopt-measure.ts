import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { outputCount } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { type AnsweredRows, answeredRows } from '../../engine/automl/answered-rows.js';
import { bootstrap } from '../../engine/evaluate/bootstrap.js';
import { defaultMetric, usualMetrics } from '../../engine/evaluate/metrics/registry.js';
import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { nodeClock } from './node-clock.js';

/** Resamples for the intervals. */
const RESAMPLES = 200;

/**
 * The scores of a model on a sample whose answers are known, with 90 % bootstrap intervals, as training writes those of its holdout.
 * @returns nothing when too few rows have an answer
 */
export async function measureSample(bundle: Bundle, table: Table): Promise<Record<string, unknown>> {
  const { task, schema, threshold } = bundle;
  let rows: AnsweredRows;
  try {
    rows = answeredRows(table, schema, task);
  } catch (error) {
    if (error instanceof MillwrightError && error.code === 'TOO_FEW_ROWS') return {};
    throw error;
  }
  const predicted = predict(bundle, rows.table).values;
  const input = { actual: rows.target, predicted, outputs: outputCount(task), threshold };
  const chosen = defaultMetric(task.kind);
  const metrics = usualMetrics(task.kind, chosen).filter((metric) => Number.isFinite(metric.compute(input)));
  const { estimates } = await bootstrap({
    metrics,
    input,
    stratify: task.kind !== 'regression',
    rng: new Rng(0).child('adopt'),
    deadline: new Deadline(nodeClock, Number.POSITIVE_INFINITY),
    limit: RESAMPLES,
  });
  return { metric: chosen.id, holdout: Object.fromEntries(estimates), rows: { total: table.rows, holdout: rows.target.length } };
}
