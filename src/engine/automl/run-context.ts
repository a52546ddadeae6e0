import type { Deadline } from '../../core/clock.js';
import { outputCount } from '../../core/schema.js';
import type { Metric } from '../evaluate/metrics/metric.js';
import type { KernelHost } from '../kernels/kernel-host.js';
import type { FoldContext } from './fold.js';
import type { Plan } from './plan.js';
import type { ProgressReporter } from './progress-reporter.js';
import type { WorkLog } from './work-log.js';

/** What all stages of a run share. */
export interface RunContext extends FoldContext {
  readonly plan: Plan;
  readonly log: WorkLog;
  /** The run's end; in a repetition it moves for an interrupt alone. */
  readonly limit: Deadline;
  /** By which candidates are compared. */
  readonly metric: Metric;
  /** The kernels, with their threads. */
  readonly host?: KernelHost;
  readonly progress: ProgressReporter;
}

/** The run's metric, in its own sign. */
export function scoreOf(context: RunContext, actual: Float64Array, predicted: Float64Array, weights?: Float64Array): number {
  return context.metric.compute({ actual, predicted, outputs: outputCount(context.task), weights });
}

/** Whether `a` is better than `b`; an undefined score (NaN) is better than none. */
export function isBetter(context: RunContext, a: number, b: number): boolean {
  if (Number.isNaN(a)) return false;
  if (Number.isNaN(b)) return true;
  return context.metric.greaterIsBetter ? a > b : a < b;
}
