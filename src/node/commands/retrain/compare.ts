import { join } from 'node:path';
import { Rng } from '../../../core/rng.js';
import { outputCount, type Schema } from '../../../core/schema.js';
import { answeredRows } from '../../../engine/automl/answered-rows.js';
import type { Metric } from '../../../engine/evaluate/metrics/metric.js';
import { defaultMetric, metric as metricNamed } from '../../../engine/evaluate/metrics/registry.js';
import { pairedBootstrap } from '../../../engine/evaluate/paired-bootstrap.js';
import type { Bundle } from '../../../model/bundle.js';
import { predict } from '../../../model/predict.js';
import { openSource } from '../../data/open-source.js';
import type { Difference } from './job-input.js';

/** The metric that a bundle was chosen by, where it has a name that is known here; else the usual one. */
export function metricOf({ task, metrics }: Bundle): Metric {
  try {
    return typeof metrics.metric === 'string' ? metricNamed(metrics.metric) : defaultMetric(task.kind);
  } catch {
    return defaultMetric(task.kind);
  }
}

/** What rows of traffic, which have no weights, are read by: a row of unknown weight would count for nothing. */
export const unweighted = ({ columns }: Schema): Schema => ({ columns: columns.filter((c) => c.use !== 'weight') });

/** Challenger and champion on the same rows, which neither has learned from. */
export async function compareOn(folder: string, challenger: Bundle, champion: Bundle): Promise<Omit<Difference, 'champion'>> {
  const source = await openSource({ from: [join(folder, 'test.csv')] });
  try {
    const said = async (bundle: Bundle) => {
      const schema = unweighted(bundle.schema);
      const rows = answeredRows(await source.read(schema), schema, champion.task);
      const { values } = predict(bundle, rows.table);
      return { actual: rows.target, predicted: inOrder(values, bundle, champion), threshold: bundle.threshold };
    };
    const [ours, theirs] = [await said(challenger), await said(champion)];
    const metric = metricOf(champion);
    const outputs = outputCount(champion.task);
    const rows = { actual: theirs.actual, outputs, costs: champion.costs };
    const excess = champion.task.kind === 'regression' ? undefined : brier(ours.predicted, rows) / brier(theirs.predicted, rows) - 1;
    return {
      metric: metric.id,
      ...pairedBootstrap(metric, rows, ours, theirs, new Rng(0).child('compare'), { byTime: true }),
      ...(excess !== undefined && Number.isFinite(excess) && { excess }),
    };
  } finally {
    await source.close();
  }
}

/** Mean over rows of the squared distance between what was said and what happened: what a canary of classes is judged by. */
function brier(predicted: Float64Array, { actual, outputs }: { actual: Float64Array; outputs: number }): number {
  let sum = 0;
  for (let i = 0; i < predicted.length; i++) {
    const miss = (predicted[i] as number) - (actual[Math.floor(i / outputs)] === i % outputs ? 1 : 0);
    sum += miss * miss;
  }
  return sum / actual.length;
}

/** Probabilities in the order of the champion's classes; of a class that the challenger does not know, 0. */
function inOrder(values: Float64Array, { task }: Bundle, champion: Bundle): Float64Array {
  const { classes } = champion.task;
  if (task.kind === 'regression' || classes.every((c, k) => task.classes[k] === c)) return values;
  const places = classes.map((c) => task.classes.indexOf(c));
  const rows = values.length / task.classes.length;
  const out = new Float64Array(rows * classes.length);
  for (let r = 0; r < rows; r++)
    places.forEach((p, k) => {
      out[r * classes.length + k] = p < 0 ? 0 : (values[r * task.classes.length + p] as number);
    });
  return out;
}
