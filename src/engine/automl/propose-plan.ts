import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { type ColumnSchema, isInput, outputCount, type Schema, type Task } from '../../core/schema.js';
import { type CostWords, costMatrix } from '../evaluate/cost-matrix.js';
import { checkOwnMetric, type OwnMetric } from '../evaluate/metrics/own-metric.js';
import { defaultMetric, metricFor } from '../evaluate/metrics/registry.js';
import { proposeSplit } from '../evaluate/propose-split.js';
import { limitedCandidates } from './limits/limited-candidates.js';
import { limitsOf } from './limits/limits.js';
import type { Plan } from './plan.js';
import { proposeCandidates } from './propose-candidates.js';

/** What a person may decide beforehand. */
export interface PlanOptions {
  /** Where the rows came from, kept in the plan for its repetition. */
  data?: Plan['data'];
  /** A metric's name, or one of one's own; the task's default unless told. */
  metric?: string | OwnMetric;
  /** What calls cost; then models are chosen by the expected cost unless told otherwise. */
  costs?: CostWords;
  /** 0 unless told. */
  seed?: number;
  /** Seconds for the whole run; null or absent: no limit. */
  budget?: number | null;
  /** Columns to leave out. */
  drop?: readonly string[];
  /** What the final model may cost; the usual when absent. */
  limits?: Plan['limits'];
  /** Whether columns are made of others where that improves validation; `auto` unless told. */
  features?: 'auto' | 'off';
  /** Whose holidays dates are told by. */
  holidays?: Plan['holidays'];
  /** Instead of the proposed ones. */
  candidates?: Plan['candidates'];
}

/** Trials of the search that follows the candidates: on few rows the best of many is the luckiest. */
function searchTrials(rows: number): number {
  return Math.min(100, Math.max(10, Math.floor(rows / 50)));
}

/**
 * Proposes what a run should do, as plain data that a person may edit. The same schema, rows and options give the same plan: no clock is asked.
 * @param rows rows of the table
 * @throws MillwrightError `COLUMN_NOT_FOUND` for a dropped column that is not there, `OPTION_INVALID` for a metric that does not fit, `NO_FEATURES`
 * @example proposePlan({ schema, task, rows: table.rows, options: { budget: 60, seed: 1 } })
 */
export function proposePlan(input: { schema: Schema; task: Task; rows: number; options?: PlanOptions }): Plan {
  const { task, rows, options = {} } = input;
  const columns = planColumns(input.schema, task, options.drop ?? []);
  const features = columns.filter((c) => isInput(c) && c.type !== 'id');
  if (features.length === 0)
    throw new MillwrightError(
      'NO_FEATURES',
      'No column is left to predict from.',
      'Bring a table with more columns, drop fewer, or set a column to use "feature" in the plan.',
    );
  const group = columns.find((c) => c.use === 'group');
  const time = columns.find((c) => c.use === 'time');
  const split = proposeSplit({
    task,
    rows,
    columns: features.length,
    classCounts: classCounts(
      columns.find((c) => c.name === task.target),
      task,
    ),
    group: group && { name: group.name, groups: group.stats.distinct },
    time: time && { name: time.name, distinct: time.stats.distinct },
  });
  const own = typeof options.metric === 'object' ? checkOwnMetric(options.metric) : undefined;
  const costs = options.costs && costMatrix(options.costs, task);
  const metric = own?.name ?? nameOf(options.metric as string | undefined, task, costs !== undefined);
  const budget = options.budget ?? null;
  const proposed = proposeCandidates({
    task,
    metric,
    rows,
    features,
    folds: split.validation.folds,
    byTime: split.validation.kind === 'time',
    budget,
    latency: limitsOf(options).latency,
  });
  return {
    version: 1,
    data: options.data ?? { from: [] },
    target: task.target,
    task: task.kind,
    taskReason: task.reason,
    classes: [...task.classes],
    metric,
    ...(own && { ownMetric: own }),
    seed: options.seed ?? 0,
    budget,
    columns: columns.map(({ name, type, use, reason, format, missing }) => ({
      name,
      type,
      use,
      reason,
      ...(format && { format }),
      missing: [...missing],
    })),
    holdout: split.holdout,
    validation: plannedValidation(split.validation, proposed),
    candidates: options.candidates ?? limitedCandidates(proposed.candidates, limitsOf(options), outputCount(task)),
    ...(options.limits && { limits: options.limits }),
    ...(!options.candidates && !options.limits?.interpretable && { search: { trials: searchTrials(rows) } }),
    ...(options.features !== 'off' && { preparation: 'auto' as const }),
    ...(options.holidays && { holidays: options.holidays }),
    threshold: 'auto',
    ...(costs && { costs: { matrix: costs.matrix.map((row) => [...row]), ...(costs.unit !== undefined && { unit: costs.unit }) } }),
  };
}

function nameOf(asked: string | undefined, task: Task, costs: boolean): string {
  if (asked === undefined) return costs ? 'expected_cost' : defaultMetric(task.kind).id;
  if (asked.trim().toLowerCase() !== 'expected_cost') return metricFor(asked, task.kind).id;
  if (costs) return 'expected_cost';
  throw new MillwrightError('OPTION_INVALID', 'The expected cost needs costs.', 'Give them, for example with --costs fp=1,fn=20.');
}

function planColumns(schema: Schema, task: Task, drop: readonly string[]): ColumnSchema[] {
  const names = schema.columns.map((c) => c.name);
  for (const name of drop) {
    if (names.includes(name)) continue;
    const near = nearestName(name, names);
    throw new MillwrightError(
      'COLUMN_NOT_FOUND',
      `There is no column "${name}" to drop.`,
      near ? `Did you mean "${near}"?` : `Columns: ${names.slice(0, 30).join(', ')}.`,
    );
  }
  return schema.columns.map((column) => {
    if (column.name === task.target) return { ...column, use: 'target' };
    return drop.includes(column.name) ? { ...column, use: 'ignore', reason: 'It was asked to be left out.' } : column;
  });
}

/** Rows of each class as far as the profile counted them; the rest share what remains. */
function classCounts(target: ColumnSchema | undefined, task: Task): number[] {
  if (task.kind === 'regression' || !target) return [];
  const { top, rows, missing } = target.stats;
  const counts = top.slice(0, task.classes.length).map((t) => t.count);
  const others = task.classes.length - counts.length;
  const left = rows - missing - counts.reduce((a, b) => a + b, 0);
  for (let i = 0; i < others; i++) counts.push(Math.max(0, Math.floor(left / others)));
  return counts;
}

/** The folds that the budget bears, and why they are as many. */
function plannedValidation(validation: Plan['validation'], { folds, repeats }: { folds: number; repeats: number }): Plan['validation'] {
  if (repeats > 1) {
    const reason = `${validation.reason.replace(/in \d+ parts/, `in ${folds} parts`)} That is done ${repeats} times with other parts: with few rows, one way of splitting them is luck too.`;
    return { ...validation, folds, repeats, reason };
  }
  if (folds === validation.folds) return validation;
  const reason =
    folds === 1
      ? 'One part of the training rows is used to choose the model: there are too many rows for more within the budget.'
      : `The training rows are split in ${folds} parts, fewer than usual, to stay within the budget.`;
  return { ...validation, folds, reason };
}
