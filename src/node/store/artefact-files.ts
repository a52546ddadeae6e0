import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { outputFailed } from '../commands/atomic-file.js';
import type { Artefacts } from './artefacts.js';
import type { ArtefactRef } from './records.js';

const HASH = /^[0-9a-f]{64}$/;
/** Milliseconds after which a half-written file is one whose writer is gone. */
const ABANDONED = 24 * 3600_000;

/** Artefacts in a folder: `ab/cdef…`, written elsewhere in it first. */
export class ArtefactFiles implements Artefacts {
  constructor(readonly folder: string) {}

  async put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<ArtefactRef> {
    const waiting = join(this.folder, 'tmp');
    const temporary = join(waiting, randomBytes(8).toString('hex'));
    try {
      await mkdir(waiting, { recursive: true });
      const ref = await writeHashed(temporary, content);
      const path = this.#path(ref.sha256);
      const home = join(path, '..');
      await mkdir(home, { recursive: true });
      // over the same content, should it be there: that makes it young again, so that no sweep takes it
      await rename(temporary, path);
      await flushFolder(home);
      return ref;
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw cause instanceof MillwrightError ? cause : outputFailed(this.folder, cause);
    }
  }

  async has(sha256: string): Promise<boolean> {
    return (await stat(this.#path(sha256)).catch(() => undefined))?.isFile() ?? false;
  }

  async get(sha256: string): Promise<Uint8Array> {
    let content: Uint8Array;
    try {
      content = await readFile(this.#path(sha256));
    } catch (cause) {
      throw missing(sha256, this.folder, cause);
    }
    checkContent(sha256, content);
    return content;
  }

  async read(sha256: string): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#path(sha256);
    await access(path).catch((cause: unknown) => {
      throw missing(sha256, this.folder, cause);
    });
    return checkedParts(sha256, partsOf(path));
  }

  async sweep(keep: (sha256: string) => boolean, olderThan: number): Promise<ArtefactRef[]> {
    const gone: ArtefactRef[] = [];
    const names = async (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
    for (const head of await names(this.folder)) {
      for (const rest of await names(join(this.folder, head))) {
        const path = join(this.folder, head, rest);
        const there = await stat(path).catch(() => undefined);
        const age = Date.now() - (there?.mtimeMs ?? Number.POSITIVE_INFINITY);
        if (head === 'tmp' && age > ABANDONED) await rm(path, { force: true });
        if (!there?.isFile() || !HASH.test(head + rest) || keep(head + rest) || age < olderThan) continue;
        await rm(path, { force: true });
        gone.push({ sha256: head + rest, bytes: there.size });
      }
    }
    return gone;
  }

  #path(sha256: string): string {
    checkHash(sha256);
    return join(this.folder, sha256.slice(0, 2), sha256.slice(2));
  }
}

/** @throws MillwrightError `NOT_FOUND` for a text that is not the name of an artefact */
export function checkHash(sha256: string): void {
  if (!HASH.test(sha256)) throw new MillwrightError('NOT_FOUND', `"${sha256.slice(0, 80)}" is not the name of an artefact.`);
}

export function missing(sha256: string, place: string, cause?: unknown): MillwrightError {
  return new MillwrightError('NOT_FOUND', `The artefact ${sha256} is not in ${place}.`, 'Bring it back from a copy.', { cause });
}

/** A file is open from the first part that is asked for, so that nothing stays open for who asks for none. */
async function* partsOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 2 ** 18 }) as AsyncIterable<Uint8Array>;
}

/** Parts as they come, the last of them only when all were what their name says. */
export async function* checkedParts(sha256: string, parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  for await (const part of parts) {
    if (held) yield held;
    hash.update(part);
    held = part;
  }
  checkDigest(sha256, hash.digest('hex'));
  if (held) yield held;
}

/** @throws MillwrightError `ARTEFACT_DAMAGED` when content is not what its name says */
export function checkContent(sha256: string, content: Uint8Array): void {
  checkDigest(sha256, createHash('sha256').update(content).digest('hex'));
}

function checkDigest(sha256: string, found: string): void {
  if (found !== sha256)
    throw new MillwrightError(
      'ARTEFACT_DAMAGED',
      `The artefact ${sha256} is damaged: its content has the hash ${found}.`,
      'Bring it back from a copy.',
    );
}

/** Writes a new file and tells its hash. */
export async function writeHashed(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<ArtefactRef> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(path, 'wx');
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Makes a new name last through a loss of power, where a folder can be flushed. */
export async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
