import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import type { Bundle } from '../../model/bundle.js';
import { BEST_SO_FAR } from './best-so-far.js';
import { decodeAnyBundle } from './decode-any-bundle.js';

const LIMIT = 4 * 2 ** 30;

/**
 * Reads a `.mill` file; of a run's folder, its `model.mill`, or the best so far of a run that did not end.
 * @throws MillwrightError `BUNDLE_UNREADABLE`, `BUNDLE_TAMPERED`, `BUNDLE_TOO_NEW`
 */
export async function readBundle(path: string): Promise<Bundle> {
  return (await readBundleFile(path)).bundle;
}

/** The same, with the bytes that it was read from. */
export async function readBundleFile(path: string): Promise<{ bundle: Bundle; bytes: Uint8Array }> {
  const bytes = await bundleBytes(path);
  return { bundle: await decodeFile(path, bytes), bytes };
}

/** The bundle in a file that `bundleBytes` read. @throws MillwrightError `BUNDLE_…`, with the name of the file */
export async function decodeFile(path: string, bytes: Uint8Array): Promise<Bundle> {
  try {
    return await decodeAnyBundle(bytes);
  } catch (error) {
    if (!(error instanceof MillwrightError)) throw error;
    throw new MillwrightError(error.code, `${path}: ${error.message}`, error.hint, { cause: error });
  }
}

/** What a bundle is called without a name of its own: its file, or its folder when the file is called `model.mill`. */
export function titleOf(path: string): string {
  const full = resolve(path);
  const stem = basename(full).replace(/\.mill$/, '');
  return (stem === 'model' ? basename(dirname(full)) : stem) || 'model';
}

/** The bytes of a `.mill` file; of a run's folder, its `model.mill`. @throws MillwrightError `BUNDLE_UNREADABLE` */
export async function bundleBytes(path: string): Promise<Uint8Array> {
  try {
    const there = await stat(path);
    if (there.isDirectory()) {
      const [model, soFar] = [join(path, 'model.mill'), join(path, BEST_SO_FAR)];
      return await bundleBytes(!existsSync(model) && existsSync(soFar) ? soFar : model);
    }
    if (there.size > LIMIT) throw new Error('it is too large');
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof MillwrightError) throw cause;
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new MillwrightError(
      'BUNDLE_UNREADABLE',
      absent
        ? `There is no bundle at ${path}.`
        : `The bundle ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Name the model.mill that a run wrote, or the run’s folder.',
      { cause },
    );
  }
}
