import { MillwrightError } from '../../../core/errors.js';
import { nearestName } from '../../../core/nearest-name.js';
import type { TaskKind } from '../../../core/schema.js';
import { calledMetrics } from './called.js';
import type { Metric } from './metric.js';
import { probabilityMetrics } from './probability.js';
import { rankingMetrics } from './ranking.js';
import { regressionMetrics } from './regression.js';

/** Every metric, the most telling first within each group. */
export const metrics: readonly Metric[] = [...rankingMetrics, ...probabilityMetrics, ...calledMetrics, ...regressionMetrics];

const byId = new Map(metrics.map((m) => [m.id, m]));

/** Names that people also use, scikit-learn's `neg_…` scorers among them (the sign here stays that of the plain metric). */
const aliases = new Map([
  ['auc', 'roc_auc'],
  ['logloss', 'log_loss'],
  ['ap', 'average_precision'],
  ['brier', 'brier_score_loss'],
  ['mcc', 'matthews_corrcoef'],
  ['kappa', 'cohen_kappa'],
  ['cohen_kappa_score', 'cohen_kappa'],
  ['rmse', 'root_mean_squared_error'],
  ['mse', 'mean_squared_error'],
  ['mae', 'mean_absolute_error'],
  ['mape', 'mean_absolute_percentage_error'],
  ['rmsle', 'root_mean_squared_log_error'],
]);

/**
 * The metric of that name (scikit-learn's, or a common short form).
 * @throws MillwrightError `OPTION_INVALID` with the nearest name and all names
 * @example metric('roc_auc').compute({ actual, predicted, outputs: 2 })
 */
export function metric(id: string): Metric {
  const name = id.trim().toLowerCase();
  const found = byId.get(name) ?? byId.get(aliases.get(name) ?? '') ?? byId.get(name.replace(/^neg_|_score$/g, ''));
  if (found) return found;
  const near = nearestName(id, [...byId.keys(), ...aliases.keys()]);
  throw new MillwrightError(
    'OPTION_INVALID',
    `There is no metric "${id}".`,
    `${near ? `Did you mean "${near}"? ` : ''}Metrics: ${[...byId.keys()].join(', ')}.`,
  );
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
    `Metrics that do: ${metricsFor(task)
      .map((m) => m.id)
      .join(', ')}.`,
  );
}

/** The metric that a model is chosen by unless told otherwise. */
export function defaultMetric(task: TaskKind): Metric {
  return metric(task === 'binary' ? 'roc_auc' : task === 'multiclass' ? 'log_loss' : 'root_mean_squared_error');
}
