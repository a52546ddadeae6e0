import { resolve } from 'node:path';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { JobRecord } from '../store/records.js';
import type { CommandContext } from './context.js';
import { parseDuration } from './duration.js';
import { parseInput, wholeNumber } from './options.js';
import { withProject } from './project.js';
import { redact } from './redact.js';
import { askRetraining } from './retrain/ask.js';
import { workOf } from './worker.js';

const input = z.object({
  model: z.string(),
  data: z.array(z.string()).default([]),
  sql: z.string().optional(),
  reason: z.string().max(2000).default(''),
  budget: z.string().optional(),
  seed: wholeNumber('--seed', 0, 0xffffffff).optional(),
  now: z.boolean().default(false),
  threads: wholeNumber('--threads', 1, 256).optional(),
  as: z.string().optional(),
});

/** Puts a retraining on the queue, or does it at once (`now`). @throws MillwrightError `NOT_FOUND`, `NOT_ALLOWED`, `OPTION_INVALID` */
export function retrainCommand(options: unknown, context: CommandContext): Promise<{ job: JobRecord }> {
  const asked = parseInput(input, options);
  const budget = asked.budget === undefined ? undefined : parseDuration(asked.budget);
  if (budget === null) throw new MillwrightError('OPTION_INVALID', 'A retraining needs a budget.', 'Write for example --budget 10m.');
  if (asked.data.includes('-') || asked.data.some((path) => redact(path) !== path))
    throw new MillwrightError(
      'OPTION_INVALID',
      'A job keeps neither standard input nor passwords.',
      'Name files, or set PGPASSWORD for the worker.',
    );
  const { model, reason, data, sql, seed } = asked;
  const more = { ...(sql !== undefined && { sql }), ...(budget !== undefined && { budget }), ...(seed !== undefined && { seed }) };
  return withProject(asked.as, async (open) => {
    const { store, actor } = open;
    const job = await askRetraining(store, actor, { model, reason, data, folder: resolve('.'), ...more });
    if (!asked.now) return { job };
    await workOf(open, context, asked.threads).look(context.signal, job.id);
    return { job: (await store.jobs.get(job.id)) as JobRecord };
  });
}
