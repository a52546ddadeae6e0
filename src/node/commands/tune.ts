import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as z from 'zod';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import type { Learner, Parameters } from '../../engine/learn/learner.js';
import type { Space, SpaceOverrides } from '../../engine/search/search-space.js';
import { parseSpace, spaceFromData } from '../../engine/search/space-overrides.js';
import type { TriedPoint } from '../../engine/tune/tried-point.js';
import type { TuneMethod, TuneResult } from '../../engine/tune/tune.js';
import { prettyJson } from './artefacts.js';
import type { CommandContext } from './context.js';
import { nodeClock } from './node-clock.js';
import { dataOptions, parseInput, questionOptions, wholeNumber } from './options.js';
import { runId } from './output-folder.js';
import { DEFAULT_BUDGET, prepareRun, questionOf } from './prepare-run.js';
import { redact } from './redact.js';
import { readTrials, trialsCsv } from './trials-csv.js';
import { TuneFolder, type TuneSettings } from './tune-folder.js';
import { changedParameters, learnerNamed, methodNamed, smallGrid, spaceFor, tunedPlan, withFolds } from './tune-question.js';
import { rangeText } from './tune-space.js';
import { tuneTable } from './tune-table.js';

const input = z.object({
  ...dataOptions,
  ...questionOptions,
  data: z.array(z.string()).default([]),
  learner: z.string().default('boosted-trees'),
  method: z.string().default('bayesian'),
  trials: wholeNumber('--trials', 1, 100_000).optional(),
  points: wholeNumber('--points', 1, 1000).optional(),
  space: z.array(z.string()).default([]),
  only: z.boolean().default(false),
  folds: wholeNumber('--folds', 1, 20).optional(),
  threads: wholeNumber('--threads', 1, 256).optional(),
  out: z.string().min(1).optional(),
  resume: z.boolean().default(false),
  force: z.boolean().default(false),
});

/** Milliseconds between writings of trials.csv. */
const WRITE_EVERY = 500;
/** Milliseconds kept for writing the results. */
const WRAP_UP = 250;

/** What a search says at its end. */
export interface TuneSummary {
  folder: string;
  target: string;
  learner: string;
  title: string;
  method: TuneMethod;
  metric: string;
  greaterIsBetter: boolean;
  folds: number;
  /** Without the defaults. */
  trials: number;
  stopped: number;
  failed: number;
  best: { trial: number; score: number; parameters: Parameters };
  defaults: { score: number };
  /** The best first, at most ten, the defaults among them when they are. */
  top: { trial: number; score: number; parameters: Parameters }[];
  /** Names of what was searched, in order. */
  searched: string[];
  ended: TuneResult['ended'];
  seconds: number;
}

/**
 * Searches the parameters of a learner on a table, and leaves trials.csv, best.json and a plan for `run` in a folder.
 * @throws MillwrightError with any code of docs/errors.md
 */
export async function tuneCommand(options: unknown, context: CommandContext): Promise<TuneSummary> {
  const asked = parseInput(input, options);
  if (asked.data.length === 0)
    throw new MillwrightError('USAGE', 'No data was given.', 'Name a file: `millwright tune data.csv --target <col>`.');
  questionOf({ ...asked, budget: null }, undefined, []); // what is missing is told before anything is read or made
  const learner = learnerNamed(asked.learner);
  const method = methodNamed(asked.method);
  if (asked.points !== undefined && method !== 'grid')
    throw new MillwrightError('USAGE', '--points is for --method grid.', 'Leave it out, or choose that method.');
  if (asked.resume && asked.out === undefined)
    throw new MillwrightError('USAGE', '--resume needs the folder of the search.', 'Name it with --out.');
  const overrides = await overridesOf(asked.space);
  const { trials } = asked;
  // a number of trials alone is a promise to make them all
  const budget = asked.budget !== undefined ? asked.budget : trials === undefined ? DEFAULT_BUDGET : null;
  const path = asked.out ?? `millwright/${runId(asked.data.map(redact))}-tune`;
  const folder = new TuneFolder(resolve(path), asked);
  try {
    const prepared = await prepareRun({ ...asked, budget }, context);
    const plan = withFolds({ ...prepared.plan, budget: budget === null ? DEFAULT_BUDGET / 1000 : prepared.plan.budget }, asked.folds);
    const whole = spaceFor(learner, plan, overrides, asked.only);
    const space = method === 'grid' && overrides.size === 0 ? smallGrid(whole, asked.points ?? 3) : whole;
    if (space !== whole) context.onNote?.(gridNote(learner, space, whole));
    const settings: TuneSettings = {
      learner: learner.id,
      method,
      target: plan.target,
      task: plan.task,
      metric: plan.ownMetric ?? plan.metric,
      ...(plan.costs && { costs: plan.costs.matrix }),
      seed: plan.seed,
      folds: plan.validation.folds,
      points: asked.points ?? null,
      holdout: plan.holdout,
      rows: prepared.table.rows,
      columns: plan.columns.map(({ name, type, use }) => ({ name, type, use })),
      data: prepared.dataHash,
      space,
    };
    const recorded = asked.resume && folder.begun ? recordedTrials(folder, settings, space, plan.validation.folds) : [];
    if (recorded.length === 0) await folder.write('tune.json', prettyJson(settings));
    const left = budget === null ? Number.POSITIVE_INFINITY : context.startedAt + budget - nodeClock.now() - WRAP_UP;
    const deadline = new Deadline(nodeClock, Math.max(0, left));
    const interrupt = () => deadline.expire();
    if (context.signal?.aborted) interrupt();
    context.signal?.addEventListener('abort', interrupt, { once: true });
    let written = nodeClock.now();
    const result = await tuneTable(
      {
        ...prepared,
        plan,
        learner,
        space,
        method,
        trials,
        points: asked.points,
        deadline,
        recorded,
        onProgress: context.onProgress,
        onTrial: async (tried) => {
          if (nodeClock.now() - written < WRITE_EVERY) return;
          await folder.write('trials.csv', trialsCsv(tried, space, plan.validation.folds));
          written = nodeClock.now();
        },
      },
      asked.threads ?? availableParallelism(),
    );
    context.onProgress?.({ step: 'save', message: '', done: 0.99 });
    const searched = space.dimensions.map((d) => d.name);
    const summary = summarise(result, { folder: path, target: plan.target, method, searched }, learner);
    const { best, defaults, metric, folds, stopped, failed } = summary;
    await folder.write('trials.csv', trialsCsv(result.trials, space, folds));
    await folder.write('plan.json', prettyJson(tunedPlan(plan, learner, result)));
    await folder.write(
      'best.json',
      prettyJson({
        learner: learner.id,
        parameters: best.parameters,
        metric,
        score: best.score,
        defaults: defaults.score,
        trial: best.trial,
        method,
        seed: plan.seed,
        folds,
        trials: summary.trials,
        stopped,
        failed,
        ended: result.ended,
      }),
    );
    context.onProgress?.({ step: 'done', message: '', done: 1 });
    return { ...summary, seconds: (nodeClock.now() - context.startedAt) / 1000 };
  } finally {
    folder.close();
  }
}

