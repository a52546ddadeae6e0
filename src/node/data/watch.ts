import { performance } from 'node:perf_hooks';
import type { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';

/** What may end a pass over the rows early. */
export interface ReadLimits {
  /** When it has passed, the rows read so far stand for all. */
  deadline?: Deadline;
  /** A person wants the end: the pass is given up. */
  signal?: AbortSignal;
}

/** Milliseconds between two moments in which signals and timers run. */
const BREATH = 40;

/** Asks, batch by batch, whether to go on. */
export class Watch {
  #last = performance.now();
  constructor(readonly limits: ReadLimits) {}

  /** @throws MillwrightError `INTERRUPTED` */
  check(): void {
    const { deadline, signal } = this.limits;
    if (signal?.aborted || deadline?.interrupted)
      throw new MillwrightError('INTERRUPTED', 'Interrupted while the data was read.', 'Run again.');
  }

  /**
   * True when the time is up.
   * @throws MillwrightError `INTERRUPTED`
   */
  async over(): Promise<boolean> {
    if (performance.now() - this.#last >= BREATH) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#last = performance.now();
    }
    this.check();
    return this.limits.deadline?.expired() ?? false;
  }

  /** Calls `stop` as soon as the signal comes, until `work` is done; what fails because of it is an interrupt. */
  async during<R>(stop: () => void, work: () => Promise<R>): Promise<R> {
    const { signal } = this.limits;
    this.check();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await work();
    } catch (error) {
      this.check();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}
