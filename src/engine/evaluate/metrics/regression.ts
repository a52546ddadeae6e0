import { argsort } from '../../../core/argsort.js';
import { log1p } from '../../../core/math.js';
import { mean, variance, weightedQuantile } from '../../../core/statistics.js';
import { defineMetric, type Metric, meanOf } from './metric.js';

const EPSILON = 2.220446049250313e-16;
const SMALLEST = 1e-15;

/** A metric that is a function of the mean of a per-row loss. */
export function averaged(
  id: string,
  title: string,
  plain: string,
  loss: (actual: number, predicted: number) => number,
  finish: (mean: number) => number = (x) => x,
  targets?: Metric['targets'],
): Metric {
  return defineMetric({
    id,
    title,
    plain,
    tasks: ['regression'],
    greaterIsBetter: false,
    perfect: 0,
    ...(targets && { targets }),
    prepare: ({ actual, predicted }) => {
      const losses = new Float64Array(actual.length);
      for (let i = 0; i < losses.length; i++) losses[i] = loss(actual[i] as number, predicted[i] as number);
      return (weights) => finish(meanOf(losses, weights));
    },
  });
}

const squared = (a: number, p: number): number => (a - p) * (a - p);

/** log(1 + x) ends at −1; a prediction at or below it is charged as if just above. */
const squaredLog = (a: number, p: number): number => (a > -1 ? squared(log1p(a), log1p(Math.max(p, SMALLEST - 1))) : Number.NaN);

/** One minus a loss as a share of what is lost without the columns; a target without ups and downs has no share. */
export function explained(loss: number, blind: number): number {
  if (blind === 0) return loss === 0 ? 1 : 0;
  return 1 - loss / blind;
}

const r2 = defineMetric({
  id: 'r2',
  title: 'R²',
  plain: 'The share of the ups and downs of the target that the model explains: 0 is always saying the mean, 1 is perfect.',
  tasks: ['regression'],
  greaterIsBetter: true,
  perfect: 1,
  chance: 0,
  prepare:
    ({ actual, predicted }) =>
    (weights) => {
      if (actual.length < 2) return Number.NaN;
      const center = mean(actual, weights);
      let residual = 0;
      let total = 0;
      for (let i = 0; i < actual.length; i++) {
        const w = weights ? (weights[i] as number) : 1;
        residual += w * squared(actual[i] as number, predicted[i] as number);
        total += w * squared(actual[i] as number, center);
      }
      return explained(residual, total);
    },
});

const medianAbsolute = defineMetric({
  id: 'median_absolute_error',
  title: 'Median absolute error',
  plain: 'Half of the predictions are off by less than this.',
  tasks: ['regression'],
  greaterIsBetter: false,
  perfect: 0,
  prepare: ({ actual, predicted }) => {
    const errors = actual.map((a, i) => Math.abs(a - (predicted[i] as number)));
    const order = argsort(errors);
    return (weights) => weightedQuantile(errors, 0.5, weights, order);
  },
});

const maxError = defineMetric({
  id: 'max_error',
  title: 'Largest error',
  plain: 'The distance of the worst prediction from the true value, in the unit of the target.',
  tasks: ['regression'],
  greaterIsBetter: false,
  perfect: 0,
  prepare:
    ({ actual, predicted }) =>
    (weights) => {
      let most = Number.NaN;
      for (let i = 0; i < actual.length; i++) {
        const error = Math.abs((actual[i] as number) - (predicted[i] as number));
        if (!(error <= most) && (!weights || (weights[i] as number) > 0)) most = error;
      }
      return most;
    },
});

const explainedVariance = defineMetric({
  id: 'explained_variance',
  title: 'Explained variance',
  plain: 'The share of the ups and downs of the target that the model follows, when being too high or too low throughout is forgiven.',
  tasks: ['regression'],
  greaterIsBetter: true,
  perfect: 1,
  chance: 0,
  prepare: ({ actual, predicted }) => {
    const errors = actual.map((a, i) => a - (predicted[i] as number));
    return (weights) => explained(variance(errors, weights), variance(actual, weights));
  },
});

/** Metrics of predicted numbers, in the target's unit unless said otherwise. */
export const regressionMetrics: readonly Metric[] = [
  averaged(
    'root_mean_squared_error',
    'Root mean squared error',
    'The typical size of an error in the unit of the target, with large errors counting more.',
    squared,
    Math.sqrt,
  ),
  averaged('mean_absolute_error', 'Mean absolute error', 'How far off a prediction is on average, in the unit of the target.', (a, p) =>
    Math.abs(a - p),
  ),
  r2,
  averaged('mean_squared_error', 'Mean squared error', 'The average of the squared errors, in the squared unit of the target.', squared),
  medianAbsolute,
  averaged(
    'mean_absolute_percentage_error',
    'Mean absolute percentage error',
    'How far off a prediction is on average, as a share of the true value (0.1 is 10 %).',
    (a, p) => Math.abs(a - p) / Math.max(Math.abs(a), EPSILON),
  ),
  averaged(
    'root_mean_squared_log_error',
    'Root mean squared log error',
    'The typical size of an error in proportion to the true value, for targets that are never negative.',
    squaredLog,
    Math.sqrt,
    { from: -1, above: true },
  ),
  averaged(
    'mean_squared_log_error',
    'Mean squared log error',
    'The average squared error in proportion to the true value, for targets that are never negative.',
    squaredLog,
    undefined,
    { from: -1, above: true },
  ),
  maxError,
  explainedVariance,
];
