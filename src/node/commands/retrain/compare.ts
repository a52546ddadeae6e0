import { join } from 'node:path';
import { Rng } from '../../../core/rng.js';
import { outputCount, type Schema } from '../../../core/schema.js';
import { answeredRows } from '../../../engine/automl/answered-rows.js';
import type { Metric } from '../../../engine/evaluate/metrics/metric.js';
import { defaultMetric, metric as metricNamed } from '../../../engine/evaluate/metrics/registry.js';
import { type PairedDifference, pairedBootstrap } from '../../../engine/evaluate/paired-bootstrap.js';
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

/** What was said of rows, and from which probability on they are called positive. */
interface Said {
  /** Number of each row in the file of rows to compare on. */
  rows: ArrayLike<number>;
  /** Row-major, in the order of the champion's classes. */
  predicted: Float64Array;
  threshold?: number;
}

/**
 * Challenger and champion on the rows of `test.csv`: what the challenger's run said of them before it learned from them, as the end of its file
 * (`predictions.csv`), and what the champion says of them now.
 * @param before rows of the challenger's file before these
 */
export async function compareOn(
  folder: string,
  challenger: Bundle,
  champion: Bundle,
  before: number,
): Promise<Omit<Difference, 'champion'>> {
  const { actual, ...theirs } = await saidNow(join(folder, 'test.csv'), champion);
  const ours = await saidBefore(join(folder, 'predictions.csv'), before, challenger, champion);
  const outputs = outputCount(champion.task);
  // a run that was hopelessly short of time has looked at some of them only
  const places = new Map(Array.from(theirs.rows, (row, i) => [row, i]));
  const pairs = Array.from(ours.rows, (row, i) => ({ first: i, second: places.get(row) ?? -1 })).filter((p) => p.second >= 0);
  const only = ({ predicted, threshold }: Said, which: 'first' | 'second') => ({
    predicted: Float64Array.from({ length: pairs.length * outputs }, (_, at) => {
      const row = pairs[Math.floor(at / outputs)]?.[which] as number;
      return predicted[row * outputs + (at % outputs)] as number;
    }),
    threshold,
  });
  const [first, second] = [only(ours, 'first'), only(theirs, 'second')];
  const metric = metricOf(champion);
  const rows = { actual: Float64Array.from(pairs, (p) => actual[p.second] as number), outputs, costs: champion.costs };
  const beside = (by: Metric) => pairedBootstrap(by, rows, first, second, new Rng(0).child('compare'), { byTime: true });
  return { metric: metric.id, ...beside(metric), ...(champion.task.kind !== 'regression' && lossBeside(beside(metricNamed('brier')))) };
}

async function saidNow(path: string, champion: Bundle): Promise<Said & { actual: Float64Array }> {
  const source = await openSource({ from: [path] });
  try {
    const schema = unweighted(champion.schema);
    const { rows, table, target } = answeredRows(await source.read(schema), schema, champion.task);
    return { rows, actual: target, predicted: predict(champion, table).values, threshold: champion.threshold };
  } finally {
    await source.close();
  }
}

async function saidBefore(path: string, before: number, challenger: Bundle, champion: Bundle): Promise<Said> {
  const { task, threshold } = challenger;
  // row, part, actual, prediction, and of classes the probability of each
  const [from, to] = task.kind === 'regression' ? [3, 4] : [4, 4 + task.classes.length];
  const rows: number[] = [];
  const values: number[] = [];
  const source = await openSource({ from: [path] }, { streaming: true });
  try {
    for await (const { kept } of source.batches({ columns: [] }, 8192, { keep: 'all' })) {
      const part = kept[1] as readonly string[];
      const holdout = part.findIndex((p) => p !== 'holdout');
      for (let r = 0; r < (holdout < 0 ? part.length : holdout); r++) {
        rows.push(Number(kept[0]?.[r]) - 1 - before);
        for (let c = from; c < to; c++) values.push(Number(kept[c]?.[r]));
      }
      // the other parts follow
      if (holdout >= 0) break;
    }
  } finally {
    await source.close();
  }
  return { rows, predicted: inOrder(Float64Array.from(values), challenger, champion), threshold };
}

/** By what share a loss is larger than the champion's, and at most; nothing where that is not defined. */
function lossBeside({ first, second, low }: PairedDifference): Pick<Difference, 'excess' | 'excessHigh'> {
  const [excess, excessHigh] = [first / second - 1, -low / second];
  return Number.isFinite(excess) && Number.isFinite(excessHigh) ? { excess, excessHigh } : {};
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
