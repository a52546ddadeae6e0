import { outputCount } from '../../core/schema.js';
import { bootstrap } from '../evaluate/bootstrap.js';
import type { Metric, MetricInput } from '../evaluate/metrics/metric.js';
import { usualMetrics } from '../evaluate/metrics/registry.js';
import { pick } from './pick.js';
import type { Estimate } from './result.js';
import type { RunContext } from './run-context.js';

/** Answers, weights and predictions of the holdout rows. */
export interface HoldoutRows {
  readonly actual: Float64Array;
  readonly weights?: Float64Array;
  /** Row-major. */
  readonly predicted: Float64Array;
  /** Two classes: from which probability a row is called positive. */
  readonly threshold?: number;
}

/** Fewest resamples of the holdout that still make an interval. */
export const fewestResamples = 20;
/** Evaluations of every metric that the correction of the interval costs beside the resamples. */
const correction = 400;
const trialDraws = 8;
/** Standard errors to either side that hold 90 %. */
const NINETY = 1.6449;

/** The run's metric and the usual ones of the task on the given rows; undefined ones (AUC with one class …) are left out. */
export function plainScores(context: RunContext, rows: HoldoutRows): Record<string, number> {
  return Object.fromEntries(defined(context, rows).map(([metric, value]) => [metric.id, value]));
}

/** The same out of fold, on rows evenly taken: what the interval weighs the holdout against. */
export function outOfFoldScores(context: RunContext, rows: HoldoutRows, holdoutRows: number): Record<string, number> {
  const n = rows.actual.length;
  const outputs = outputCount(context.task);
  const stride = Math.ceil(n / Math.max(4000, 2 * holdoutRows));
  if (stride <= 1) return plainScores(context, rows);
  const taken = Uint32Array.from({ length: Math.ceil(n / stride) }, (_, i) => i * stride);
  const predicted = new Float64Array(taken.length * outputs);
  taken.forEach((row, i) => {
    predicted.set(rows.predicted.subarray(row * outputs, (row + 1) * outputs), i * outputs);
  });
  return plainScores(context, { ...rows, actual: pick(rows.actual, taken), weights: rows.weights && pick(rows.weights, taken), predicted });
}

/**
 * The same with 90 % intervals of the score on other rows of the same kind. When time is short there are fewer resamples, and plain percentiles.
 * @param elsewhere the scores out of fold
 * @param reserve milliseconds that must be left afterwards
 */
export async function holdoutScores(
  context: RunContext,
  rows: HoldoutRows,
  elsewhere: Readonly<Record<string, number>>,
  reserve: number,
): Promise<Record<string, Estimate>> {
  const { log, limit, pace, rng, task } = context;
  const found = defined(context, rows);
  const metrics = found.map(([metric]) => metric);
  const values = Object.fromEntries(found.map(([metric, value]) => [metric.id, { value, low: value, high: value }]));
  if (metrics.length === 0 || rows.actual.length === 0) return values;
  const input = metricInput(context, rows);
  const draw = (resamples: number, corrected: boolean) =>
    bootstrap({
      metrics,
      input,
      stratify: task.kind !== 'regression',
      rng: rng.child('bootstrap'),
      deadline: limit,
      limit: resamples,
      corrected,
    });
  const wanted = Math.max(200, Math.min(1000, Math.round(4e6 / rows.actual.length)));
  if (!log.replaying && scoringCost(context, rows.actual.length) < 0.2 * limit.remaining()) {
    // the first draws warm the code up
    await pace.timeAsync('resample', trialDraws, () => draw(trialDraws, false));
    if (pace.cost('resample', wanted + correction) > 0.05 * limit.remaining())
      await pace.timeAsync('resample', trialDraws, () => draw(trialDraws, false));
  }
  const counts = log.settle('bootstrap', () => {
    if (!pace.knows('resample')) {
      log.shorten('resamples');
      return { resamples: fewestResamples, corrected: 0 };
    }
    const affordable = Math.floor((limit.remaining() - reserve) / Math.max(1e-6, pace.cost('resample', 1)));
    if (affordable >= wanted + correction) return { resamples: wanted, corrected: 1 };
    log.shorten('resamples');
    // half of what is left: an estimate from a single draw is rough
    return { resamples: Math.max(fewestResamples, Math.min(wanted, Math.floor(affordable / 2))), corrected: 0 };
  });
  if (!counts) return values;
  const { estimates } = await draw(counts.resamples ?? fewestResamples, counts.corrected === 1);
  return Object.fromEntries(
    metrics.map((metric) => [metric.id, onOtherRows(metric, estimates.get(metric.id) as Estimate, elsewhere[metric.id])]),
  );
}

/**
 * Where the score will fall on as many other rows. They have a luck of their own, so the distance has twice the variance that the bootstrap tells, and the
 * difference of two scores of one kind is symmetric however skew each is. What the rows out of fold say otherwise is no luck of the holdout alone: half of
 * that distance widens the interval too.
 */
function onOtherRows({ greaterIsBetter, perfect }: Metric, { value, low, high }: Estimate, elsewhere: number | undefined): Estimate {
  const luck = (high - low) / 2;
  const apart = elsewhere === undefined || !Number.isFinite(elsewhere) ? 0 : 0.5 * NINETY * (value - elsewhere);
  const reach = Math.sqrt(2 * luck * luck + apart * apart);
  const most = greaterIsBetter ? perfect : Number.POSITIVE_INFINITY;
  const least = greaterIsBetter ? (low >= 0 ? 0 : Number.NEGATIVE_INFINITY) : perfect;
  return { value, low: Math.max(least, value - reach), high: Math.min(most, value + reach) };
}

/** Measures what a resample of such rows costs, for estimates of time. */
export function timeScoring(context: RunContext, rows: HoldoutRows): void {
  const { pace, task, limit } = context;
  const input = metricInput(context, rows);
  const n = rows.actual.length;
  const look = (): void => {
    const evaluators = pace.time('sort', n, () =>
      usualMetrics(task.kind, context.metric, context.plan.costs).map((metric) => metric.prepare(input)),
    );
    pace.time('draw', n, () => {
      for (const evaluate of evaluators) evaluate(rows.weights);
    });
  };
  look();
  // code that is cold, or a pause of the machine, makes a single look seem dear, and what is left of a short time would go unused
  if (scoringCost(context, n) > 0.1 * limit.remaining() && !limit.expired()) look();
}

/** Milliseconds that scoring so many rows takes, with the fewest resamples. */
export function scoringCost(context: RunContext, rows: number): number {
  const { pace } = context;
  return 4 * pace.cost('sort', rows) + 1.5 * fewestResamples * pace.cost('draw', rows);
}

function metricInput(context: RunContext, rows: HoldoutRows): MetricInput {
  return { ...rows, outputs: outputCount(context.task), costs: context.plan.costs?.matrix };
}

function defined(context: RunContext, rows: HoldoutRows): [Metric, number][] {
  const input = metricInput(context, rows);
  return usualMetrics(context.task.kind, context.metric, context.plan.costs)
    .map((metric): [Metric, number] => [metric, metric.compute(input)])
    .filter(([, value]) => Number.isFinite(value));
}
