import { availableParallelism } from 'node:os';
import { Deadline } from '../core/clock.js';
import { MillwrightError } from '../core/errors.js';
import type { ColumnType, TaskKind } from '../core/schema.js';
import { type Plan, parsePlan } from '../engine/automl/plan.js';
import type { Finding, RunProgress, RunResult } from '../engine/automl/result.js';
import type { OwnMetric } from '../engine/evaluate/metrics/own-metric.js';
import type { SearchSpace } from '../engine/learn/learner.js';
import { gravestFirst } from '../engine/prep/findings.js';
import { parseSpace, spaceFromData } from '../engine/search/space-overrides.js';
import type { TriedPoint } from '../engine/tune/tried-point.js';
import type { TuneMethod, TuneResult } from '../engine/tune/tune.js';
import type { Bundle } from '../model/bundle.js';
import { encodeBundle } from '../model/bundle-file.js';
import { type Row, type Scored, Scorer } from '../model/scorer.js';
import { askQuestion, obeyPlan } from './commands/ask-question.js';
import { writeWhole } from './commands/atomic-file.js';
import { readBundle } from './commands/bundle-io.js';
import { parseDuration } from './commands/duration.js';
import { loadHolidays } from './commands/load-holidays.js';
import { memoryCeiling } from './commands/memory-ceiling.js';
import { nodeClock } from './commands/node-clock.js';
import { costWords } from './commands/parse-costs.js';
import { parseLatency, parseSize } from './commands/quantity.js';
import { readPace, readTable, unreadRows } from './commands/read-table.js';
import { redact } from './commands/redact.js';
import { trainPlan } from './commands/train.js';
import { learnerNamed, methodNamed, smallGrid, spaceFor, tunedPlan, withFolds } from './commands/tune-question.js';
import { tuneTable } from './commands/tune-table.js';
import type { DataSource } from './data/data-source.js';
import { openSource } from './data/open-source.js';

export { type ErrorCode, MillwrightError } from '../core/errors.js';
export type { Schema, Task } from '../core/schema.js';
export { type Plan, parsePlan } from '../engine/automl/plan.js';
export type { Estimate, Finding, Importance, LeaderboardRow, RunProgress, RunResult, Tradeoff } from '../engine/automl/result.js';
export type { OwnMetric } from '../engine/evaluate/metrics/own-metric.js';
export type { AdwinOptions } from '../engine/monitor/adwin.js';
export { AdwinDetector } from '../engine/monitor/detectors/adwin-detector.js';
export { Ddm, type DdmOptions } from '../engine/monitor/detectors/ddm.js';
export type { Detector } from '../engine/monitor/detectors/detector.js';
export { Eddm, type EddmOptions } from '../engine/monitor/detectors/eddm.js';
export { Kswin, type KswinOptions } from '../engine/monitor/detectors/kswin.js';
export { PageHinkley, type PageHinkleyOptions } from '../engine/monitor/detectors/page-hinkley.js';
export type { TriedPoint } from '../engine/tune/tried-point.js';
export type { TuneMethod, TuneResult } from '../engine/tune/tune.js';
export type { Bundle } from '../model/bundle.js';
export type { Row, Scored } from '../model/scorer.js';
export type { DataSource } from './data/data-source.js';

/** A table that was opened, and where it came from. */
export interface Data {
  readonly from: readonly string[];
  readonly sql?: string;
  readonly source: DataSource;
  /** Lets go of files and databases. */
  close(): Promise<void>;
}

/** What is asked of a table; everything but the target is inferred when absent. */
export interface PlanOptions {
  target: string;
  task?: TaskKind;
  drop?: readonly string[];
  /** Columns to read as another type than inferred. */
  types?: Readonly<Record<string, ColumnType>> | ReadonlyMap<string, ColumnType>;
  /** A name (docs/metrics.md), or one of one's own. */
  metric?: string | OwnMetric;
  /** What wrong calls cost: `{ fp: 1, fn: 20, unit: 'EUR' }`, or `{ costs: { actual: { called: 3 } }, otherwise: 1 }`. */
  costs?: Readonly<Record<string, unknown>>;
  /** Share of the rows kept aside, 0 to 0.5. */
  holdout?: number;
  /** A column whose equal values belong together. */
  group?: string;
  /** A column that orders the rows in time. */
  time?: string;
  /** By time: rows nearer than this before what is judged are not trained on: `7d`, or a number in the unit of the column. */
  embargo?: string;
  seed?: number;
  /** Seconds, or a duration such as `2m`; `null` for no limit. Default 60. */
  budget?: number | string | null;
  maxRows?: number;
  /** What the model may take to answer a row, by estimate: microseconds, or a time such as `0.2ms`; `null` for no limit. Default 110. */
  latency?: number | string | null;
  /** What its file may be: bytes, or a size such as `1MB`. */
  size?: number | string | null;
  /** Only a model that a person can read, term by term. */
  interpretable?: boolean;
  /** Whether columns are made of others where that improves validation; `auto` unless told. */
  features?: 'auto' | 'off';
  /** Holidays that dates are told by: `DE`, `US-DC` (with the package date-holidays), or a file with a column of dates. */
  holidays?: string | readonly string[];
}

