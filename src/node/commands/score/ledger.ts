import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { MillwrightError } from '../../../core/errors.js';
import type { Actor, JobRecord, Json } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { writeWhole } from '../atomic-file.js';
import { allow } from '../registry/permissions.js';
import { isGone, workerName } from '../work/worker-name.js';
import { type Begun, NOTHING, type ScoreJob, type ScoreProgress } from './job.js';
import type { ScoredModel } from './scored-model.js';

/** Keeps how far a job is, so that another process can go on with it. */
export interface Ledger {
  /** The unfinished job of this id, else this one, begun now. @param anew forget an unfinished one */
  begin(job: ScoreJob, anew: boolean): Promise<Begun>;
  advance(progress: ScoreProgress): Promise<void>;
  finish(progress: ScoreProgress): Promise<void>;
  /** @param again whether there is something to go on with */
  fail(error: string, again: boolean): Promise<void>;
}

/** Without a project: a small file beside the parts. */
export class JournalLedger implements Ledger {
  #job: ScoreJob | undefined;
  constructor(private readonly path: string) {}

  async begin(job: ScoreJob, anew: boolean): Promise<Begun> {
    if (!anew && existsSync(this.path)) {
      const kept = JSON.parse(await readFile(this.path, 'utf8')) as { job: ScoreJob; progress: ScoreProgress };
      this.#job = kept.job;
      return { ...kept, resumed: true };
    }
    this.#job = job;
    await this.advance(NOTHING);
    return { job, progress: NOTHING, resumed: false };
  }

  async advance(progress: ScoreProgress): Promise<void> {
    await writeWhole(this.path, JSON.stringify({ job: this.#job, progress }));
  }

  async finish(): Promise<void> {
    await rm(this.path, { force: true });
  }

  async fail(_error: string, again: boolean): Promise<void> {
    if (!again) await this.finish();
  }
}

/** Where the target itself keeps the progress. */
export const noLedger: Ledger = {
  begin: async (job) => ({ job, progress: NOTHING, resumed: false }),
  advance: async () => undefined,
  finish: async () => undefined,
  fail: async () => undefined,
};

type AuditedModel = Pick<ScoredModel, 'subject' | 'registered'>;

/** The audit log says who sent the model over which data. @throws MillwrightError `NOT_ALLOWED` */
export async function noteScoring(
  store: Store,
  actor: Actor,
  { subject, registered }: AuditedModel,
  { target, source }: Pick<ScoreJob, 'target' | 'source'>,
): Promise<void> {
  await store.act(actor, { action: 'score', subject, detail: { target, source } }, async () => {
    if (registered) allow(actor, 'predict');
  });
}

const KIND = 'score';
/** Milliseconds after which a job whose process stopped without a trace may be taken over from another machine. */
const LEASE = 120_000;

/** In a project: a job of the store, held by a lease. */
export class StoreLedger implements Ledger {
  readonly #worker = workerName();
  #id = '';

  constructor(
    private readonly store: Store,
    private readonly actor: Actor,
    private readonly model: AuditedModel,
  ) {}

  async begin(job: ScoreJob, anew: boolean): Promise<Begun> {
    let record = await this.#unfinished(job.id);
    if (record && anew) {
      if (record.state === 'running' && !isGone(record.worker)) throw busy(record);
      await this.store.jobs.cancel(record.id);
      record = undefined;
    }
    const resumed = record !== undefined;
    if (!record) {
      await noteScoring(this.store, this.actor, this.model, job);
      record = await this.store.jobs.add({ kind: KIND, input: job, by: this.actor.user });
    }
    const gone = isGone(record.worker) ? record.worker : undefined;
    const claimed = await this.store.jobs.claim(this.#worker, { kinds: [KIND], leaseMilliseconds: LEASE, id: record.id, gone });
    if (!claimed) throw busy(record);
    this.#id = record.id;
    return { job: claimed.input as ScoreJob, progress: (claimed.progress as ScoreProgress | null) ?? NOTHING, resumed };
  }

  async advance(progress: ScoreProgress): Promise<void> {
    this.#mine(await this.store.jobs.progress(this.#id, this.#worker, progress as Json, LEASE));
  }

  async finish(progress: ScoreProgress): Promise<void> {
    this.#mine(await this.store.jobs.finish(this.#id, this.#worker, { result: progress as Json }));
  }

  async fail(error: string, again: boolean): Promise<void> {
    if (this.#id !== '') await this.store.jobs.finish(this.#id, this.#worker, { error: error.slice(0, 1000), retry: again });
  }

  async #unfinished(id: string): Promise<JobRecord | undefined> {
    for (const state of ['running', 'queued'] as const) {
      const found = (await this.store.jobs.list({ kind: KIND, state, limit: 10_000 })).find((j) => (j.input as ScoreJob).id === id);
      if (found) return found;
    }
    return undefined;
  }

  #mine(still: boolean): void {
    if (!still)
      throw new MillwrightError('OUTPUT_BUSY', 'Another process took this scoring over, or it was cancelled.', 'Let that one end.');
  }
}

function busy({ leaseUntil }: JobRecord): MillwrightError {
  return new MillwrightError(
    'OUTPUT_BUSY',
    'Another process is at this scoring.',
    `Wait for it to end. If it is gone, its job may be taken over from ${leaseUntil ?? 'now'} on.`,
  );
}
