import type { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { outputCount, type Schema, type Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { answeredRows } from '../automl/answered-rows.js';
import type { Plan } from '../automl/plan.js';
import type { RunProgress } from '../automl/result.js';
import type { Catalog } from '../catalog.js';
import type { Metric } from '../evaluate/metrics/metric.js';
import { metricOfPlan, type OwnMetric } from '../evaluate/metrics/own-metric.js';
import { checkTargets } from '../evaluate/metrics/registry.js';
import type { KernelHost } from '../kernels/kernel-host.js';
import type { Learner, Parameters } from '../learn/learner.js';
import { asynchronousHalving, hyperband, type Job, repeatedHalving, type Scheduler } from '../search/halving.js';
import { gridSearch, randomSearch } from '../search/plain-searchers.js';
import type { Space } from '../search/search-space.js';
import type { Searcher } from '../search/searcher.js';
import { pointKey } from '../search/space-points.js';
import { bayesianSearch } from '../search/tpe.js';
import { isHopeless, meanOfFolds, type TriedPoint } from './tried-point.js';
import { TuneFolds } from './tune-folds.js';

export const TUNE_METHODS = ['bayesian', 'random', 'grid', 'halving', 'hyperband', 'asha'] as const;
export type TuneMethod = (typeof TUNE_METHODS)[number];

/** Methods that try many points on a share of the rows, and the best of them on more. */
const HALVING = { halving: repeatedHalving, hyperband, asha: asynchronousHalving } as const;

/** Rows that the smallest share has at least. */
const FEWEST_ROWS = 200;

export interface TuneInput {
  /** Raw rows, the target among the columns. */
  table: Table;
  schema: Schema;
  task: Task;
  /** Its metric, seed, holdout and validation are obeyed. */
  plan: Plan;
  /** The function of the plan's `ownMetric`. */
  ownMetric?: OwnMetric;
  catalog: Catalog;
  learner: Learner;
  space: Space;
  method: TuneMethod;
  /** Trials at most, the defaults not counted. */
  trials?: number;
  /** Values a number dimension, for a grid. Default 3. */
  points?: number;
  /** The search ends before it; `expire()` interrupts. */
  deadline: Deadline;
  host?: KernelHost;
  /** Trials of an earlier part of the same search, from the first on. */
  recorded?: readonly TriedPoint[];
  /** Called after each new trial with all so far. */
  onTrial?: (trials: readonly TriedPoint[]) => Promise<void> | void;
  onProgress?: (progress: RunProgress) => void;
}

export interface TuneResult {
  /** In their order, the defaults first. */
  trials: TriedPoint[];
  /** The best of those that went through all folds with all rows; never worse than the defaults. */
  best: TriedPoint;
  defaults: TriedPoint;
  metric: string;
  greaterIsBetter: boolean;
  folds: number;
  /** What ended the search: all trials made, no point left, the clock, or a person. */
  ended: 'trials' | 'space' | 'budget' | 'interrupt';
}

/**
 * Searches the parameters of a learner by cross validation: preparation refitted in every fold, the defaults scored first, trials that fall behind
 * the median stopped early. The same plan, space, method and number of trials give the same trials, whatever the clock; the clock decides only how
 * many there are.
 * @throws MillwrightError `TOO_FEW_ROWS`, `TARGET_…`, `OPTION_INVALID`, `BUDGET_TOO_SMALL` and `INTERRUPTED` when not even the defaults were scored on a fold
 * @example const { best, defaults } = await tune({ table, schema, task, plan, catalog, learner, space, method: 'bayesian', trials: 50, deadline })
 */
export async function tune(input: TuneInput): Promise<TuneResult> {
  const { plan, task, deadline, learner, space, method } = input;
  const { trials = Number.POSITIVE_INFINITY } = input;
  const rng = new Rng(plan.seed);
  const answered = answeredRows(input.table, input.schema, task);
  const metric = metricOfPlan(plan, task, input.ownMetric);
  checkTargets(metric, answered.target);
  const folds = new TuneFolds({ answered, schema: input.schema, task, plan, catalog: input.catalog, rng }, learner.input);
  const search: Search = {
    input,
    rng,
    metric,
    folds,
    rows: Array.from({ length: folds.count }, (_, k) => folds.validationRows(k).length),
    done: [],
  };
  const searcher = searcherFor(input, rng.child('search', method));
  const finish = (ended: TuneResult['ended']): TuneResult => {
    const { done } = search;
    const defaults = done[0] as TriedPoint;
    let best = defaults;
    for (const t of done) if (t.status === 'complete' && t.share === 1 && better(metric, t.score, best.score)) best = t;
    const { greaterIsBetter } = metric;
    return { trials: done, best, defaults, metric: metric.id, greaterIsBetter, folds: folds.count, ended };
  };
  const over = (): TuneResult['ended'] => (deadline.interrupted ? 'interrupt' : 'budget');

  const defaults = await next(search, { parameters: { ...space.fixed }, share: 1, trial: 0 });
  if (!defaults) {
    if (deadline.interrupted)
      throw new MillwrightError('INTERRUPTED', 'The search was interrupted before anything was scored.', 'Run again.');
    throw new MillwrightError(
      'BUDGET_TOO_SMALL',
      'The budget was over before the defaults were scored on a single fold.',
      'Give more with --budget, or fewer rows with --max-rows.',
    );
  }
  if (defaults.foldScores.length < folds.count) return finish(over());
  searcher.tell(defaults.parameters, lossOf(metric, defaults.score));
  const scheduler = isHalving(method) ? HALVING[method](searcher, { least: leastShare(folds.trainRows) }) : wholeTrials(searcher);
  while (search.done.length <= trials) {
    if (deadline.expired() && search.done.length >= (input.recorded?.length ?? 0)) return finish(over());
    const job = scheduler.ask();
    if (job === undefined || job === 'wait') return finish('space');
    const tried = await next(search, job);
    if (!tried) return finish(over());
    scheduler.tell({ ...job, share: isHalving(method) ? job.share : tried.foldScores.length / folds.count }, lossOf(metric, tried.score));
  }
  return finish('trials');
}

/** What the trials of a search share. */
interface Search {
  readonly input: TuneInput;
  readonly rng: Rng;
  readonly metric: Metric;
  readonly folds: TuneFolds;
  /** Validation rows of each fold. */
  readonly rows: readonly number[];
  readonly done: TriedPoint[];
}

function searcherFor({ method, space, points }: TuneInput, rng: Rng): Searcher {
  if (method === 'grid') return gridSearch(space, rng, { points });
  // with hyperband the densities are of what was given most: BOHB
  return method === 'random' ? randomSearch(space, rng) : bayesianSearch(space, rng);
}

function isHalving(method: TuneMethod): method is keyof typeof HALVING {
  return Object.hasOwn(HALVING, method);
}

/** A searcher whose points all get everything. */
function wholeTrials(searcher: Searcher): Scheduler {
  let trial = 1;
  return {
    ask() {
      const parameters = searcher.ask();
      return parameters && { parameters, share: 1, trial: trial++ };
    },
    tell: (job, loss) => searcher.tell(job.parameters, loss, job.share),
  };
}

function leastShare(rows: number): number {
  return Math.max(1 / 27, Math.min(1, FEWEST_ROWS / Math.max(1, rows)));
}

function lossOf(metric: Metric, score: number): number {
  return metric.greaterIsBetter ? -score : score;
}

function better(metric: Metric, a: number, b: number): boolean {
  if (Number.isNaN(a)) return false;
  return Number.isNaN(b) || (metric.greaterIsBetter ? a > b : a < b);
}

/** The recorded trial, or a new one; undefined when the time was up before it ended. */
async function next(search: Search, job: Job): Promise<TriedPoint | undefined> {
  const { input, done } = search;
  const recorded = input.recorded?.[done.length];
  if (recorded) {
    if (pointKey(input.space, recorded.parameters) !== pointKey(input.space, job.parameters) || recorded.share !== job.share)
      throw new MillwrightError(
        'OPTION_INVALID',
        `Trial ${recorded.trial} of the record is not what this search would try.`,
        'Go on with the options that the search was begun with, or begin anew with another --out.',
      );
    done.push(recorded);
    return recorded;
  }
  const tried = await attempt(search, job, done.length);
  if (!tried) return undefined;
  done.push(tried);
  await input.onTrial?.(done);
  return tried;
}

async function attempt(search: Search, job: Job, trial: number): Promise<TriedPoint | undefined> {
  const { input, metric, folds, rows, done } = search;
  const { deadline } = input;
  const started = deadline.clock.now();
  const scores: number[] = [];
  let status: TriedPoint['status'] = 'complete';
  for (let k = 0; k < folds.count; k++) {
    say(search, trial, k);
    const score = await fitFold(search, job, k);
    if (score === undefined) {
      // of the defaults a part is better than nothing
      if (trial > 0 || scores.length === 0) return undefined;
      status = 'stopped';
      break;
    }
    if (score === 'failed') {
      status = 'failed';
      break;
    }
    scores.push(score);
    const further = k + 1 < folds.count;
    if (further && trial > 0 && !isHalving(input.method) && isHopeless(scores, done, rows, metric.greaterIsBetter)) {
      status = 'stopped';
      break;
    }
    await deadline.breathe();
  }
  const score = status === 'failed' ? Number.NaN : meanOfFolds(scores, rows);
  const { parameters, share } = job;
  return { trial, parameters, share, status, foldScores: scores, score, seconds: (deadline.clock.now() - started) / 1000 };
}

/** The metric on a fold; undefined when the time was up. */
async function fitFold(search: Search, job: Job, fold: number): Promise<number | 'failed' | undefined> {
  const { input, rng, metric, folds } = search;
  const { deadline, learner, task, host } = input;
  if (deadline.expired()) return undefined;
  const { train, validation } = folds.prepare(fold, job.share);
  if (deadline.expired()) return undefined;
  const given: Parameters = job.parameters;
  try {
    // all trials draw the same numbers, so that they differ by their parameters alone
    const own = rng.child('fit', `${learner.id}/fold${fold + 1}`);
    const fitted = await learner.fit(train, validation, given, { task, rng: own, deadline, host });
    if (fitted.cut && deadline.expired()) return undefined;
    const predicted = fitted.model.predict(validation.table);
    return metric.compute({ actual: validation.target, predicted, outputs: outputCount(task), weights: validation.weights });
  } catch (error) {
    const refused = error instanceof MillwrightError && (error.code === 'OPTION_INVALID' || error.code === 'DATA_TOO_LARGE');
    // what the defaults cannot do is no matter of parameters
    if (!refused || search.done.length === 0) throw error;
    return 'failed';
  }
}

function say({ input, metric, folds, done }: Search, trial: number, fold: number): void {
  if (!input.onProgress) return;
  const { deadline, trials } = input;
  let best = Number.NaN;
  for (const t of done) if (t.share === 1 && t.status === 'complete' && better(metric, t.score, best)) best = t.score;
  const left = deadline.remaining();
  const steps = trials === undefined ? 0 : (trial + fold / folds.count) / (trials + 1);
  const name = trial === 0 ? 'defaults' : `trial ${trial}${trials === undefined ? '' : ` of ${trials}`}`;
  input.onProgress({
    step: 'train',
    message: `${input.learner.title}, ${name}`,
    done: steps,
    ...(!Number.isNaN(best) && { best }),
    metric: metric.id,
    ...(Number.isFinite(left) && { secondsLeft: left / 1000 }),
  });
}
