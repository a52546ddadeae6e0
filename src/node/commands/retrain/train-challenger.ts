import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Deadline } from '../../../core/clock.js';
import { MillwrightError } from '../../../core/errors.js';
import { answeredRows, fitRows } from '../../../engine/automl/answered-rows.js';
import { type ChosenWindow, chooseWindow, recencyWeights } from '../../../engine/automl/choose-window.js';
import type { Plan } from '../../../engine/automl/plan.js';
import { metricOfPlan } from '../../../engine/evaluate/metrics/own-metric.js';
import { defaultMetric } from '../../../engine/evaluate/metrics/registry.js';
import { isForward } from '../../../engine/evaluate/splits.js';
import { KernelHost } from '../../../engine/kernels/kernel-host.js';
import { openSource } from '../../data/open-source.js';
import { askQuestion, obeyPlan } from '../ask-question.js';
import { writeWhole } from '../atomic-file.js';
import { carryOut } from '../carry-out.js';
import { catalog } from '../catalog.js';
import { importRunFolder } from '../import-run.js';
import { nodeClock } from '../node-clock.js';
import type { JobTools } from '../work/job-worker.js';
import { type Champion, fullBudget } from './champion.js';
import type { Gathered, RetrainInput } from './job-input.js';

/** Column that is added where recent rows weigh more. */
export const WEIGHT = 'millwright_weight';
/** Milliseconds that the backtest may take. */
const BACKTEST = 60_000;
/** Share of a full search that one takes which begins from the champion's candidates. */
const WARM_SHARE = 1 / 3;

/** Folds of rows in their order. */
const MOST_FORWARD = 3;

/** A CSV that was kept among the store's files, as a file. */
export async function fileOf(tools: JobTools, sha256: string, path: string): Promise<string> {
  if (!existsSync(path)) await writeWhole(path, await tools.store.artefacts.get(sha256));
  return path;
}

/** The plan without what only the champion's rows know. */
function bare(plan: Plan): Plan {
  const { work: _, ownMetric, ...rest } = plan;
  // nobody brings the function of a metric of one's own along to a worker
  if (ownMetric) rest.metric = defaultMetric(plan.task).id;
  const columns = plan.columns.filter((c) => c.name !== WEIGHT);
  // the rows are as few as the champion was allowed already
  return { ...rest, columns, data: { from: [] } };
}

/** How much of the past to train on, by a backtest on the latest rows of the pool. */
export async function backtest(tools: JobTools, champion: Champion, gathered: Gathered, folder: string): Promise<ChosenWindow> {
  const pool = await fileOf(tools, gathered.pool, join(folder, 'pool.csv'));
  const plan = bare(champion.plan);
  const source = await openSource({ from: [pool] }, { signal: tools.signal });
  const host = await KernelHost.create();
  try {
    const { schema, task } = await obeyPlan(source, plan);
    const answered = answeredRows(await source.read(schema), schema, task);
    const rows = answered.target.length;
    const judged = Math.min(gathered.testRows, Math.floor(rows / 4));
    const deadline = new Deadline(nodeClock, BACKTEST);
    tools.signal.addEventListener('abort', () => deadline.expire(), { once: true });
    return await chooseWindow({
      setting: {
        answered: fitRows({ ...answered, unanswered: answered.unanswered.take(new Uint32Array(0)) }),
        schema,
        task,
        seed: plan.seed,
        holidays: plan.holidays,
      },
      judged,
      fresh: Math.min(rows, gathered.fresh),
      metric: metricOfPlan(plan, task, undefined),
      costs: plan.costs?.matrix,
      earlier: champion.earlier,
      catalog,
      host,
      deadline,
    });
  } finally {
    await host.close();
    await source.close();
  }
}

/**
 * Trains the challenger on the chosen window, by the same run as `millwright run`: with the champion's candidates alone in a third of the time, or with a
 * full search. What a killed worker had finished is gone on with.
 * @returns the run's id in the store
 */
export async function trainChallenger(
  tools: JobTools,
  champion: Champion,
  asked: RetrainInput,
  { gathered, chosen, folder, run, threads }: { gathered: Gathered; chosen: ChosenWindow; folder: string; run: string; threads?: number },
): Promise<string> {
  const known = await tools.store.runs.get(run);
  if (known?.status === 'finished') return run;
  const out = join(folder, run);
  // it was finished, but its worker died before the store had it
  if (existsSync(join(out, 'run.json'))) return importOnce(tools, out, run);
  const data = await windowFile(tools, gathered, chosen, folder);
  const plan = await planFor(champion, asked, gathered, chosen, data);
  const context = {
    startedAt: nodeClock.now(),
    onNote: tools.note,
    signal: tools.signal,
    commandLine: `millwright worker: ${asked.reason}`,
  };
  const request = { data: [data], type: [], drop: [], plan, threads, out, as: tools.actor.user };
  let resume = existsSync(join(out, '.unfinished', 'progress.json'));
  let made: Awaited<ReturnType<typeof carryOut>> | undefined;
  if (resume)
    made = await carryOut({ ...request, plan: undefined, resume }, context).catch((error: unknown) => {
      if (tools.signal.aborted) throw error;
      tools.note(`What was finished of ${run} cannot be gone on with (${(error as Error).message}); it begins anew.`);
      resume = false;
      return undefined;
    });
  made ??= await carryOut({ ...request, force: true }, context);
  if (made.result.interrupted || tools.signal.aborted) {
    // half a search is no challenger
    await rm(out, { recursive: true, force: true });
    throw new MillwrightError('INTERRUPTED', `The training of ${run} was interrupted.`);
  }
  return made.summary.run ?? importOnce(tools, out, run);
}

