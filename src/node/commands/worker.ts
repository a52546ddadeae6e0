import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { workPlace } from '../store/open-store.js';
import type { CommandContext } from './context.js';
import { parseInput, wholeNumber } from './options.js';
import { type OpenProject, withProject } from './project.js';
import { allow } from './registry/permissions.js';
import { CanaryWatch } from './retrain/canary.js';
import { RETRAIN } from './retrain/job-input.js';
import { retrainDoer } from './retrain/retrain-job.js';
import { Triggers } from './retrain/triggers.js';
import { JobWorker, type Worked } from './work/job-worker.js';
import { queueDue } from './work/schedules.js';

const input = z.object({
  once: z.boolean().default(false),
  threads: wholeNumber('--threads', 1, 256).optional(),
  as: z.string().optional(),
});

/** Milliseconds between two looks at queue, schedules, triggers and canaries. */
const TICK = 5000;

/** What a worker did until it ended. */
export type WorkerSummary = Worked & { looks: number };

/**
 * Does the jobs of the project: puts what is due on the queue (schedules, triggers), looks at the canaries, then claims jobs and does them, until interrupted.
 * @throws MillwrightError `STORE_…`, `NOT_ALLOWED`
 */
export function workerCommand(options: unknown, context: CommandContext): Promise<WorkerSummary> {
  const asked = parseInput(input, options);
  return withProject(asked.as, async (open) => {
    allow(open.actor, 'retrain');
    const work = workOf(open, context, asked.threads);
    const ending = context.signal ?? new AbortController().signal;
    const all: WorkerSummary = { done: 0, failed: 0, again: 0, looks: 0 };
    for (;;) {
      try {
        const worked = await work.look(ending);
        for (const key of ['done', 'failed', 'again'] as const) all[key] += worked[key];
        all.looks++;
      } catch (error) {
        // a store that is away, or a policy that cannot be read, may come right while one waits
        if (asked.once || all.looks === 0) throw error;
        context.onNote?.((error as Error).message);
      }
      if (asked.once || ending.aborted) return all;
      await sleep(TICK, undefined, { signal: ending }).catch(() => undefined);
    }
  });
}

/** One round of a worker after the other. */
export function workOf(
  open: OpenProject,
  context: CommandContext,
  threads?: number,
): { look(ending?: AbortSignal, only?: string): Promise<Worked> } {
  const { store, actor, project, policy } = open;
  const base = workPlace(project, 'Retraining needs a folder to work in');
  const worker = new JobWorker(store, actor, new Map([[RETRAIN, retrainDoer({ base, policy, threads })]]), { onNote: context.onNote });
  const triggers = new Triggers(store);
  const canaries = new CanaryWatch(store, actor);
  return {
    look: async (ending, only) => {
      if (only === undefined) {
        await queueDue(store);
        for (const job of await triggers.look(await policy(), actor.user)) context.onNote?.(`Queued ${job.id}.`);
        for (const { model, version, verdict, why } of await canaries.look(context.onNote))
          if (verdict !== 'watching')
            context.onNote?.(`${model}@${version}: the canary ${verdict === 'passed' ? 'passed' : 'was rolled back'}, ${why}.`);
      }
      return worker.drain(ending, only);
    },
  };
}
