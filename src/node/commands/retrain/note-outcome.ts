import type { JobRecord } from '../../store/records.js';
import type { JobTools } from '../work/job-worker.js';
import { parseRetrain, type RetrainResult } from './job-input.js';

/**
 * Says what a retraining came to, in the audit log and to webhooks: once for each job, though a worker died right after it said so, or lost its lease while another
 * did the same.
 */
export async function noteOutcome(
  { store, actor }: Pick<JobTools, 'store' | 'actor'>,
  job: JobRecord,
  result: RetrainResult,
): Promise<void> {
  const { outcome, why, version, request } = result;
  const { model, reason } = parseRetrain(job.input);
  const subject = `model:${model}${version === undefined ? '' : `@${version}`}`;
  const detail = { job: job.id, outcome, why, reason, request: request ?? null };
  await store.act(actor, { action: 'retraining', subject, detail }, async (governed) => {
    const said = await governed.audit.entries({ action: 'retraining', subject, limit: 100_000 });
    if (said.some((entry) => jobIn(entry.detail) === job.id)) return governed.nothing();
    await governed.events.emit({ type: 'retraining.finished', subject, data: detail });
  });
}

/** The job that an entry is about; of an actor with a token the detail stands one deeper. */
function jobIn(text: string): string | undefined {
  const said = JSON.parse(text) as { job?: string; detail?: { job?: string } } | null;
  return said?.job ?? said?.detail?.job;
}