/** Puts the finished run in the store, where it is not there yet: a record that was late for its own run may come first even now. */
async function importOnce({ store, actor }: JobTools, out: string, run: string): Promise<string> {
  try {
    return await importRunFolder(out, actor.user, true);
  } catch (error) {
    const late = error instanceof MillwrightError && error.code === 'STORE_CONFLICT' && (await store.runs.get(run))?.status === 'finished';
    if (late) return run;
    throw error;
  }
}

/** What champion and challenger are compared on is what the run keeps aside, so that it is scored without these rows and then learns from all. */
const latestRows = (fraction: number): Plan['holdout'] => ({
  kind: 'order',
  fraction,
  reason: 'The latest rows are kept aside: the champion has not learned from them either, so both can be compared on them.',
});

/** Rows of a retraining stand as they came: what is chosen for rows to come is chosen on later ones. Groups are kept together all the same. */
function forward(validation: Plan['validation']): Plan['validation'] {
  if (validation.kind === 'group' || validation.kind === 'time') return validation;
  const reason = 'Each part is judged by a model of the rows before it, as they came.';
  return { kind: 'order', folds: Math.min(validation.folds, MOST_FORWARD), reason };
}

/** Trees that were proposed for folds at random stop as those do that are judged by later rows. */
function stoppingFor({ task, validation }: Plan, candidates: Plan['candidates']): Plan['candidates'] {
  if (!isForward(validation) || task !== 'binary') return candidates;
  return candidates.map((c) => (c.learner === 'boosted-trees' ? { ...c, parameters: { stopBy: 'recalibrated', ...c.parameters } } : c));
}

async function planFor(champion: Champion, asked: RetrainInput, gathered: Gathered, chosen: ChosenWindow, data: string): Promise<Plan> {
  const rows = windowRows(chosen, gathered) + gathered.testRows;
  const known = bare(champion.plan);
  const plan = { ...known, holdout: latestRows(gathered.testRows / rows), validation: forward(known.validation) };
  const full = fullBudget(champion, asked, rows);
  const seed = asked.seed ?? plan.seed;
  if (chosen.window.halfLife !== undefined) {
    const reason = 'Recent rows weigh more, because a backtest was better for it.';
    plan.columns = [...plan.columns, { name: WEIGHT, type: 'number', use: 'weight', reason, missing: [] }];
  }
  // what calls cost, a fresh proposal would lose
  if (chosen.warm || plan.costs) {
    const { search: _, ...warm } = plan;
    return { ...warm, seed, candidates: stoppingFor(plan, champion.earlier), budget: full * WARM_SHARE };
  }
  const source = await openSource({ from: [data] });
  try {
    const { task, target, metric, limits } = plan;
    const question = {
      target,
      task,
      metric,
      seed,
      budget: full,
      latency: limits?.latency,
      size: limits?.size,
      interpretable: limits?.interpretable,
    };
    const fresh = (await askQuestion(source, question, { from: [data] })).plan;
    return {
      ...plan,
      seed,
      budget: full,
      candidates: stoppingFor(plan, fresh.candidates),
      search: fresh.search,
      preparation: fresh.preparation,
    };
  } finally {
    await source.close();
  }
}

/** Rows of the window, before those that are compared on. */
export const windowRows = ({ window }: ChosenWindow, { poolRows }: Gathered): number => Math.min(window.rows, poolRows);

/** The rows of the window and those to compare on, with their weights where they have any. */
async function windowFile(tools: JobTools, gathered: Gathered, chosen: ChosenWindow, folder: string): Promise<string> {
  const path = join(folder, 'train.csv');
  const { window } = chosen;
  const read = async (sha256: string) => recordsOf(Buffer.from(await tools.store.artefacts.get(sha256)).toString('utf8'));
  const [[header = '', ...pool], [, ...test]] = await Promise.all([read(gathered.pool), read(gathered.test)]);
  const rows = [...pool.slice(-windowRows(chosen, gathered)), ...test];
  const weights = recencyWeights(rows.length, window);
  const text = weights
    ? [`${header},${WEIGHT}`, ...rows.map((row, i) => `${row},${Number((weights[i] as number).toPrecision(6))}`)]
    : [header, ...rows];
  await writeWhole(path, `${text.join('\n')}\n`);
  return path;
}

/** The records of a CSV that `gather` wrote; a line end within quotes divides nothing. */
function recordsOf(text: string): string[] {
  const records: string[] = [];
  let from = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) inside = !inside;
    else if (c === 10 && !inside) {
      records.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return records;
}

/** Where a retraining works. */
export async function workFolder(base: string, job: string): Promise<string> {
  const folder = join(base, 'retraining', job.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 120));
  await mkdir(folder, { recursive: true });
  return folder;
}
