import { MillwrightError } from '../../../core/errors.js';
import { nearestName } from '../../../core/nearest-name.js';
import type { TaskKind } from '../../../core/schema.js';
import type { Costs } from '../cost-matrix.js';
import { calledMetrics } from './called.js';
import { averagedMetrics, fBeta } from './called-averages.js';
import { d2Pinball, d2Tweedie, devianceMetrics, meanPinballLoss, meanTweedieDeviance } from './deviance.js';
import { expectedCost } from './expected-cost.js';
import type { Metric } from './metric.js';
import { probabilityMetrics, topK } from './probability.js';
import { rankingMetrics } from './ranking.js';
import { regressionMetrics } from './regression.js';

/** Every metric whose name says all. */
export const metrics: readonly Metric[] = [
  ...rankingMetrics,
  ...probabilityMetrics,
  ...calledMetrics,
  ...averagedMetrics,
  ...regressionMetrics,
  ...devianceMetrics,
];

const byId = new Map(metrics.map((m) => [m.id, m]));

/** Metrics with a number of their own, written after the name: `fbeta@2`. */
interface Family {
  readonly make: (parameter: number) => Metric;
  readonly allows: (parameter: number) => boolean;
  readonly range: string;
  readonly example: number;
}
const quantiles = { allows: (x: number) => x > 0 && x < 1, range: 'between 0 and 1', example: 0.9 };
const powers = { allows: (x: number) => (x <= 0 || x >= 1) && Math.abs(x) <= 10, range: '0 or less, or 1 or more', example: 1.5 };
const families = new Map<string, Family>([
  ['fbeta', { make: fBeta, allows: (x) => x > 0 && x <= 100, range: 'above 0, up to 100', example: 2 }],
  ['top_k_accuracy', { make: (k) => topK(k), allows: (x) => Number.isInteger(x) && x > 0, range: 'a whole number', example: 3 }],
  ['mean_pinball_loss', { make: (x) => meanPinballLoss(x), ...quantiles }],
  ['d2_pinball_score', { make: (x) => d2Pinball(x), ...quantiles }],
  ['mean_tweedie_deviance', { make: meanTweedieDeviance, ...powers }],
  ['d2_tweedie_score', { make: d2Tweedie, ...powers }],
]);

/** Names that people also use. */
const aliases = new Map([
  ['auc', 'roc_auc'],
  ['logloss', 'log_loss'],
  ['ap', 'average_precision'],
  ['brier', 'brier_score_loss'],
  ['mcc', 'matthews_corrcoef'],
  ['kappa', 'cohen_kappa'],
  ['qwk', 'cohen_kappa_quadratic'],
  ['error_rate', 'zero_one_loss'],
  ['hamming_loss', 'zero_one_loss'],
  ['top_k_accuracy', 'top_2_accuracy'],
  ['rmse', 'root_mean_squared_error'],
  ['mse', 'mean_squared_error'],
  ['mae', 'mean_absolute_error'],
  ['mape', 'mean_absolute_percentage_error'],
  ['msle', 'mean_squared_log_error'],
  ['rmsle', 'root_mean_squared_log_error'],
]);

/**
 * The metric of that name: scikit-learn's of a scorer (`neg_log_loss`, whose sign here stays that of the plain metric) or of a function
 * (`f1_score`), or a common short form. A number of its own follows an `@`.
 * @throws MillwrightError `OPTION_INVALID` with the nearest name and all names
 * @example metric('roc_auc').compute({ actual, predicted, outputs: 2 })
 * @example metric('fbeta@2')
 */
