import { Worker } from 'node:worker_threads';
import { MillwrightError } from '../../core/errors.js';
import type { Column } from '../../core/table.js';
import type { FitOutcome, FitSetting, NoFit } from '../../engine/automl/fit-team.js';
import type { OpenTeam } from '../../engine/automl/run.js';
import { decodeModel } from '../../model/decode-model.js';
import type { FitReply, FitRequest, SentError, SharedSetting } from './fit-messages.js';
import type { RenewableTeam } from './guarded-team.js';

interface Pending {
  readonly resolve: (outcome: FitOutcome | NoFit) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress?: (done: number) => void;
}

/**
 * A team of `worker_threads`, each fitting by itself; the rows lie in memory that all share.
 * @param size threads beside the calling one, ≥ 1
 */
export async function fitTeam(size: number, setting: FitSetting): Promise<RenewableTeam> {
  const data = shared(setting);
  const hands: Hand[] = [];
  try {
    for (let slot = 0; slot < size; slot++) hands.push(new Hand(data));
    await Promise.all(hands.map((hand) => hand.ready));
  } catch (error) {
    await Promise.all(hands.map((hand) => hand.close()));
    throw error;
  }
  return {
    size,
    fit: (slot, job, onProgress) => (hands[slot] as Hand).fit(job, onProgress),
    stop: () => {
      for (const hand of hands) hand.stop();
    },
    renew: (slot) => (hands[slot] as Hand).renew(),
    close: async () => {
      await Promise.all(hands.map((hand) => hand.close()));
    },
  };
}

/** One worker, started anew when it died for lack of memory. */
class Hand {
  #worker: Worker;
  #pending: Pending | undefined;
  #count = 0;
  #closed = false;
  ready: Promise<void>;

  constructor(readonly data: SharedSetting) {
    [this.#worker, this.ready] = this.#start();
  }

  async fit(job: Parameters<OpenTeam['fit']>[1], onProgress?: (done: number) => void): Promise<FitOutcome | NoFit> {
    await this.ready;
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, onProgress };
      // only while it starts or works may it keep the process alive
      this.#worker.ref();
      this.#send({ id: ++this.#count, job });
    });
  }

  /** Starts the worker anew: what it held is given back. Only while it does nothing. */
  async renew(): Promise<void> {
    const worker = this.#worker;
    worker.removeAllListeners();
    await worker.terminate();
    [this.#worker, this.ready] = this.#start();
    await this.ready;
  }

  stop(): void {
    this.#send({ stop: true });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }

  #send(request: FitRequest): void {
    this.#worker.postMessage(request);
  }

  #start(): [Worker, Promise<void>] {
    const worker = new Worker(new URL('./fit-worker.js', import.meta.url), { workerData: this.data });
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: FitReply) => {
        if ('ready' in reply) {
          worker.unref();
          resolve();
        } else this.#receive(reply);
      });
      worker.on('error', (error) => {
        reject(error);
        this.#died(error);
      });
      worker.once('exit', () => {
        const error = new MillwrightError('INTERNAL', 'A thread that trains models ended.', 'Run again with --threads 1.');
        reject(error);
        this.#died(error);
      });
    });
    // a death after the start is told to whoever waits for a fit
    ready.catch(() => {});
    return [worker, ready];
  }

  #receive(reply: Exclude<FitReply, { ready: true }>): void {
    if (reply.id !== this.#count || !this.#pending) return;
    const { resolve, reject, onProgress } = this.#pending;
    if ('done' in reply) {
      onProgress?.(reply.done);
      return;
    }
    this.#pending = undefined;
    this.#worker.unref();
    if ('error' in reply) reject(revived(reply.error));
    else if (typeof reply.outcome === 'string') resolve(reply.outcome);
    else {
      const { head, blobs, ...rest } = reply.outcome;
      resolve({ ...rest, model: decodeModel(head, blobs) });
    }
  }

  #died(error: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (this.#closed || !pending) return;
    if ((error as { code?: string }).code !== 'ERR_WORKER_OUT_OF_MEMORY') {
      pending.reject(error);
      return;
    }
    [this.#worker, this.ready] = this.#start();
    pending.resolve('memory');
  }
}

function shared({ answered, ...rest }: FitSetting): SharedSetting {
  const { table, target, weights } = answered;
  return {
    ...rest,
    columns: table.columns.map(
      (c): Column => (c.kind === 'numeric' ? { ...c, values: sharedCopy(c.values) } : { ...c, codes: sharedCopy(c.codes) }),
    ),
    rows: table.rows,
    target: sharedCopy(target),
    weights: weights && sharedCopy(weights),
  };
}

function sharedCopy<A extends Float64Array | Int32Array>(array: A): A {
  const Type = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Type(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

function revived({ name, message, code, hint, stack }: SentError): Error {
  if (code !== undefined) return new MillwrightError(code as MillwrightError['code'], message, hint);
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
