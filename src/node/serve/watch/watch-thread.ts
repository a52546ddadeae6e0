import { Worker } from 'node:worker_threads';
import type { WindowSize } from '../../../engine/monitor/monitor.js';
import type { Price } from '../../commands/alert-cost.js';
import type { Project } from '../../store/open-store.js';
import { IpcCalls } from '../ipc-calls.js';
import type { PageTask, WatchTask } from './watch-task.js';

/** Where a service's watching happens. */
export interface WatchPlace {
  readonly window: WindowSize;
  /** Alerts and states are kept in its store. */
  readonly project?: Project;
  /** Else states are kept here, if at all. */
  readonly folder?: string;
  /** What a wrong prediction costs, for models of which the project does not keep it. */
  readonly price?: Price;
}

/** Where the watching of a service happens, and what it keeps where. */
export function watchPlace(
  { log, value }: { log?: string | undefined; value?: Price | undefined },
  window: WindowSize,
  link?: { readonly project: Project },
): WatchPlace {
  return { window, ...(value && { price: value }), ...(link ? { project: link.project } : log !== undefined && { folder: log }) };
}

/** Something for the server's log. */
export interface WatchNote {
  readonly fields: object;
  readonly message: string;
}

/** The thread that watches what the processes of a service answer. */
export class WatchThread {
  readonly #worker: Worker;
  readonly #calls: IpcCalls;
  readonly #ended: Promise<void>;

  constructor(place: WatchPlace, onNote: (note: WatchNote) => void) {
    this.#worker = new Worker(new URL('./watch-worker.js', import.meta.url), { workerData: place });
    this.#calls = new IpcCalls(
      (message) => this.#worker.postMessage(message),
      () => undefined,
    );
    this.#worker.on('message', (message: { note?: WatchNote }) => (message.note ? onNote(message.note) : this.#calls.receive(message)));
    this.#worker.on('error', (error) => onNote({ fields: { reason: error.message }, message: 'the watching has ended' }));
    this.#ended = new Promise((resolve) =>
      this.#worker.on('exit', () => {
        this.#calls.end(new Error('the watching has ended'));
        resolve();
      }),
    );
  }

  async tell(task: WatchTask): Promise<void> {
    await this.#calls.call(task);
  }

  async page(task: PageTask): Promise<string> {
    return (await this.#calls.call(task)) as string;
  }

  /** Keeps what it knows, and ends. */
  async end(): Promise<void> {
    await this.#calls.call({ kind: 'end' }).catch(() => undefined);
    await this.#ended;
  }
}