export interface RunOptions {
  /** The plan's metric, where it is one of one's own: the function that `plan` was given. */
  metric?: OwnMetric;
  onProgress?: (progress: RunProgress) => void;
  /** Ends the run early with the best so far; before there is any it rejects with `INTERRUPTED`. */
  signal?: AbortSignal;
  /** Default: one for each processor. The model does not depend on it. */
  threads?: number;
  /** Bytes that the process may take, or a size such as `1GB`; default: what the machine offers, less a fifth. */
  memory?: number | string;
}

/**
 * Opens files, patterns, `-`, or a database, and looks at every column once.
 * @throws MillwrightError `DATA_…`, `SQL_FAILED`
 * @example const data = await open('titanic.csv');
 */
export async function open(from: string | readonly string[], options: { sql?: string } = {}): Promise<Data> {
  const list = typeof from === 'string' ? [from] : from;
  const source = await openSource({ from: list, sql: options.sql });
  return { from: list, sql: options.sql, source, close: () => source.close() };
}

/**
 * Proposes what a run would do, as plain data to be read and edited.
 * @throws MillwrightError `TARGET_…`, `COLUMN_NOT_FOUND`, `OPTION_INVALID`, `NO_FEATURES`
 * @example const proposed = await plan(data, { target: 'survived', budget: 30 });
 */
export async function plan(data: Data, options: PlanOptions): Promise<Plan> {
  const { types, costs, budget = 60, latency, size, holidays = [], ...rest } = options;
  const milliseconds = budget === null ? null : parseDuration(String(budget), 'budget');
  const asked = await askQuestion(
    data.source,
    {
      ...rest,
      holidays: await loadHolidays([holidays].flat()),
      latency: typeof latency === 'string' ? parseLatency(latency, 'latency') : latency,
      size: typeof size === 'string' ? parseSize(size, 'size') : size,
      costs: costs && costWords(costs),
      types:
        types === undefined || types instanceof Map
          ? (types as ReadonlyMap<string, ColumnType> | undefined)
          : new Map(Object.entries(types)),
      budget: milliseconds === null ? null : milliseconds / 1000,
    },
    { from: data.from.map(redact), ...(data.sql !== undefined && { sql: data.sql }) },
  );
  return asked.plan;
}

/**
 * Does what a plan says: trains, chooses, scores, explains. The plan's budget counts from this call.
 * @throws MillwrightError `PLAN_INVALID`, `TARGET_…`, `TOO_FEW_ROWS`, `INTERRUPTED`
 * @example const { bundle, holdoutMetrics } = await run(data, proposed, { onProgress: console.log });
 */
