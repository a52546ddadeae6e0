import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MillwrightError } from '../../../core/errors.js';
import { writeParquet } from '../../data/write-parquet.js';
import { AtomicFile, outputFailed, writeWhole } from '../atomic-file.js';
import { csvText } from '../csv-cell.js';
import { FolderLock } from '../folder-lock.js';
import { formatOf } from '../predict.js';
import type { RowFormat } from '../prediction-rows.js';
import { type Begun, nothingBegun, refuseOther, type ScoreJob, type ScoreProgress } from './job.js';
import { delimitedText, ndjsonText, type ScoredColumn, type ScoredRow } from './scored-rows.js';
import type { Sink } from './sink.js';

const WHOLE = 'whole';

/** Parts in a hidden folder beside the file, joined and renamed at the end. */
export class FileSink implements Sink {
  readonly #format: RowFormat | 'parquet';
  #progress: ScoreProgress | undefined;

  private constructor(
    readonly out: string,
    readonly folder: string,
    private readonly columns: readonly ScoredColumn[],
    private readonly lock: FolderLock,
  ) {
    this.#format = /\.(parquet|pq)$/i.test(out) ? 'parquet' : formatOf(out);
  }

  /** @throws MillwrightError `OUTPUT_FAILED`, `OUTPUT_BUSY` when another process writes there */
  static async open(path: string, columns: readonly ScoredColumn[]): Promise<FileSink> {
    const out = resolve(path);
    const present = await stat(out).catch(() => undefined);
    if (present && !present.isFile()) throw outputFailed(path, new Error('it is no file'));
    const folder = join(dirname(out), `.${basename(out)}.scoring`);
    try {
      await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      return new FileSink(out, folder, columns, new FolderLock(folder));
    } catch (cause) {
      throw cause instanceof MillwrightError ? cause : outputFailed(path, cause);
    }
  }

  get journal(): string {
    return join(this.folder, 'journal.json');
  }

  async begin(begun: Begun, asked: ScoreJob, resume: boolean): Promise<Begun> {
    if (resume && !begun.resumed) throw nothingBegun(asked);
    if (begun.resumed) refuseOther(begun.job, asked);
    else
      for (const name of await readdir(this.folder))
        if (/^\d+$|^whole$|\.tmp$/.test(name)) await rm(join(this.folder, name), { force: true });
    this.#progress = begun.progress;
    // ready to be renamed, and the rename may have happened
    const done = begun.progress.whole !== undefined && (await this.#size(WHOLE)) === undefined;
    if (done && (await stat(this.out).catch(() => undefined))?.size !== begun.progress.whole) throw this.#damaged();
    return { ...begun, done };
  }

  async put(chunk: number, rows: readonly ScoredRow[]): Promise<ScoreProgress> {
    const text =
      this.#format === 'csv' || this.#format === 'tsv'
        ? delimitedText(this.columns, rows, this.#separator)
        : ndjsonText(this.columns, rows);
    const bytes = Buffer.from(text);
    await writeWhole(this.#part(chunk), bytes);
    const before = this.#progress as ScoreProgress;
    this.#progress = { chunks: chunk + 1, rows: before.rows + rows.length, bytes: before.bytes + bytes.length };
    return this.#progress;
  }

  async finish(advance: (progress: ScoreProgress) => Promise<void>): Promise<void> {
    const progress = this.#progress as ScoreProgress;
    const whole = join(this.folder, WHOLE);
    if (progress.whole === undefined) {
      await this.#join(whole, progress);
      const { size } = await stat(whole);
      this.#progress = { ...progress, whole: size };
      await advance(this.#progress);
    }
    await rename(whole, this.out).catch((cause) => {
      throw outputFailed(this.out, cause);
    });
  }

  async close(left: 'done' | 'nothing' | 'unfinished'): Promise<void> {
    if (left === 'unfinished') {
      this.lock.release();
      await rmdir(this.folder).catch(() => undefined); // when nothing is in it
    } else await rm(this.folder, { recursive: true, force: true });
  }

  async #join(whole: string, { chunks, bytes }: ScoreProgress): Promise<void> {
    const parts = Array.from({ length: chunks }, (_, chunk) => this.#part(chunk));
    let found = 0;
    for (const part of parts) found += (await stat(part).catch(() => undefined))?.size ?? 0;
    if (found !== bytes) throw this.#damaged();
    if (this.#format === 'parquet') return writeParquet(whole, parts, this.columns);
    const file = await AtomicFile.create(whole);
    try {
      if (this.#format !== 'ndjson') await file.write(`${this.columns.map((c) => csvText(c.name)).join(this.#separator)}\n`);
      for (const part of parts)
        for await (const block of createReadStream(part, { highWaterMark: 1 << 20 })) await file.write(block as Buffer);
      await file.commit();
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  get #separator(): string {
    return this.#format === 'tsv' ? '\t' : ',';
  }

  #part(chunk: number): string {
    return join(this.folder, String(chunk).padStart(9, '0'));
  }

  async #size(name: string): Promise<number | undefined> {
    return (await stat(join(this.folder, name)).catch(() => undefined))?.size;
  }

  #damaged(): MillwrightError {
    return new MillwrightError(
      'OUTPUT_FAILED',
      `The parts of ${this.out} in ${this.folder} are not those that were written.`,
      'Begin anew with --anew.',
    );
  }
}
