import { mkdirSync } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MillwrightError } from '../../../core/errors.js';
import { flushFolder } from '../../store/artefact-files.js';
import { outputFailed, writeWhole } from '../atomic-file.js';
import { FolderLock } from '../folder-lock.js';
import type { ScoredColumn } from '../score/scored-rows.js';
import { DoneMarks } from './done-marks.js';
import type { Inflow } from './inflow.js';
import { type Answer, answerLines, type Outflow } from './outflow.js';

/**
 * A file of lines that grows. What is in it is noted in a journal beside it after it was flushed: what a killed process wrote beyond that is cut off, and
 * its messages, never acknowledged, come again.
 */
export class FileOutflow implements Outflow {
  readonly label: string;
  private constructor(
    private readonly columns: readonly ScoredColumn[],
    private readonly out: string,
    private readonly folder: string,
    private readonly lock: FolderLock,
    private readonly handle: FileHandle,
    private bytes: number,
    private readonly done: DoneMarks,
  ) {
    this.label = out;
  }

  /** @throws MillwrightError `OPTION_INVALID`, `OUTPUT_EXISTS`, `OUTPUT_BUSY` when another process writes there, `OUTPUT_FAILED` */
  static async open(path: string, columns: readonly ScoredColumn[]): Promise<FileOutflow> {
    if (!/\.(ndjson|jsonl)$/i.test(path))
      throw new MillwrightError(
        'OPTION_INVALID',
        `A stream cannot be written to ${path}.`,
        'Name a file that ends in .ndjson; or a table with --into.',
      );
    const out = resolve(path);
    const folder = join(dirname(out), `.${basename(out)}.stream`);
    let lock: FolderLock | undefined;
    try {
      mkdirSync(folder, { recursive: true });
      lock = new FolderLock(folder);
      const kept = await readJournal(folder);
      const there = await stat(out).catch(() => undefined);
      if (there && !kept)
        throw new MillwrightError(
          'OUTPUT_EXISTS',
          `${path} is there already, and is not of this stream.`,
          'Name another file, or move that one away.',
        );
      // one that was moved away, as logs are, is begun anew; what went there is not done again
      const bytes = there ? (kept?.bytes ?? 0) : 0;
      if (there && there.size < bytes)
        throw new MillwrightError(
          'OUTPUT_FAILED',
          `${path} is shorter than what was written to it.`,
          'Bring it back, or move it away to go on in a new one.',
        );
      const handle = await open(out, there ? 'r+' : 'wx');
      await handle.truncate(bytes);
      return new FileOutflow(columns, out, folder, lock, handle, bytes, kept?.done ?? new DoneMarks());
    } catch (error) {
      lock?.release();
      throw error instanceof MillwrightError ? error : outputFailed(path, error);
    }
  }

  async put(answers: readonly Answer[]): Promise<number> {
    const { handle, done, folder } = this;
    const seen = new Set<string>();
    const fresh = answers.filter(({ message }) => {
      const place = `${message.shard} ${message.offset}`;
      return !done.has(message) && !seen.has(place) && seen.add(place);
    });
    if (fresh.length === 0) return 0;
    const text = Buffer.from(answerLines(this.columns, fresh));
    try {
      for (let at = 0; at < text.length; ) at += (await handle.write(text, at, text.length - at, this.bytes + at)).bytesWritten;
      await handle.sync();
    } catch (cause) {
      throw outputFailed(this.out, cause, text.length);
    }
    this.bytes += text.length;
    for (const { message } of fresh) done.add(message);
    await writeWhole(join(folder, JOURNAL), JSON.stringify({ version: 1, bytes: this.bytes, done }));
    await flushFolder(folder);
    return fresh.length;
  }

  async settle(inflow: Inflow): Promise<void> {
    for (const shard of this.done.crowded()) this.done.settle(shard, (await inflow.settled(shard)) ?? -1);
  }

  async close(): Promise<void> {
    await this.handle.close();
    this.lock.release();
  }
}

const JOURNAL = 'journal.json';

async function readJournal(folder: string): Promise<{ bytes: number; done: DoneMarks } | undefined> {
  const text = await readFile(join(folder, JOURNAL), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { version, bytes, done } = JSON.parse(text) as { version: number; bytes: number; done: unknown };
  if (version !== 1) throw new Error('its journal is of a later version');
  return { bytes, done: DoneMarks.fromJSON(done) };
}
