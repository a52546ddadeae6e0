import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { calendar } from '../prep/calendar.js';
import { featureSpec } from '../prep/feature-spec.js';

const columnFormat = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    decimal: z.enum(['.', ',']),
    group: z.string().max(4),
    affixes: z.array(z.string().max(40)).max(40),
    percent: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('boolean'), true: z.array(z.string()), false: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('datetime'), patterns: z.array(z.string().max(60)).min(1).max(20) }),
]);

const plannedColumn = z.strictObject({
  name: z.string(),
  type: z.enum(['number', 'boolean', 'datetime', 'category', 'text', 'id']),
  use: z.enum(['feature', 'target', 'ignore', 'group', 'time', 'weight']),
  reason: z.string(),
  format: columnFormat.optional(),
  missing: z.array(z.string()),
});

const splitPlan = z.strictObject({
  /** `order`: as by time, by the order of the rows in the table. */
  kind: z.enum(['random', 'stratified', 'group', 'time', 'order']),
  /** The group or time column. */
  column: z.string().optional(),
  /** By time: rows nearer than this before what is predicted are not trained on; milliseconds for dates, else the column's own unit. */
  embargo: z.number().min(0).optional(),
  reason: z.string(),
});

const candidate = z.strictObject({
  /** A learner's id in the catalog. */
  learner: z.string(),
  /** Only what differs from the learner's defaults. */
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  /** False: this candidate sees the columns as they are, without what the plan's preparation makes or drops. */
  prepared: z.boolean().optional(),
  /** True: sees only columns that tell more than shuffled ones, chosen anew on the training rows of every fold. */
  selected: z.boolean().optional(),
  /** True: learns from rows without an answer too, which the best of the others answer for it. */
  taught: z.boolean().optional(),
});

/** Columns that all candidates see besides those of the schema, or no longer see, and why. */
const preparation = z.strictObject({
  features: z.array(featureSpec).max(1000).default([]),
  drop: z.array(z.string()).max(100_000).default([]),
  reason: z.string().default(''),
});

/** Counts of work that a run did; a plan that carries them repeats the run byte for byte, whatever the clock says. */
const work = z.record(z.string(), z.record(z.string(), z.number()));

const plan = z.strictObject({
  version: z.literal(1),
  /** What the rows came from, as given on the command line. */
  data: z.strictObject({ from: z.array(z.string()), sql: z.string().optional(), maxRows: z.number().int().positive().optional() }),
  target: z.string(),
  task: z.enum(['binary', 'multiclass', 'regression']),
  taskReason: z.string(),
  /** For two classes the second is the positive one. */
  classes: z.array(z.string()),
  metric: z.string(),
  /** Of a metric of one's own: what it is known by. The function itself must be brought along. */
  ownMetric: z
    .strictObject({
      name: z.string().max(60),
      greaterIsBetter: z.boolean(),
      hash: z.string().max(64).optional(),
    })
    .optional(),
  seed: z.number().int().min(0).max(0xffffffff),
  /** Seconds for the whole run; null: no limit. */
  budget: z.number().positive().nullable(),
  columns: z.array(plannedColumn),
  holdout: splitPlan.extend({ fraction: z.number().min(0).max(0.9) }),
  /** Divided `repeats` times anew into as many folds; once unless told. */
  validation: splitPlan.extend({ folds: z.number().int().min(1).max(20), repeats: z.number().int().min(1).max(20).optional() }),
  candidates: z.array(candidate).min(1),
  /** `auto`: the run hears columns that could be made, and keeps those that improve validation; absent: none are made. */
  preparation: z.union([z.literal('auto'), preparation]).optional(),
  /** Whose holidays every date is told by, the days themselves, so that a repetition needs nothing else. */
  holidays: z.array(calendar).max(10).optional(),
  /** Candidates at most that a Bayesian search adds, of the same learners, as far as the budget goes; absent: none. */
  search: z.strictObject({ trials: z.number().int().min(0).max(10_000) }).optional(),
  /** Probability from which a row is called positive; `auto` picks it on out-of-fold predictions. */
  threshold: z.union([z.literal('auto'), z.number().min(0).max(1)]).default('auto'),
  /** What the final model may cost; what is absent is as usual. */
  limits: z
    .strictObject({
      /** Microseconds to answer a row, by estimate; null: no limit. 110 when absent. */
      latency: z.number().positive().nullable().optional(),
      /** Bytes of the model's file; null or absent: no limit. */
      size: z.number().positive().nullable().optional(),
      /** One model that a person can read. */
      interpretable: z.boolean().optional(),
    })
    .optional(),
  /** What calls cost, by actual and called class in the order of `classes`; each row is called what costs least. */
  costs: z
    .strictObject({ matrix: z.array(z.array(z.number().min(-1e15).max(1e15)).max(1000)).max(1000), unit: z.string().max(20).optional() })
    .optional(),
  work: work.optional(),
});

/** What a run will do, as plain data that a person may read and edit first. */
export type Plan = z.infer<typeof plan>;
export type SplitPlan = z.infer<typeof splitPlan>;
export type Work = z.infer<typeof work>;

/**
 * Checks a plan that was read from outside.
 * @throws MillwrightError `PLAN_INVALID` naming the first wrong place
 */
export function parsePlan(value: unknown): Plan {
  const parsed = plan.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MillwrightError(
    'PLAN_INVALID',
    `The plan is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`,
    'Correct the plan file, or write a new one with `millwright plan`.',
  );
}
