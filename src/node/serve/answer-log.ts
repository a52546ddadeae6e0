import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { outputFailed } from '../commands/atomic-file.js';

/** A file of the log is ended after this many bytes, so that old ones can be taken away. */
const FILE_BYTES = 64 * 2 ** 20;

/**
 * Answers and feedback as JSON lines in files of a folder. A line is out of this process when `write` returns, and on disk when `flush` does.
 */
export class AnswerLog {
  #file = -1;
  #bytes = 0;
  #number = 0;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** @param label part of the files' names that no other process uses. @throws MillwrightError `OUTPUT_FAILED` */
  constructor(
    private readonly folder: string,
    private readonly label: string,
  ) {
    try {
      mkdirSync(folder, { recursive: true });
      this.#open();
    } catch (cause) {
      throw outputFailed(folder, cause);
    }
  }

  /** Appends whole lines. @throws when the disk does not take them */
  write(lines: string): void {
    if (this.#bytes >= FILE_BYTES) this.#open();
    const bytes = Buffer.from(lines);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#bytes += bytes.length;
  }

  /** Resolves when all that was written so far is on disk; those who wait together share one flush. */
  flush(): Promise<void> {
    this.#next ??= this.#running.then(
      () =>
        new Promise<void>((resolve, reject) => {
          this.#next = undefined;
          fdatasync(this.#file, (error) => (error ? reject(error) : resolve()));
        }),
    );
    const flushed = this.#next;
    this.#running = flushed.catch(() => undefined);
    return flushed;
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #open(): void {
    // what waits for a flush of the old file must find it done
    if (this.#file >= 0) fsyncSync(this.#file);
    this.close();
    this.#file = openSync(join(this.folder, `${this.label}-${String(++this.#number).padStart(6, '0')}.ndjson`), 'a', 0o600);
    this.#bytes = 0;
  }
}
