import { argsort } from '../../../core/argsort.js';
import { log, log1p } from '../../../core/math.js';
import { mean, weightedMedian } from '../../../core/statistics.js';
import { defineMetric, type Metric, meanOf } from './metric.js';

const EPSILON = 2.220446049250313e-16;
const SMALLEST = 1e-15;

/** A metric that is a function of the mean of a per-row loss. */
function averaged(
  id: string,
  title: string,
  plain: string,
  loss: (actual: number, predicted: number) => number,
  finish: (mean: number) => number = (x) => x,
): Metric {
  return defineMetric({
    id,
    title,
    plain,
    tasks: ['regression'],
    greaterIsBetter: false,
    perfect: 0,
    prepare: ({ actual, predicted }) => {
      const losses = new Float64Array(actual.length);
      for (let i = 0; i < losses.length; i++) losses[i] = loss(actual[i] as number, predicted[i] as number);
      return (weights) => finish(meanOf(losses, weights));
    },
  });
}

const squared = (a: number, p: number): number => (a - p) * (a - p);

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
      if (total === 0) return residual === 0 ? 1 : 0;
      return 1 - residual / total;
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
    return (weights) => weightedMedian(errors, weights, order);
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
    // log(1 + x) ends at −1; a prediction at or below it is charged as if just above
    (a, p) => (a > -1 ? squared(log1p(a), log1p(Math.max(p, SMALLEST - 1))) : Number.NaN),
    Math.sqrt,
  ),
  averaged(
    'mean_pinball_loss',
    'Mean pinball loss',
    'The loss that is least at the median of the target: half of the mean absolute error.',
    (a, p) => 0.5 * Math.abs(a - p),
  ),
  averaged(
    'mean_poisson_deviance',
    'Mean Poisson deviance',
    'How badly predicted counts miss, in proportion to their size: 0 is perfect; for targets that are never negative.',
    (a, p) => {
      if (a < 0) return Number.NaN;
      const q = Math.max(p, SMALLEST);
      return 2 * ((a > 0 ? a * log(a / q) : 0) - a + q);
    },
  ),
];