export function metric(id: string): Metric {
  const name = id.trim().toLowerCase();
  const bare = name.replace(/^neg_/, '');
  const stem = bare.replace(/_score$/, '');
  for (const known of [name, bare, stem, `${bare}_score`]) {
    const found = byId.get(known) ?? byId.get(aliases.get(known) ?? '');
    if (found) return found;
  }
  const [, family = '', number] = /^(.+?)@(-?\d+(?:\.\d+)?)$/.exec(bare.replace(/^f(\d+(\.\d+)?)$/, 'fbeta@$1')) ?? [];
  const made = families.get(family) ?? families.get(`${family}_score`) ?? families.get(family.replace(/_score$/, ''));
  if (made) {
    if (made.allows(Number(number))) return made.make(Number(number));
    throw new MillwrightError('OPTION_INVALID', `The number of the metric "${id}" must be ${made.range}.`);
  }
  if (families.has(bare)) throw new MillwrightError('OPTION_INVALID', `The metric "${id}" needs a number.`, example(bare));
  const near = nearestName(id, [...byId.keys(), ...aliases.keys(), ...families.keys()]);
  throw new MillwrightError(
    'OPTION_INVALID',
    `There is no metric "${id}".`,
    `${near ? `Did you mean "${near}"? ` : ''}Metrics: ${[...byId.keys(), ...exampleNames()].join(', ')}.`,
  );
}

const example = (family: string): string => `Write for example "${family}@${families.get(family)?.example}".`;

function exampleNames(task?: TaskKind): string[] {
  return [...families]
    .filter(([, f]) => task === undefined || f.make(f.example).tasks.includes(task))
    .map(([name, f]) => `${name}@${f.example}`);
}

/** The metrics that fit a kind of task. */
export function metricsFor(task: TaskKind): readonly Metric[] {
  return metrics.filter((m) => m.tasks.includes(task));
}

/**
 * The metric of that name, if it fits the task.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function metricFor(id: string, task: TaskKind): Metric {
  const found = metric(id);
  if (found.tasks.includes(task)) return found;
  throw new MillwrightError(
    'OPTION_INVALID',
    `The metric "${found.id}" does not fit a ${task} task.`,
    `Metrics that do: ${[...metricsFor(task).map((m) => m.id), ...exampleNames(task)].join(', ')}.`,
  );
}

/** The metric that a model is chosen by unless told otherwise. */
export function defaultMetric(task: TaskKind): Metric {
  return metric(task === 'binary' ? 'roc_auc' : task === 'multiclass' ? 'log_loss' : 'root_mean_squared_error');
}

const usual: Readonly<Record<TaskKind, readonly string[]>> = {
  binary: [
    'roc_auc',
    'average_precision',
    'log_loss',
    'brier_score_loss',
    'accuracy',
    'balanced_accuracy',
    'f1',
    'precision',
    'recall',
    'f1_macro',
    'f1_weighted',
    'matthews_corrcoef',
    'cohen_kappa',
  ],
  multiclass: [
    'roc_auc_ovr',
    'log_loss',
    'brier_score_loss',
    'top_2_accuracy',
    'accuracy',
    'balanced_accuracy',
    'f1_macro',
    'f1_weighted',
    'matthews_corrcoef',
    'cohen_kappa',
  ],
  regression: [
    'root_mean_squared_error',
    'mean_absolute_error',
    'r2',
    'mean_squared_error',
    'median_absolute_error',
    'mean_absolute_percentage_error',
    'root_mean_squared_log_error',
    'mean_poisson_deviance',
  ],
};

/** The metrics that every model is scored by, the most telling first, and the one that it is chosen by: each more costs time in every resample. */
export function usualMetrics(task: TaskKind, chosen: Metric, costs?: Costs): readonly Metric[] {
  const found = usual[task].map((id) => (id === chosen.id ? chosen : metric(id)));
  const cost = costs && chosen.id !== 'expected_cost' ? [expectedCost(costs)] : [];
  return found.includes(chosen) ? [...found, ...cost] : [chosen, ...found, ...cost];
}

/**
 * A deviance of amounts says nothing of amounts below 0.
 * @throws MillwrightError `OPTION_INVALID` when a target lies outside of what the metric is defined for
 */
export function checkTargets({ id, targets }: Metric, actual: Float64Array): void {
  if (!targets) return;
  const { from, above } = targets;
  let least = Number.POSITIVE_INFINITY;
  for (const a of actual) if (a < least) least = a;
  if (above ? least > from : least >= from) return;
  throw new MillwrightError(
    'OPTION_INVALID',
    `The metric "${id}" is for targets ${above ? `above ${from}` : `of at least ${from}`}; here the least is ${least}.`,
    'Choose another metric, or leave those rows out.',
  );
}