function gridNote(learner: Learner, space: Space, whole: Space): string {
  const names = space.dimensions.map((d) => d.name);
  const example = names
    .slice(0, 2)
    .map((name) => `${name}=${rangeText(learner.parameters[name]?.search ?? {})}`)
    .join(',');
  return `A grid over all ${whole.dimensions.length} parameters would be too large, so it is over ${names.join(', ')}. Name others, as in --only --space "${example}"; --show-space lists them.`;
}

async function overridesOf(values: readonly string[]): Promise<SpaceOverrides> {
  const all = new Map();
  for (const value of values) {
    const isFile = !value.includes('=') && /\.(json|ya?ml)$/i.test(value);
    for (const [name, wish] of isFile ? await spaceFile(value) : parseSpace(value)) all.set(name, wish);
  }
  return all;
}

async function spaceFile(path: string): Promise<SpaceOverrides> {
  try {
    const text = await readFile(path, 'utf8');
    return spaceFromData(/^\s*\{/.test(text) ? JSON.parse(text) : (await import('yaml')).parse(text, { maxAliasCount: 0 }));
  } catch (cause) {
    if (cause instanceof MillwrightError) throw new MillwrightError(cause.code, `${path}: ${cause.message}`, cause.hint, { cause });
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = absent ? 'does not exist' : `cannot be read: ${String((cause as Error).message).split('\n')[0]}`;
    throw new MillwrightError('OPTION_INVALID', `The search space ${path} ${why}.`, 'Name a JSON or YAML file, or write the space out.', {
      cause,
    });
  }
}

function recordedTrials(folder: TuneFolder, settings: TuneSettings, space: Space, folds: number): TriedPoint[] {
  folder.checkSame(settings);
  const trials = readTrials(folder.readTrials(), space, folds, folder.file('trials.csv'));
  // defaults that the clock cut are scored anew
  return trials[0]?.status === 'complete' ? trials : [];
}

function summarise(
  result: TuneResult,
  about: Pick<TuneSummary, 'folder' | 'target' | 'method' | 'searched'>,
  learner: Learner,
): Omit<TuneSummary, 'seconds'> {
  const { trials, best, defaults, metric, greaterIsBetter, folds, ended } = result;
  const short = ({ trial, score, parameters }: TriedPoint) => ({ trial, score, parameters: changedParameters(learner, parameters) });
  const whole = trials.filter((t) => t.status === 'complete' && t.share === 1 && !Number.isNaN(t.score));
  whole.sort((a, b) => (greaterIsBetter ? b.score - a.score : a.score - b.score) || a.trial - b.trial);
  const count = (status: TriedPoint['status']) => trials.filter((t) => t.trial > 0 && t.status === status).length;
  return {
    ...about,
    learner: learner.id,
    title: learner.title,
    metric,
    greaterIsBetter,
    folds,
    trials: trials.length - 1,
    stopped: count('stopped'),
    failed: count('failed'),
    best: short(best),
    defaults: { score: defaults.score },
    top: whole.slice(0, 10).map(short),
    ended,
  };
}
