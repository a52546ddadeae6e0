import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { JobRecord } from '../store/records.js';
import { parseInput, wholeNumber } from './options.js';
import { withProject } from './project.js';
import { cancelJob } from './retrain/ask.js';

/** What a job may be. */
export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

const input = z.object({
  action: z.string().default('list'),
  id: z.string().optional(),
  kind: z.string().optional(),
  state: z.enum(JOB_STATES, `--state is one of ${JOB_STATES.join(', ')}`).optional(),
  limit: wholeNumber('--limit', 1, 10_000).default(20),
  as: z.string().optional(),
});

/** The jobs of the project (`list`), one of them (`show ID`), or one called off (`cancel ID`). @throws MillwrightError `NOT_FOUND`, `NOT_ALLOWED`, `STORE_CONFLICT`, `USAGE` */
export function jobsCommand(options: unknown): Promise<{ jobs: JobRecord[] } | { job: JobRecord }> {
  const { action, id, as, ...query } = parseInput(input, options);
  return withProject(as, async ({ store, actor }) => {
    if (action === 'list') return { jobs: await store.jobs.list(query) };
    if (action !== 'show' && action !== 'cancel')
      throw new MillwrightError('USAGE', `\`millwright jobs\` does not know "${action}".`, 'It knows list, show and cancel.');
    const job = id === undefined ? undefined : await store.jobs.get(id);
    if (!job) throw new MillwrightError('NOT_FOUND', `There is no job ${id ?? ''}.`, 'See `millwright jobs`.');
    if (action === 'show') return { job };
    return { job: await cancelJob(store, actor, job) };
  });
}
