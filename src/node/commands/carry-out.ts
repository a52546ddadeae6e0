import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import type { RunProgress, RunResult } from '../../engine/automl/result.js';
import { gravestFirst } from '../../engine/prep/findings.js';
import { BestSoFar } from './best-so-far.js';
import type { CommandContext } from './context.js';
import { nodeClock } from './node-clock.js';
import { OutputFolder, runId } from './output-folder.js';
import { type AskedOptions, prepareRun } from './prepare-run.js';
import { projectHere, recordRun } from './record-run.js';
import { recordedData } from './recorded-data.js';
import { redact } from './redact.js';
import { type RunSummary, summarise } from './run-summary.js';
import { saveRun } from './save-run.js';
import { trainPlan } from './train.js';
import { UnfinishedRun } from './unfinished-run.js';
import { packageVersion } from './version.js';
import { LEAVING, wrapUpReserve } from './wrap-up.js';

/** A run that goes on has this share of its budget at least, since it reads the data again. */
const LEAST_LEFT = 0.25;

/** A run as asked, checked. */
export interface RunRequest extends AskedOptions {
  out?: string;
  force?: boolean;
  /** Go on with the run that was killed in `out`; of the rest, only data, budget and threads may be given. */
  resume?: boolean;
  /** Who runs it, where that is not whoever types. */
  as?: string;
}

/** What a run said, and what it found. */
export interface CarriedOut {
  summary: RunSummary;
  result: RunResult;
}

/** Does a run that was asked for. @throws MillwrightError as `runCommand` */
export async function carryOut(request: RunRequest, context: CommandContext): Promise<CarriedOut> {
  const startedAt = new Date(Date.now() - (nodeClock.now() - context.startedAt)).toISOString();
  const path = request.out ?? `millwright/${runId(request.data.map(redact))}`;
  const folder = new OutputFolder(resolve(path), { replace: request.force, resume: request.resume });
  const elapsed = () => nodeClock.now() - context.startedAt;
  const best = new BestSoFar(folder.path, elapsed);
  let kept: UnfinishedRun | undefined;
  try {
    kept = request.resume ? UnfinishedRun.reopen(folder.path, elapsed) : UnfinishedRun.begin(folder.path, remembered(request), elapsed);
    const asked = request.resume ? await goingOn(kept, request) : request;
    if (request.resume) context.onNote?.(`Going on with the run in ${path}: ${kept.count} finished fits are there.`);
    const stages: Record<string, number> = { start: nodeClock.now() - context.startedAt };
    const prepared = await timed(stages, 'read', () => prepareRun(asked, context));
    const { budget } = prepared.plan;
    kept.prepared(prepared);
    const allowed = budget === null ? Number.POSITIVE_INFINITY : budget * 1000;
    const end = context.startedAt + Math.max(allowed - kept.spent, LEAST_LEFT * allowed) - nodeClock.now();
    // a repetition does its recorded work however long that takes
    if (end <= 0 && prepared.plan.work === undefined) throw tooSmall(budget as number, stages);
    const whole = new Deadline(nodeClock, end);
    const project = projectHere(context);
    const training = whole.within(Math.max(0, end - wrapUpReserve(end, prepared.table.rows, stages.start ?? 0, project !== undefined)));
    const interrupt = () => training.expire();
    if (context.signal?.aborted) interrupt();
    context.signal?.addEventListener('abort', interrupt, { once: true });
    const threads = asked.threads ?? availableParallelism();
    // the engine counts its own share and time; what follows it is part of the whole
    const onProgress = (p: RunProgress): void => {
      const secondsLeft = budget === null ? undefined : whole.remaining() / 1000;
      if (p.step !== 'done') context.onProgress?.({ ...p, done: 0.03 + 0.93 * p.done, secondsLeft });
    };
    const trained = await timed(stages, 'train', () =>
      trainPlan(prepared, {
        deadline: training,
        threads,
        memory: asked.memory,
        onNote: context.onNote,
        onProgress,
        kept,
        onBest: (b) => best.offer(b),
      }),
    );
    const result = { ...trained, findings: gravestFirst([...prepared.notes, ...trained.findings]) };
    context.onProgress?.({ step: 'save', message: '', done: 0.97 });
    const record = { millwright: packageVersion(), command: context.commandLine, startedAt, threads, seed: prepared.plan.seed, stages };
    const reportContext = {
      title: `${prepared.plan.target} · ${prepared.label}`,
      dataLabel: prepared.label,
      command: context.commandLine ?? '',
      startedAt,
      millwright: packageVersion(),
      bundlePath: `${path}/model.mill`,
    };
    const report = async () => {
      const { renderReport } = await import('../report/report.js');
      return renderReport(result, reportContext, whole.within(Math.max(0, whole.remaining() - LEAVING)));
    };
    const { reportMissing } = await saveRun(folder, result, record, report, nodeClock.now);
    await best.settled();
    best.remove();
    kept.remove();
    folder.close();
    const written = {
      folder: resolve(path),
      label: prepared.label,
      startedAt,
      threads,
      command: context.commandLine,
      as: request.as,
      result,
    };
    const run = project && (await recordRun(project, written, context, whole.remaining() - LEAVING));
    context.onProgress?.({ step: 'done', message: '', done: 1 });
    const seconds = (nodeClock.now() - context.startedAt) / 1000;
    const place = { folder: path, bundle: `${path}/model.mill`, ...(run !== undefined && { run }) };
    const summary = summarise(
      result,
      reportMissing === undefined ? { ...place, report: `${path}/report.html` } : { ...place, reportMissing },
      seconds,
    );
    return { summary, result };
  } catch (error) {
    await best.settled();
    // what was worth minutes of work is not thrown away for a full disk or a lost thread
    if (kept && (kept.worthy || request.resume))
      context.onNote?.(`What was finished is kept; \`millwright run --resume ${path}\` goes on.`);
    else kept?.remove();
    folder.abandon();
    throw error;
  }
}

