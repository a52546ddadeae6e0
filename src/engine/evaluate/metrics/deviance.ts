import { argsort } from '../../../core/argsort.js';
import { log } from '../../../core/math.js';
import { pow } from '../../../core/pow.js';
import { mean, weightedQuantile } from '../../../core/statistics.js';
import { defineMetric, type Metric, meanOf } from './metric.js';
import { averaged, explained } from './regression.js';

/** Predictions at or below 0 count as this where they must be above. */
const SMALLEST = 1e-15;

/** The deviance of a row by Tweedie's family: 0 is the squared error, 1 Poisson's, 2 gamma's. */
function deviance(power: number): (actual: number, predicted: number) => number {
  if (power === 0) return (a, p) => (a - p) * (a - p);
  const [one, two] = [1 - power, 2 - power];
  return (a, p) => {
    if (a < 0 && power > 0) return Number.NaN;
    const q = Math.max(p, SMALLEST);
    if (power === 1) return 2 * ((a > 0 ? a * log(a / q) : 0) - a + q);
    if (power >= 2 && a <= 0) return Number.NaN;
    if (power === 2) return 2 * (log(q / a) + a / q - 1);
    return 2 * ((a > 0 ? pow(a, two) : 0) / (one * two) - (a * pow(q, one)) / one + pow(q, two) / two);
  };
}

function targetsOf(power: number): Metric['targets'] {
  return power <= 0 ? undefined : { from: 0, above: power >= 2 };
}

/** `mean_tweedie_deviance@1.5`: between counts (1) and amounts whose spread grows with their size (2). */
export function meanTweedieDeviance(power: number): Metric {
  return averaged(
    `mean_tweedie_deviance@${power}`,
    `Mean Tweedie deviance, power ${power}`,
    'How badly predicted amounts miss, with less weight on misses where amounts are large: 0 is perfect.',
    deviance(power),
    undefined,
    targetsOf(power),
  );
}

/** `d2_tweedie_score@1.5`: the share of that deviance that the model takes away from always giving the mean. */
export function d2Tweedie(power: number): Metric {
  const lossOf = deviance(power);
  const targets = targetsOf(power);
  return defineMetric({
    id: `d2_tweedie_score@${power}`,
    title: `Tweedie deviance explained, power ${power}`,
    plain: 'The share of the deviance that the model takes away from always giving the mean: 0 is none, 1 is all.',
    tasks: ['regression'],
    greaterIsBetter: true,
    perfect: 1,
    chance: 0,
    ...(targets && { targets }),
    prepare: ({ actual, predicted }) => {
      const losses = actual.map((a, i) => lossOf(a, predicted[i] as number));
      return (weights) => {
        if (actual.length < 2) return Number.NaN;
        const center = mean(actual, weights);
        const blind = meanOf(
          actual.map((a) => lossOf(a, center)),
          weights,
        );
        return blind === 0 ? Number.NaN : 1 - meanOf(losses, weights) / blind;
      };
    },
  });
}

const pinball =
  (alpha: number) =>
  (a: number, p: number): number =>
    a >= p ? alpha * (a - p) : (1 - alpha) * (p - a);

/** `mean_pinball_loss@0.9`: least at the quantile `alpha` of the target. */
export function meanPinballLoss(alpha: number, id = `mean_pinball_loss@${alpha}`): Metric {
  return averaged(
    id,
    `Mean pinball loss${alpha === 0.5 ? '' : ` at ${alpha}`}`,
    alpha === 0.5
      ? 'The loss that is least at the median of the target: half of the mean absolute error.'
      : `The loss that is least when ${alpha} of the true values lie below the prediction.`,
    pinball(alpha),
  );
}

/** `d2_pinball_score@0.9`: the share of the pinball loss that the model takes away from always giving the quantile. */
export function d2Pinball(alpha: number, id = `d2_pinball_score@${alpha}`): Metric {
  const lossOf = pinball(alpha);
  return defineMetric({
    id,
    title: id === 'd2_absolute_error_score' ? 'Absolute error explained' : `Pinball loss explained at ${alpha}`,
    plain: 'The share of the error that the model takes away from always giving the same middle value: 0 is none, 1 is all.',
    tasks: ['regression'],
    greaterIsBetter: true,
    perfect: 1,
    chance: 0,
    prepare: ({ actual, predicted }) => {
      const losses = actual.map((a, i) => lossOf(a, predicted[i] as number));
      const order = argsort(actual);
      return (weights) => {
        if (actual.length < 2) return Number.NaN;
        const center = weightedQuantile(actual, alpha, weights, order);
        const blind = meanOf(
          actual.map((a) => lossOf(a, center)),
          weights,
        );
        return explained(meanOf(losses, weights), blind);
      };
    },
  });
}

const poisson: Metric = averaged(
  'mean_poisson_deviance',
  'Mean Poisson deviance',
  'How badly predicted counts miss, in proportion to their size: 0 is perfect; for targets that are never negative.',
  deviance(1),
  undefined,
  targetsOf(1),
);
const gamma: Metric = averaged(
  'mean_gamma_deviance',
  'Mean gamma deviance',
  'How badly predicted amounts miss as a share of themselves: 0 is perfect; for targets that are always above 0.',
  deviance(2),
  undefined,
  targetsOf(2),
);

/** Metrics of deviances and quantiles that have a name of their own. */
export const devianceMetrics: readonly Metric[] = [
  meanPinballLoss(0.5, 'mean_pinball_loss'),
  poisson,
  gamma,
  d2Pinball(0.5, 'd2_absolute_error_score'),
];
