import type { Deadline } from '../../core/clock.js';
import type { Rng } from '../../core/rng.js';
import { outputCount, type Schema, type Task } from '../../core/schema.js';
import type { Catalog } from '../catalog.js';
import type { Metric } from '../evaluate/metrics/metric.js';
import type { AnsweredRows } from './answered-rows.js';
import type { FitTeam } from './fit-team.js';
import type { Pace } from './pace.js';
import type { Plan } from './plan.js';
import type { ProgressReporter } from './progress-reporter.js';
import type { Trial } from './trial.js';
import type { WorkLog } from './work-log.js';

/** What all stages of a run share. */
export interface RunContext {
  readonly answered: AnsweredRows;
  readonly schema: Schema;
  readonly task: Task;
  readonly catalog: Catalog;
  readonly plan: Plan;
  readonly log: WorkLog;
  readonly pace: Pace;
  /** The run's end; in a repetition it moves for an interrupt alone. */
  readonly limit: Deadline;
  readonly rng: Rng;
  /** By which candidates are compared. */
  readonly metric: Metric;
  /** Does the fits. */
  readonly team: FitTeam;
  readonly progress: ProgressReporter;
  /** Told after each round of fits. */
  readonly onFits?: (trials: readonly Trial[]) => void;
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

/** For sorting, the better score first; equals keep their order. */
export function betterFirst(context: RunContext, a: number, b: number): number {
  if (isBetter(context, a, b)) return -1;
  return isBetter(context, b, a) ? 1 : 0;
}