export async function run(data: Data, proposed: Plan, options: RunOptions = {}): Promise<RunResult> {
  const obeyed = parsePlan(proposed);
  const deadline = new Deadline(nodeClock, obeyed.budget === null ? Number.POSITIVE_INFINITY : obeyed.budget * 1000);
  const interrupt = () => deadline.expire();
  const { signal } = options;
  if (signal?.aborted) throw new MillwrightError('INTERRUPTED', 'The run was interrupted before it began.');
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    options.onProgress?.({ step: 'read', message: data.source.label, done: 0 });
    const memory = memoryCeiling(options.memory === undefined ? undefined : parseSize(String(options.memory), 'memory'));
    const asked = await obeyPlan(data.source, obeyed, memory);
    const rows = await readTable(data.source, asked, readPace(deadline, obeyed.work));
    const threads = options.threads ?? availableParallelism();
    const result = await trainPlan(
      { ...asked, ...rows, dataHash: data.source.hash, ownMetric: options.metric },
      { deadline, threads, memory, onProgress: options.onProgress },
    );
    const notes: readonly Finding[] = [...data.source.notes, ...unreadRows(rows.read)];
    return { ...result, findings: gravestFirst([...notes, ...result.findings]) };
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** What a search varies and how. */
export interface TuneOptions extends RunOptions {
  /** Whose parameters; default `boosted-trees`. */
  learner?: string;
  /** Default `bayesian`. */
  method?: TuneMethod;
  /** Points at most, the defaults not counted; default: as many as the plan's budget allows. */
  trials?: number;
  /** What to search instead, as `learningRate=0.01..0.3:log,leaves=7|15|31,l2=3`, or by parameter: a range, choices, or the value to keep. */
  space?: string | Readonly<Record<string, SearchSpace | readonly (number | string | boolean)[] | number | string | boolean>>;
  /** Search nothing but what `space` names. */
  only?: boolean;
  /** Values a number, for a grid; default 3. */
  points?: number;
  /** Folds that a point is scored on; default: the plan's. */
  folds?: number;
  /** Trials of an earlier part of the same search, to go on with. */
  recorded?: readonly TriedPoint[];
  /** Called after each new trial with all so far. */
  onTrial?: (trials: readonly TriedPoint[]) => Promise<void> | void;
}

/**
 * Searches the parameters of one learner by cross validation on the plan's folds, the plan's holdout left out. The plan's budget counts from this call; with
 * `trials` there is no limit but their number. The same plan, space, method and number of trials give the same trials.
 * @returns the trials, the best of them, and a plan for `run` that has the best parameters
 * @throws MillwrightError `PLAN_INVALID`, `OPTION_INVALID`, `TARGET_…`, `TOO_FEW_ROWS`; `BUDGET_TOO_SMALL` and `INTERRUPTED` before anything is scored
 * @example
 * const data = await open('titanic.csv');
 * const found = await tune(data, await plan(data, { target: 'survived' }), { trials: 50, space: 'leaves=4..64:log' });
 * const { bundle } = await run(data, found.plan);
 */
export async function tune(data: Data, proposed: Plan, options: TuneOptions = {}): Promise<TuneResult & { plan: Plan }> {
  const { learner: id = 'boosted-trees', method = 'bayesian', space, only = false, folds, signal, threads, points, ...more } = options;
  const obeyed = withFolds(parsePlan(proposed), folds);
  const learner = learnerNamed(id);
  const limit = obeyed.budget === null || options.trials !== undefined ? Number.POSITIVE_INFINITY : obeyed.budget * 1000;
  const deadline = new Deadline(nodeClock, limit);
  const interrupt = () => deadline.expire();
  if (signal?.aborted) throw new MillwrightError('INTERRUPTED', 'The search was interrupted before it began.');
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const asked = await obeyPlan(data.source, obeyed);
    const overrides = typeof space === 'string' ? parseSpace(space) : spaceFromData(space ?? {});
    const whole = spaceFor(learner, asked.plan, overrides, only);
    const searched = methodNamed(method) === 'grid' && overrides.size === 0 ? smallGrid(whole, points ?? 3) : whole;
    const { table } = await readTable(data.source, asked, readPace(deadline, undefined));
    const input = { ...asked, ...more, table, learner, method, points, space: searched, deadline };
    const found = await tuneTable(input, threads ?? availableParallelism());
    return { ...found, plan: tunedPlan(asked.plan, learner, found) };
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

const scorers = new WeakMap<Bundle, Scorer>();

/**
 * Scores plain objects: one, or many. Cells may be text as in a file, or JavaScript values; absent ones count as missing.
 * @throws MillwrightError `SCHEMA_MISMATCH` when a row is not an object
 * @example predict(bundle, { age: 31, city: 'Oslo' }).prediction
 */
export function predict(bundle: Bundle, row: Row): Scored;
export function predict(bundle: Bundle, rows: readonly Row[]): Scored[];
export function predict(bundle: Bundle, rows: Row | readonly Row[]): Scored | Scored[] {
  let scorer = scorers.get(bundle);
  if (!scorer) {
    scorer = new Scorer(bundle);
    scorers.set(bundle, scorer);
  }
  return scorer.predict(rows as Row);
}

/** Writes a bundle as a `.mill` file: whole, or not at all. @throws MillwrightError `OUTPUT_FAILED` */
export async function save(bundle: Bundle, path: string): Promise<void> {
  await writeWhole(path, await encodeBundle(bundle));
}

/** Reads a `.mill` file, or the one in a run's folder. @throws MillwrightError `BUNDLE_UNREADABLE`, `BUNDLE_TAMPERED`, `BUNDLE_TOO_NEW` */
export function load(path: string): Promise<Bundle> {
  return readBundle(path);
}
