import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../../model/bundle.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { writeWhole } from './atomic-file.js';

/** The model of a run that has not ended, inside its folder. */
export const BEST_SO_FAR = 'best-so-far.mill';
/** Milliseconds from the start of the command before which nothing is written, and between writings at least. */
const FIRST = 3000;
const EVERY = 10_000;
/** A writing may take this share of the time at most. */
const SHARE = 0.02;

/** Keeps the best model so far in a run's folder, for the case that the run is killed and never gone on with. */
export class BestSoFar {
  #next = FIRST;
  #writing: Promise<void> | undefined;

  /** @param elapsed milliseconds since the command began */
  constructor(
    readonly folder: string,
    readonly elapsed: () => number,
  ) {}

  /** Writes it when the last writing is long enough ago. A disk that is full must not end the run. */
  offer(bundle: Bundle): void {
    if (this.#writing || this.elapsed() < this.#next) return;
    const started = this.elapsed();
    this.#writing = encodeBundle(bundle)
      .then((bytes) => writeWhole(join(this.folder, BEST_SO_FAR), bytes))
      .catch(() => undefined)
      .finally(() => {
        this.#next = this.elapsed() + Math.max(EVERY, (this.elapsed() - started) / SHARE);
        this.#writing = undefined;
      });
  }

  /** Waits for a writing under way. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  remove(): void {
    rmSync(join(this.folder, BEST_SO_FAR), { force: true });
  }
}
