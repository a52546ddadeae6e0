import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';

/** Temporary files of this process; a sudden exit removes them. */
const pending = new Set<string>();
process.on('exit', () => {
  for (const path of pending) rmSync(path, { force: true });
});

/** Says what could not be written, where, and what is needed. */
export function outputFailed(path: string, cause: unknown, bytes?: number): MillwrightError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const need = bytes === undefined ? '' : ` (${bytes.toLocaleString('en')} bytes)`;
  const [why, hint] =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
      ? ['there is no space left', 'Free some space, or write to another disk.']
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? ['it may not be written to', 'Choose a folder that you may write to.']
        : code === 'ENOENT' || code === 'ENOTDIR'
          ? ['its folder cannot be made', 'Choose another place.']
          : [cause instanceof Error ? cause.message : String(cause), 'Choose another place.'];
  return new MillwrightError('OUTPUT_FAILED', `Cannot write ${path}${need}: ${why}.`, hint, { cause });
}

/**
 * A file that appears under its name only when it is whole: written beside it, flushed to disk, then renamed.
 * Devices and pipes (`/dev/stdout`) are written to directly.
 */
export class AtomicFile {
  #written = 0;
  private constructor(
    readonly path: string,
    private readonly temporary: string | undefined,
    private readonly handle: FileHandle,
  ) {}

  /** @throws MillwrightError `OUTPUT_FAILED` */
  static async create(path: string): Promise<AtomicFile> {
    try {
      const present = await stat(path).catch(() => undefined);
      if (present?.isDirectory()) throw new Error('it is a folder');
      if (present && !present.isFile()) return new AtomicFile(path, undefined, await open(path, 'w'));
      const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
      const handle = await open(temporary, 'wx');
      pending.add(temporary);
      return new AtomicFile(path, temporary, handle);
    } catch (cause) {
      throw outputFailed(path, cause);
    }
  }

  /** @throws MillwrightError `OUTPUT_FAILED`; the file is then gone */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    try {
      for (let at = 0; at < bytes.length; ) at += (await this.handle.write(bytes, at)).bytesWritten;
      this.#written += bytes.length;
    } catch (cause) {
      await this.discard();
      throw outputFailed(this.path, cause, this.#written + bytes.length);
    }
  }

  /** Gives the file its name. @throws MillwrightError `OUTPUT_FAILED` */
  async commit(): Promise<void> {
    try {
      if (this.temporary !== undefined) await this.handle.sync();
      await this.handle.close();
      if (this.temporary !== undefined) {
        await rename(this.temporary, this.path);
        pending.delete(this.temporary);
      }
    } catch (cause) {
      await this.discard();
      throw outputFailed(this.path, cause, this.#written);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    if (this.temporary === undefined) return;
    await rm(this.temporary, { force: true }).catch(() => undefined);
    pending.delete(this.temporary);
  }
}

/** All of a file's content, or chunks of it. */
export type FileData = string | Uint8Array | Iterable<string>;

/** Writes a whole file. @throws MillwrightError `OUTPUT_FAILED` */
export async function writeWhole(path: string, data: FileData): Promise<void> {
  const file = await AtomicFile.create(path);
  if (typeof data === 'string' || data instanceof Uint8Array) await file.write(data);
  else for (const chunk of data) await file.write(chunk);
  await file.commit();
}
