import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as z from 'zod';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import type { RunProgress, RunResult } from '../../engine/automl/result.js';
import { gravestFirst } from '../../engine/prep/findings.js';
import type { CommandContext } from './context.js';
import { nodeClock } from './node-clock.js';
import { dataOptions, parseInput, questionOptions, wholeNumber } from './options.js';
import { OutputFolder, runId } from './output-folder.js';
import { type AskedOptions, prepareRun, questionOf } from './prepare-run.js';
import { redact } from './redact.js';
import { type RunSummary, summarise } from './run-summary.js';
import { saveRun } from './save-run.js';
import { trainPlan } from './train.js';
import { packageVersion } from './version.js';
import { LEAVING, wrapUpReserve } from './wrap-up.js';

const input = z.object({
  ...dataOptions,
  ...questionOptions,
  plan: z.string().optional(),
  threads: wholeNumber('--threads', 1, 256).optional(),
  out: z.string().min(1).optional(),
  force: z.boolean().default(false),
});

/**
 * From data to a folder with a model, its report and its record, within the budget.
 * @throws MillwrightError with any code of docs/errors.md; then nothing is left behind
 */
export async function runCommand(options: unknown, context: CommandContext): Promise<RunSummary> {
  const asked = parseInput(input, options);
  if (asked.plan === undefined) questionOf(asked, undefined, []); // what is missing is told before anything is read or made
  const { summary } = await carryOut(asked, context);
  return summary;
}

/** A run as asked, checked. */
export interface RunRequest extends AskedOptions {
  out?: string;
  force?: boolean;
}

/** What a run said, and what it found. */
export interface CarriedOut {
  summary: RunSummary;
  result: RunResult;
}

/** Does a run that was asked for. @throws MillwrightError as `runCommand` */
export async function carryOut(asked: RunRequest, context: CommandContext): Promise<CarriedOut> {
  const startedAt = new Date(Date.now() - (nodeClock.now() - context.startedAt)).toISOString();
  const path = asked.out ?? `millwright/${runId(asked.data.map(redact))}`;
  const folder = new OutputFolder(resolve(path), { replace: asked.force });
  try {
    const stages: Record<string, number> = { start: nodeClock.now() - context.startedAt };
    const prepared = await timed(stages, 'read', () => prepareRun(asked, context));
    const { budget } = prepared.plan;
    const end = budget === null ? Number.POSITIVE_INFINITY : context.startedAt + budget * 1000 - nodeClock.now();
    // a repetition does its recorded work however long that takes
    if (end <= 0 && prepared.plan.work === undefined) throw tooSmall(budget as number, stages);
    const whole = new Deadline(nodeClock, end);
    const training = whole.within(Math.max(0, end - wrapUpReserve(end, prepared.table.rows)));
    const interrupt = () => training.expire();
    if (context.signal?.aborted) interrupt();
    context.signal?.addEventListener('abort', interrupt, { once: true });
    const threads = asked.threads ?? availableParallelism();
    // the engine counts its own share and time; what follows it is part of the whole
    const onProgress = (p: RunProgress): void => {
      const secondsLeft = budget === null ? undefined : whole.remaining() / 1000;
      if (p.step !== 'done') context.onProgress?.({ ...p, done: 0.03 + 0.93 * p.done, secondsLeft });
    };
    const trained = await timed(stages, 'train', () => trainPlan(prepared, { deadline: training, threads, onProgress }));
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
    folder.close();
    context.onProgress?.({ step: 'done', message: '', done: 1 });
    const seconds = (nodeClock.now() - context.startedAt) / 1000;
    const place = { folder: path, bundle: `${path}/model.mill` };
    const summary = summarise(
      result,
      reportMissing === undefined ? { ...place, report: `${path}/report.html` } : { ...place, reportMissing },
      seconds,
    );
    return { summary, result };
  } catch (error) {
    folder.abandon();
    throw error;
  }
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
