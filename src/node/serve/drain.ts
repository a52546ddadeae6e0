import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../store/store.js';
import { logRecords } from './log-records.js';

/** Bytes that are read at a time: a few thousand rows. */
const BLOCK = 2 * 2 ** 20;

/**
 * Takes the lines of a prediction log over into the store. Ids that the store has already are left as they are, so that a file may be read again after a
 * sudden end; a file goes when all of it is in the store and nobody writes to it any more.
 */
export class Drain {
  /** How far each file was read. */
  readonly #read = new Map<string, number>();

  constructor(
    private readonly store: Store,
    private readonly folder: string,
    /** Whether somebody may still write to a file. */
    private readonly isLive: (file: string) => boolean,
  ) {}

  /** Takes over what is there. @returns lines taken */
  async once(): Promise<number> {
    let taken = 0;
    for (const file of readdirSync(this.folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort()) {
      // asked before the last read, so that nothing is written between it and the removal
      const live = this.isLive(file);
      taken += await this.#file(join(this.folder, file), live);
      if (!live) {
        rmSync(join(this.folder, file), { force: true });
        this.#read.delete(join(this.folder, file));
      }
    }
    return taken;
  }

  async #file(path: string, live: boolean): Promise<number> {
    let at = this.#read.get(path) ?? 0;
    let taken = 0;
    for (;;) {
      const left = statSync(path).size - at;
      if (left <= 0) return taken;
      // a line longer than a block is read in one go
      const { text, bytes } = readLines(path, at, Math.min(left, BLOCK)) ?? readLines(path, at, left) ?? { text: '', bytes: 0 };
      if (bytes === 0) {
        if (live) return taken;
        at += left; // cut off by a sudden end: it was never acknowledged
        continue;
      }
      const records = text
        .split('\n')
        .filter((line) => line !== '')
        .map(logRecords);
      await this.store.traffic.addPredictions(records.flatMap((r) => r.predictions));
      await this.store.traffic.addFeedback(records.flatMap((r) => r.feedback));
      taken += records.length;
      at += bytes;
      this.#read.set(path, at);
    }
  }
}

/** The whole lines within so many bytes; nothing when there is no line end. */
function readLines(path: string, from: number, length: number): { text: string; bytes: number } | undefined {
  const buffer = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    const got = readSync(file, buffer, 0, length, from);
    const end = buffer.subarray(0, got).lastIndexOf(10) + 1;
    return end === 0 ? undefined : { text: buffer.toString('utf8', 0, end), bytes: end };
  } finally {
    closeSync(file);
  }
}