/** The options that a run which goes on must know: no passwords, no relative path of a plan or of a metric. */
function remembered({ out: _, force: __, threads: ___, ...asked }: RunRequest): Record<string, unknown> {
  const { data, plan, metric } = asked;
  return {
    ...asked,
    data: data.map(redact),
    ...(typeof plan === 'string' && { plan: resolve(plan) }),
    ...(typeof metric === 'string' && /\.[cm]?js$/i.test(metric) && { metric: resolve(metric) }),
  };
}

/** What was asked of a killed run, as far as it had come. */
async function goingOn(kept: UnfinishedRun, request: RunRequest): Promise<AskedOptions> {
  const before = kept.asked as unknown as AskedOptions;
  const data = await recordedData(before.data, kept.workingFolder, request.data, 'Name it: `millwright run <data> --resume <folder>`.');
  const { threads, budget, memory = before.memory } = request;
  const now = { data, threads, memory, ...(budget !== undefined && { budget }) };
  if (!kept.plan) return { ...before, ...now };
  const own = kept.plan.ownMetric && { metric: before.metric };
  return { ...now, ...own, type: [], drop: [], plan: kept.plan, dataHash: kept.dataHash, earlier: { read: kept.read } };
}

function tooSmall(budget: number, { start = 0, read = 0 }: Record<string, number>): MillwrightError {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return new MillwrightError(
    'BUDGET_TOO_SMALL',
    `The budget of ${seconds(budget * 1000)} was over before the training began: starting took ${seconds(start)} and reading ${seconds(read)}.`,
    'Give more with --budget; one second is enough for a small table.',
  );
}

async function timed<T>(stages: Record<string, number>, name: string, work: () => Promise<T>): Promise<T> {
  const start = nodeClock.now();
  const result = await work();
  stages[name] = nodeClock.now() - start;
  return result;
}
