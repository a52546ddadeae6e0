import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../commands/version.js';
import { IpcCalls } from './ipc-calls.js';
import { ProjectLink } from './project-service.js';
import type { ServeSettings } from './settings.js';
import type { AskedTraffic, GroupTask, Started } from './siblings.js';
import { WatchThread, watchPlace } from './watch/watch-thread.js';

/** Workers that have not ended by then are killed: longer than a request may take. */
const STOP_MILLISECONDS = 70_000;
/** Waits before a worker is started anew, after failures in a row. */
const LEAST_WAIT = 200;
const MOST_WAIT = 10_000;

/**
 * Several processes that answer at one address. This one answers nothing: it starts the workers anew when they end, passes on what one of them tells the others,
 * and in a project takes their predictions over into the store.
 */
export class WorkerGroup {
  readonly #ready = new Map<Worker, IpcCalls>();
  readonly #all = new Set<Worker>();
  readonly #traffic = new Map<string, unknown>();
  #settings: ServeSettings;
  #link: ProjectLink | undefined;
  #watch: WatchThread | undefined;
  #ending = false;
  /** How often models or traffic were changed: a worker that started meanwhile is told. */
  #changes = 0;
  #port = 0;
  address = '';
  models: string[] = [];

  private constructor(settings: ServeSettings) {
    this.#settings = settings;
  }

  /** @throws MillwrightError what the first worker met: `BUNDLE_…`, `OPTION_INVALID`, `STORE_…` */
  static async start(settings: ServeSettings): Promise<WorkerGroup> {
    cluster.setupPrimary({ exec: fileURLToPath(new URL('./serve-worker.js', import.meta.url)), args: [], serialization: 'advanced' });
    const group = new WorkerGroup(settings);
    try {
      if (settings.files.length === 0) group.#link = await ProjectLink.open();
      if (settings.watch)
        group.#watch = new WatchThread(watchPlace(settings, settings.watch, group.#link), ({ fields, message }) =>
          note(40, message, fields),
        );
      // the first alone: what is wrong is told once
      Object.assign(group, await group.#fork());
      group.#port = Number(new URL(group.address).port);
      await Promise.all(Array.from({ length: settings.workers - 1 }, () => group.#fork()));
      group.#link?.startDrain(`none-${process.pid}`, (reason) =>
        note(50, 'predictions and webhooks wait: the store does not answer', { reason }),
      );
    } catch (error) {
      await group.stop();
      throw error;
    }
    return group;
  }

  /** Has all workers read the models again; what goes wrong is in their logs. */
  async reload(): Promise<void> {
    this.#changes++;
    await Promise.allSettled([...this.#ready.values()].map((calls) => calls.call({ kind: 'reload' })));
  }

  /** Answers what has arrived, then ends all workers. */
  async stop(): Promise<void> {
    this.#ending = true;
    const ends = [...this.#all].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    const late = setTimeout(() => this.#kill(), STOP_MILLISECONDS);
    for (const worker of this.#all) {
      const calls = this.#ready.get(worker);
      if (calls)
        calls.call({ kind: 'stop' } satisfies GroupTask).catch(() => undefined); // its end is waited for
      else worker.process.kill('SIGKILL');
    }
    await Promise.all(ends);
    clearTimeout(late);
    await this.#watch?.end();
    await this.#link?.close();
  }

  #kill(): void {
    for (const worker of this.#all) worker.process.kill('SIGKILL');
  }

  async #fork(): Promise<Started> {
    // a port that was drawn is held by the workers; when none is left it is asked for by its number
    if (this.#all.size === 0 && this.#port !== 0) this.#settings = { ...this.#settings, port: this.#port };
    const worker = cluster.fork();
    this.#all.add(worker);
    let hello: () => void = () => {};
    const up = new Promise<void>((resolve) => {
      hello = resolve;
    });
    const calls = new IpcCalls(
      (message) => worker.send(message as never),
      (task: GroupTask) => (task.kind === 'hello' ? hello() : this.#relay(worker, task)),
    );
    worker.on('message', (message: unknown) => calls.receive(message));
    worker.on('error', () => undefined); // it has ended, which is told too
    const gone = new Promise<never>((_, reject) => {
      worker.once('exit', (code, signal) => {
        const error = new Error(`a worker ended with ${signal ?? code}`);
        calls.end(error);
        this.#ended(worker, error);
        reject(error);
      });
    });
    gone.catch(() => undefined);
    await Promise.race([up, gone]);
    const before = this.#changes;
    const traffic: AskedTraffic[] = [...this.#traffic];
    const asked = calls.call({ kind: 'start', settings: this.#settings, traffic } satisfies GroupTask) as Promise<Started>;
    const started = await asked.catch((error: unknown) => {
      worker.process.kill('SIGKILL'); // it would wait for ever
      throw error;
    });
    this.#ready.set(worker, calls);
    if (this.#changes !== before) {
      await calls.call({ kind: 'reload' } satisfies GroupTask).catch(() => undefined); // logged
      for (const asked of this.#traffic) await calls.call({ kind: 'traffic', traffic: asked } satisfies GroupTask).catch(() => undefined);
    }
    return started;
  }

  /** Asks all others what one worker asks; one that ends meanwhile is left out. */
  async #relay(from: Worker, task: GroupTask): Promise<unknown[]> {
    if (task.kind === 'watch') {
      await this.#watch?.tell(task.task);
      return [];
    }
    if (task.kind === 'page') return this.#watch ? [await this.#watch.page(task)] : [];
    // a project keeps it in its store, where what comes to production changes it
    if (task.kind === 'traffic' && !this.#link) this.#traffic.set(...task.traffic);
    if (task.kind === 'traffic' || task.kind === 'reload') this.#changes++;
    const others = [...this.#ready].filter(([worker]) => worker !== from);
    const said = others.map(async ([worker, calls]) => {
      try {
        return await calls.call(task);
      } catch (error) {
        if (this.#ready.has(worker)) throw error;
        return undefined;
      }
    });
    return (await Promise.all(said)).filter((result) => result !== undefined);
  }

  #ended(worker: Worker, { message }: Error): void {
    this.#all.delete(worker);
    if (!this.#ready.delete(worker) || this.#ending) return;
    note(40, `${message} and is started anew`);
    void this.#replace();
  }

  async #replace(): Promise<void> {
    for (let wait = LEAST_WAIT; !this.#ending; wait = Math.min(MOST_WAIT, 2 * wait)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#ending) return;
      try {
        await this.#fork();
        return;
      } catch (error) {
        note(50, 'a worker cannot be started', { reason: (error as Error).message });
      }
    }
  }
}

/** A line of the server's log, in the form of the workers'. */
function note(level: number, msg: string, more: object = {}): void {
  const line = { level, time: Date.now(), pid: process.pid, service: 'millwright', version: packageVersion(), ...more, msg };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
