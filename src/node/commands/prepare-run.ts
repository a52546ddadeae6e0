import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import type { Plan } from '../../engine/automl/plan.js';
import type { Finding } from '../../engine/automl/result.js';
import type { CostWords } from '../../engine/evaluate/cost-matrix.js';
import { openSource } from '../data/open-source.js';
import { askQuestion, obeyPlan, type Question } from './ask-question.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';
import { loadHolidays } from './load-holidays.js';
import { loadMetric } from './load-metric.js';
import { memoryCeiling } from './memory-ceiling.js';
import { parseTypes, splitNames } from './name-list.js';
import { nodeClock } from './node-clock.js';
import { parseCosts } from './parse-costs.js';
import { readPlan } from './plan-file.js';
import { type ReadWork, readPace, readTable, unreadRows } from './read-table.js';
import { redact } from './redact.js';
import type { PreparedRun } from './train.js';

/** The options that `run` and `plan` share, checked. `budget` counts milliseconds. */
export interface AskedOptions extends Omit<Question, 'target' | 'types' | 'budget' | 'drop' | 'costs' | 'holidays'> {
  costs?: string | CostWords;
  data: string[];
  sql?: string;
  target?: string;
  type: string[];
  drop: string[];
  /** Countries or files of dates, as given. */
  holidays?: string[];
  budget?: number | null;
  /** A file, or a plan that was read. */
  plan?: string | Plan;
  /** SHA-256 that the data must have; empty or absent: any. */
  dataHash?: string;
  /** What an earlier part of this run read. */
  earlier?: { readonly read?: ReadWork };
  threads?: number;
}

/** Milliseconds that a run may take when nobody says. */
export const DEFAULT_BUDGET = 60_000;

const FIXED_BY_PLAN = [
  'target',
  'task',
  'metric',
  'costs',
  'holdout',
  'group',
  'time',
  'embargo',
  'maxRows',
  'features',
  'latency',
  'size',
  'interpretable',
] as const;

/** Reads the data and settles what is asked of it: by the options, or by the plan that they name. */
export async function prepareRun(
  options: AskedOptions,
  context: CommandContext,
): Promise<PreparedRun & { notes: readonly Finding[]; label: string }> {
  const written = options.plan === undefined ? undefined : overridden(await plannedRun(options, options.plan), options);
  const types = parseTypes(options.type);
  const metric = typeof options.metric === 'string' ? await loadMetric(options.metric) : options.metric;
  const costs = typeof options.costs === 'string' ? await parseCosts(options.costs) : options.costs;
  const holidays = await loadHolidays(options.holidays ?? []);
  const ownMetric = typeof metric === 'object' ? metric : undefined;
  context.onProgress?.({ step: 'read', message: redact(options.data.join(', ')), done: 0 });
  const data: Plan['data'] = {
    from: options.data,
    ...((options.sql ?? written?.data.sql) !== undefined && { sql: options.sql ?? written?.data.sql }),
  };
  const budget = written ? written.budget : secondsOf(options.budget);
  const left = budget === null ? Number.POSITIVE_INFINITY : context.startedAt + budget * 1000 - nodeClock.now();
  const pace = readPace(new Deadline(nodeClock, left), written?.work ?? readEarlier(options.earlier));
  const ceiling = memoryCeiling(options.memory);
  const source = await openSource(data, {
    ...duckShare(options.threads, ceiling),
    signal: context.signal,
    deadline: pace.profile,
    firstRows: pace.recorded?.seen,
  });
  const kept = { ...data, from: data.from.map(redact) };
  try {
    stopIfAborted(context);
    checkHash(source.hash, options.dataHash, source.label);
    context.onProgress?.({ step: 'plan', message: '', done: 0.02 });
    const asked = written
      ? await obeyPlan(source, { ...written, data: { ...written.data, ...kept } }, ceiling)
      : await askQuestion(source, { ...questionOf({ ...options, metric, costs, memory: ceiling }, types, source.columns), holidays }, kept);
    stopIfAborted(context);
    const rows = await readTable(source, asked, pace);
    stopIfAborted(context);
    return { ...asked, ...rows, dataHash: source.hash, ownMetric, notes: [...source.notes, ...unreadRows(rows.read)], label: source.label };
  } finally {
    await source.close();
  }
}

/** The question that options ask of a table with these columns. */
export function questionOf(options: AskedOptions, types: Question['types'], columns: readonly string[]): Question {
  if (options.target === undefined)
    throw new MillwrightError('USAGE', 'No target was given.', 'Name the column to predict with --target, or a plan with --plan.');
  const { task, metric, costs, holdout, group, time, embargo, seed, maxRows, memory, latency, size, interpretable, features } = options;
  const budget = secondsOf(options.budget);
  return {
    target: options.target,
    task,
    metric,
    costs: typeof costs === 'string' ? undefined : costs,
    holdout,
    group,
    time,
    embargo,
    seed,
    maxRows,
    memory,
    latency,
    size,
    interpretable,
    features,
    types,
    budget,
    drop: splitNames(options.drop, new Set(columns)),
  };
}

async function plannedRun(options: AskedOptions, given: string | Plan): Promise<Plan> {
  const plan = typeof given === 'string' ? await readPlan(given) : given;
  const agrees = (name: (typeof FIXED_BY_PLAN)[number]): boolean =>
    (name === 'target' && options.target === plan.target) || (name === 'metric' && plan.ownMetric !== undefined);
  const clash = FIXED_BY_PLAN.find((name) => options[name] !== undefined && !agrees(name));
  const named = clash ?? (options.drop.length ? 'drop' : options.type.length ? 'type' : options.holidays?.length ? 'holidays' : undefined);
  if (named)
    throw new MillwrightError(
      'USAGE',
      `--${named === 'maxRows' ? 'max-rows' : named} cannot be given together with --plan.`,
      'The plan decides it: change it there.',
    );
  return plan;
}

/** Seed and budget may be given anew; another seed makes the record of work void. */
function overridden(plan: Plan, { seed, budget }: AskedOptions): Plan {
  return {
    ...plan,
    ...(budget !== undefined && { budget: secondsOf(budget) }),
    ...(seed !== undefined && seed !== plan.seed && { seed, work: undefined }),
  };
}

function readEarlier(earlier: AskedOptions['earlier']): Readonly<Record<string, ReadWork>> | undefined {
  return earlier && (earlier.read ? { read: earlier.read } : {});
}

/** A source that was not read to its end has no hash to compare. */
function checkHash(found: string, expected: string | undefined, label: string): void {
  if (!found || !expected || found === expected) return;
  throw new MillwrightError(
    'DATA_CHANGED',
    `${label} is not the data of that run: its SHA-256 is ${found.slice(0, 16)}…, then it was ${expected.slice(0, 16)}….`,
    'Name the data of then, or train anew on this with `millwright run`.',
  );
}

function secondsOf(milliseconds: number | null = DEFAULT_BUDGET): number | null {
  return milliseconds === null ? null : milliseconds / 1000;
}

function stopIfAborted(context: CommandContext): void {
  if (context.signal?.aborted) throw new MillwrightError('INTERRUPTED', 'Interrupted before there was anything to save.', 'Run again.');
}
