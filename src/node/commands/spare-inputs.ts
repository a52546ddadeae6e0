import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { resolvePaths } from '../data/resolve-paths.js';

/**
 * Refuses to write over what is read, under whatever name, link or pattern.
 * @param inputs as given on the command line; standard input and servers are no files
 * @param bundle a file or a run's folder
 * @throws MillwrightError `USAGE`, and as `resolvePaths`
 */
export async function spareInputs(out: string, inputs: readonly string[], bundle?: string): Promise<void> {
  const written = await identity(out);
  if (written === undefined) return;
  const files = inputs.filter((i) => i !== '-' && !/^postgres(ql)?:/.test(i)).map((i) => i.replace(/^sqlite:(\/\/)?/, ''));
  const models = bundle === undefined ? [] : [bundle, join(bundle, 'model.mill')];
  for (const file of [...models, ...(await resolvePaths(files))])
    if ((await identity(file)) === written)
      throw new MillwrightError(
        'USAGE',
        `${out} is one of the files that are read; it would be replaced.`,
        'Name another file with --out.',
      );
}

/** What a regular file is beyond its names; `undefined` for all else. */
async function identity(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
}
