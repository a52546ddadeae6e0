import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { type ColumnType, type ColumnUse, isInput, type Schema, type Task, type TaskKind } from '../../core/schema.js';
import type { Plan } from '../../engine/automl/plan.js';
import { proposePlan } from '../../engine/automl/propose-plan.js';
import type { CostWords } from '../../engine/evaluate/cost-matrix.js';
import type { OwnMetric } from '../../engine/evaluate/metrics/own-metric.js';
import type { Calendar } from '../../engine/prep/calendar.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { inferTask, withTask } from '../../engine/prep/infer-task.js';
import { timeColumn } from '../../engine/prep/infer-time.js';
import type { DataSource } from '../data/data-source.js';
import { withEmbargo } from './embargo.js';
import { plannedTypes, schemaOfPlan } from './plan-schema.js';
import { rowLimit } from './row-limit.js';

/** What a person decides about the question; the rest is inferred. */
export interface Question {
  target: string;
  task?: TaskKind;
  drop?: readonly string[];
  types?: ReadonlyMap<string, ColumnType>;
  metric?: string | OwnMetric;
  /** What calls cost. */
  costs?: CostWords;
  /** Share of the rows kept aside. */
  holdout?: number;
  group?: string;
  /** The column in whose order rows happened, `none` where their order does not matter; absent: inferred. */
  time?: string;
  /** A gap before what is judged, by time: `7d`, or a number of the column. */
  embargo?: string;
  seed?: number;
  /** Seconds for the whole run; null: no limit. */
  budget?: number | null;
  maxRows?: number;
  /** Bytes that the process may take; the usual when absent. */
  memory?: number;
  /** Microseconds that the model may take a row; null: no limit. */
  latency?: number | null;
  /** Bytes that its file may have; null: no limit. */
  size?: number | null;
  /** Only a model that a person can read. */
  interpretable?: boolean;
  /** Whether columns are made of others; absent: auto. */
  features?: 'auto' | 'off';
  /** Whose holidays dates are told by. */
  holidays?: readonly Calendar[];
}

/** A question ready to be trained on. */
export interface AskedQuestion {
  schema: Schema;
  task: Task;
  plan: Plan;
}

/**
 * Infers what the columns mean, which task the target asks for, and proposes a plan.
 * @throws MillwrightError `TARGET_…`, `COLUMN_NOT_FOUND`, `OPTION_INVALID`, `NO_FEATURES`
 */
export async function askQuestion(source: DataSource, question: Question, data: Plan['data']): Promise<AskedQuestion> {
  const { target, drop = [], types, group, time } = question;
  const samples = await source.samples();
  const found = inferSchema(samples, { target, drop, overrides: types });
  // a column may be called so
  const anyOrder = time === 'none' && !samples.some((s) => s.name === time);
  const isOrder = anyOrder ? undefined : (time ?? (group === undefined ? timeColumn(found, samples) : undefined));
  const schema = used(used(found, group, 'group', '--group'), isOrder, 'time', '--time');
  const task = inferTask(columnOf(schema, target), await source.counts(target), question.task);
  const typed = withTask(schema, task);
  const maxRows = rowLimit(source.rowCount, samples, typed, question.maxRows, question.memory);
  let plan = proposePlan({
    schema: typed,
    task,
    rows: Math.min(source.rowCount, maxRows ?? Number.POSITIVE_INFINITY),
    options: {
      data: { ...data, ...(maxRows !== undefined && { maxRows }) },
      metric: question.metric,
      costs: question.costs,
      seed: question.seed,
      budget: question.budget,
      drop,
      limits: limitsAsked(question),
      features: question.features,
      holidays: calendarsFor(question, typed),
    },
  });
  if (question.holdout !== undefined)
    plan.holdout = { ...plan.holdout, fraction: question.holdout, reason: `${plan.holdout.reason} The share was set by hand.` };
  if (question.embargo !== undefined) plan = withEmbargo(plan, typed, question.embargo);
  return { schema: schemaOfPlan(plan, typed), task, plan };
}

/**
 * Takes a plan as the last word on columns and task.
 * @throws MillwrightError `PLAN_INVALID`, `COLUMN_NOT_FOUND`, `TARGET_…`
 */
export async function obeyPlan(source: DataSource, plan: Plan, memory?: number): Promise<AskedQuestion> {
  const samples = await source.samples();
  // only types that a person changed are forced, so that an unchanged plan gives the schema that it was made from
  const natural = inferSchema(samples, { target: plan.target });
  const planned = plannedTypes(plan);
  const changed = natural.columns
    .filter((c) => c.use !== 'target' && planned.has(c.name) && planned.get(c.name) !== c.type)
    .map((c) => c.name);
  const overrides = new Map(changed.map((name) => [name, planned.get(name) as ColumnType]));
  const schema = schemaOfPlan(plan, changed.length === 0 ? natural : inferSchema(samples, { target: plan.target, overrides }));
  const consistent =
    plan.task === 'regression' ? plan.classes.length === 0 : plan.task === 'binary' ? plan.classes.length === 2 : plan.classes.length > 2;
  const task: Task = consistent
    ? { kind: plan.task, target: plan.target, classes: plan.classes, reason: plan.taskReason }
    : inferTask(columnOf(schema, plan.target), await source.counts(plan.target), plan.task);
  const maxRows = rowLimit(source.rowCount, samples, schema, plan.data.maxRows, memory);
  const data = maxRows === undefined ? plan.data : { ...plan.data, maxRows };
  return { schema: withTask(schema, task), task, plan: { ...plan, classes: task.classes, data } };
}

/** @throws MillwrightError `OPTION_INVALID` where no column holds dates */
function calendarsFor({ holidays = [] }: Question, { columns }: Schema): Plan['holidays'] {
  if (holidays.length === 0) return undefined;
  if (columns.some((c) => c.type === 'datetime' && isInput(c))) return [...holidays];
  throw new MillwrightError(
    'OPTION_INVALID',
    '--holidays was given, but no column that is used holds dates.',
    'If one does, say so: --type day=datetime.',
  );
}

/** The limits that were asked for; undefined: the usual ones. */
function limitsAsked({ latency, size, interpretable }: Question): Plan['limits'] {
  const asked = {
    ...(latency !== undefined && { latency }),
    ...(size !== undefined && { size }),
    ...(interpretable && { interpretable }),
  };
  return Object.keys(asked).length > 0 ? asked : undefined;
}

function columnOf(schema: Schema, name: string) {
  const found = schema.columns.find((c) => c.name === name);
  if (!found) throw new MillwrightError('TARGET_NOT_FOUND', `There is no target column "${name}".`);
  return found;
}

/** Gives a column a use; another column that had it by inference becomes a plain feature. */
function used(schema: Schema, name: string | undefined, use: ColumnUse, option: string): Schema {
  if (name === undefined) return schema;
  const names = schema.columns.map((c) => c.name);
  const column = schema.columns.find((c) => c.name === name);
  if (!column) {
    const near = nearestName(name, names);
    throw new MillwrightError(
      'COLUMN_NOT_FOUND',
      `There is no column "${name}" for ${option}.`,
      near ? `Did you mean "${near}"?` : undefined,
    );
  }
  if (column.use === 'target') throw new MillwrightError('OPTION_INVALID', `The target "${name}" cannot be ${option} too.`);
  return {
    columns: schema.columns.map((c) => (c.name === name ? { ...c, use } : c.use === use ? { ...c, use: 'feature' } : c)),
  };
}
