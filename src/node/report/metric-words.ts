import type { Plan } from '../../engine/automl/plan.js';
import { expectedCost } from '../../engine/evaluate/metrics/expected-cost.js';
import type { Metric } from '../../engine/evaluate/metrics/metric.js';
import { metric } from '../../engine/evaluate/metrics/registry.js';
import { decimals, number, percent } from './format.js';

/** How a metric is called, read and written in the report. */
export interface MetricWords {
  label: string;
  /** What it means, in a sentence. */
  plain?: string;
  /** True when a larger value is a better one. */
  higher: boolean;
  format: (value: number) => string;
}

const SHARES = /^(accuracy|balanced_accuracy|zero_one_loss|precision|recall|top_\w+accuracy|mean_absolute_percentage_error)/;

/** A label inside a sentence: "Log loss" becomes "log loss", "ROC AUC" stays. */
export function inSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label[0]?.toLowerCase() + label.slice(1) : label;
}

/** Words for a metric by its name; an unknown name stands for itself. */
export function metricWords(name: string, plan: Pick<Plan, 'ownMetric' | 'costs'>): MetricWords {
  const own = plan.ownMetric?.name === name ? plan.ownMetric : undefined;
  if (own) return { label: name, plain: 'A measure of your own.', higher: own.greaterIsBetter, format: (x) => number(x, 3) };
  const found = name === 'expected_cost' && plan.costs ? expectedCost(plan.costs) : lookUp(name);
  const label = found?.title ?? name.replaceAll('_', ' ');
  const higher = found?.greaterIsBetter ?? !/error|loss|deviance|cost/.test(name);
  const format = SHARES.test(found?.id ?? name)
    ? (x: number) => percent(x, 1)
    : found && inUnits(found)
      ? (x: number) => number(x, 3)
      : (x: number) => decimals(x, 3);
  return { label, plain: found?.plain, higher, format };
}

/** True for errors in the target's own unit, whose size can be anything. */
function inUnits(m: Metric): boolean {
  return m.tasks.includes('regression') && !(m.greaterIsBetter || /log|percentage/.test(m.id));
}

function lookUp(name: string): Metric | undefined {
  try {
    return metric(name);
  } catch {
    return undefined;
  }
}
