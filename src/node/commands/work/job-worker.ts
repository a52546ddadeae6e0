import { MillwrightError } from '../../../core/errors.js';
import type { Actor, JobRecord, Json } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { isGone, workerName } from './worker-name.js';

/** What the doing of a job is given. */
export interface JobTools {
  readonly store: Store;
  /** Who works. */
  readonly actor: Actor;
  /** Aborted when the job was cancelled or taken over, and when the worker is to end. */
  readonly signal: AbortSignal;
  /** Keeps how far it is: what the next worker is given as `progress` when this one dies. */
  keep(progress: Json): Promise<void>;
  note(text: string): void;
}

/** Does jobs of one kind. It may begin anew at any step, so whatever it writes must count once. */
export type Doer = (job: JobRecord, tools: JobTools) => Promise<Json>;

/** What a look at the queue came to. */
export interface Worked {
  done: number;
  failed: number;
  /** To be tried again later. */
  again: number;
}

export interface WorkerOptions {
  /** Milliseconds that a job is held without a sign of life. */
  lease?: number;
  /** Milliseconds before the first repetition; three times as long each time, up to an hour. */
  backoff?: number;
  onNote?: (text: string) => void;
}

const LEASE = 120_000;
const BACKOFF = 30_000;
const LONGEST = 3_600_000;
/** Attempts after which a job that fails is given up. */
const ATTEMPTS = 5;
/** The same, where its workers died: a job that kills them must not do so for ever. */
const DEATHS = 20;
/** Failures of the surroundings; everything else that has a code fails again. */
const PASSING: ReadonlySet<string> = new Set([
  'STORE_UNREACHABLE',
  'STORE_BUSY',
  'OUTPUT_BUSY',
  'OUTPUT_FAILED',
  'INTERRUPTED',
  'INTERNAL',
]);

/**
 * Claims jobs of a store, one after the other, and does them. Several, on several machines, share a store: each job is held by a lease that
 * its worker renews; what a dead worker left is taken over, at once on the same machine, else when the lease is over.
 */
export class JobWorker {
  readonly #name = workerName();

  constructor(
    private readonly store: Store,
    private readonly actor: Actor,
    private readonly doers: ReadonlyMap<string, Doer>,
    private readonly options: WorkerOptions = {},
  ) {}

  /** Does what is due, until nothing is. @param only this job alone */
  async drain(signal: AbortSignal = new AbortController().signal, only?: string): Promise<Worked> {
    const worked: Worked = { done: 0, failed: 0, again: 0 };
    while (!signal.aborted) {
      const job = await this.#claim(only);
      if (!job) break;
      worked[await this.#do(job, signal)]++;
      if (only !== undefined) break;
    }
    return worked;
  }

  async #claim(only?: string): Promise<JobRecord | undefined> {
    const kinds = [...this.doers.keys()];
    const claim = (id?: string, gone?: string) =>
      this.store.jobs.claim(this.#name, { kinds, leaseMilliseconds: this.options.lease ?? LEASE, id, gone });
    for (const kind of kinds)
      for (const { id, worker } of await this.store.jobs.list({ kind, state: 'running', limit: 1000 })) {
        if ((only !== undefined && only !== id) || !isGone(worker)) continue;
        const taken = await claim(id, worker);
        if (taken) return taken;
      }
    return claim(only);
  }

  async #do(job: JobRecord, ending: AbortSignal): Promise<keyof Worked> {
    const { lease = LEASE } = this.options;
    const stop = new AbortController();
    const end = () => stop.abort();
    if (ending.aborted) end();
    ending.addEventListener('abort', end, { once: true });
    let progress = job.progress;
    const renew = async (): Promise<void> => {
      if (!(await this.store.jobs.progress(job.id, this.#name, progress, lease))) end();
    };
    // a store that is away for a moment does not end the work: the lease is long
    const beat = setInterval(() => void renew().catch(() => undefined), lease / 4);
    try {
      if (job.attempts > DEATHS) throw new MillwrightError('OPTION_INVALID', `Its workers died ${DEATHS} times.`);
      const doer = this.doers.get(job.kind) as Doer;
      const result = await doer(job, {
        store: this.store,
        actor: this.actor,
        signal: stop.signal,
        keep: async (now) => {
          progress = now;
          await renew();
          if (stop.signal.aborted) throw new MillwrightError('INTERRUPTED', `The job ${job.id} was stopped.`);
        },
        note: (text) => this.options.onNote?.(text),
      });
      await this.store.jobs.finish(job.id, this.#name, { result });
      return 'done';
    } catch (error) {
      return await this.#failed(job, error, ending.aborted);
    } finally {
      clearInterval(beat);
      ending.removeEventListener('abort', end);
    }
  }

  async #failed(job: JobRecord, error: unknown, ended: boolean): Promise<keyof Worked> {
    const code = error instanceof MillwrightError ? error.code : 'INTERNAL';
    const message = `${code}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1000);
    const retry = ended || (PASSING.has(code) && job.attempts < ATTEMPTS);
    const afterMilliseconds = ended ? 0 : Math.min(LONGEST, (this.options.backoff ?? BACKOFF) * 3 ** (job.attempts - 1));
    const mine = await this.store.jobs.finish(job.id, this.#name, { error: message, retry, afterMilliseconds });
    if (mine) this.options.onNote?.(`${job.kind} ${job.id}: ${message}`);
    return mine && !retry ? 'failed' : 'again';
  }
}
