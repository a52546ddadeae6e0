import { closeSync, fdatasync, mkdirSync, openSync, writeSync } from 'node:fs';
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
  /** Files that are full, until they are on disk. */
  #full: number[] = [];

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
          const full = this.#full.splice(0);
          const files = [...full, this.#file];
          let left = files.length;
          let failure: Error | undefined;
          for (const file of files)
            fdatasync(file, (error) => {
              failure ??= error ?? undefined;
              if (--left > 0) return;
              for (const done of full) closeSync(done);
              if (failure) reject(failure);
              else resolve();
            });
        }),
    );
    const flushed = this.#next;
    this.#running = flushed.catch(() => undefined);
    return flushed;
  }

  close(): void {
    for (const file of [...this.#full.splice(0), this.#file]) if (file >= 0) closeSync(file);
    this.#file = -1;
  }

  #open(): void {
    const full = this.#file;
    this.#file = openSync(join(this.folder, `${this.label}-${String(++this.#number).padStart(6, '0')}.ndjson`), 'a', 0o600);
    this.#bytes = 0;
    if (full < 0) return;
    // brought to disk beside, and before whoever waits for a flush is told
    this.#full.push(full);
    this.flush().catch(() => undefined);
  }
}
