import { MillwrightError } from '../../../core/errors.js';
import { newId } from '../../store/ids.js';
import type { Actor, JobRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { allow } from '../registry/permissions.js';
import { RETRAIN, type RetrainInput } from './job-input.js';

/** What is asked of a retraining; without a reason the job says who asked. */
export type RetrainAsked = Omit<RetrainInput, 'trigger' | 'data'> & { readonly data?: readonly string[] };

/**
 * Puts a retraining of a model's champion on the queue, with an entry in the audit log.
 * @throws MillwrightError `NOT_FOUND` where there is no champion, `NOT_ALLOWED`
 */
export async function askRetraining(store: Store, actor: Actor, asked: RetrainAsked): Promise<JobRecord> {
  const { model } = await store.models.resolve(`${asked.model}@champion`);
  const reason = asked.reason.trim() || `${actor.user} asked for it`;
  const input: RetrainInput = { ...asked, model, reason, trigger: 'hand', data: [...(asked.data ?? [])] };
  const id = newId('job');
  await store.act(actor, { action: 'retrain.ask', subject: `model:${model}`, detail: { job: id, reason } }, async () =>
    allow(actor, 'retrain'),
  );
  return store.jobs.add({ id, kind: RETRAIN, input, by: actor.user });
}

/** Calls a job off. @throws MillwrightError `NOT_ALLOWED`, `STORE_CONFLICT` when it has ended */
export async function cancelJob(store: Store, actor: Actor, { id, kind }: JobRecord): Promise<JobRecord> {
  await store.act(actor, { action: 'job.cancel', subject: `job:${id}`, detail: { kind } }, async () => allow(actor, 'job.cancel'));
  if (!(await store.jobs.cancel(id))) throw new MillwrightError('STORE_CONFLICT', `The job ${id} has ended.`);
  return (await store.jobs.get(id)) as JobRecord;
}
