import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { outputFailed, writeWhole } from './atomic-file.js';

/** Files by their path within a folder, with `/` between. */
export type FileSet = ReadonlyMap<string, string | Uint8Array>;

/**
 * Writes files into a folder: a new one appears with all of them or not at all, in one that exists all are written beside their places before any is
 * put there. Other files of the folder stay.
 * @param force replaces files that are there
 * @throws MillwrightError `OUTPUT_EXISTS`, `OUTPUT_FAILED`
 */
export async function writeFileSet(folder: string, files: FileSet, force = false): Promise<void> {
  const present = [...files.keys()].filter((name) => existsSync(join(folder, name)));
  if (present.length > 0 && !force)
    throw new MillwrightError(
      'OUTPUT_EXISTS',
      `${folder} already holds ${present.slice(0, 5).join(', ')}${present.length > 5 ? ', …' : ''}.`,
      'Replace them with --force, or choose another folder with --out.',
    );
  const fresh = !existsSync(folder);
  const stage = join(fresh ? dirname(folder) : folder, `.millwright-${randomBytes(4).toString('hex')}.tmp`);
  const clear = (): void => rmSync(stage, { recursive: true, force: true });
  process.on('exit', clear);
  try {
    await mkdir(stage, { recursive: true });
    for (const [name, data] of files) {
      await mkdir(dirname(join(stage, name)), { recursive: true });
      await writeWhole(join(stage, name), data);
    }
    if (fresh) await rename(stage, folder);
    else
      for (const name of files.keys()) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        await rename(join(stage, name), join(folder, name));
      }
  } catch (cause) {
    throw cause instanceof MillwrightError ? cause : outputFailed(folder, cause);
  } finally {
    clear();
    process.off('exit', clear);
  }
}
