import { isAbsolute, join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { resolvePaths } from '../data/resolve-paths.js';

/**
 * Where the data of a recorded run lies now: by the paths as they were given, from the folder where they were given or else from here.
 * @param given by a person, instead
 * @param how it can be given
 * @throws MillwrightError `DATA_NOT_FOUND` when it is in neither place, `USAGE` when it has to be named
 */
export async function recordedData(
  from: readonly string[],
  workingFolder: string | undefined,
  given: readonly string[] = [],
  how = 'Name it with --data.',
): Promise<string[]> {
  if (given.length > 0) return [...given];
  const why = unknown(from);
  if (why !== undefined) throw new MillwrightError('USAGE', `The data of that run cannot be found again: ${why}.`, how);
  const here = process.cwd();
  const places = workingFolder === undefined || workingFolder === here ? [here] : [workingFolder, here];
  let missing: unknown;
  for (const place of places) {
    const paths = place === here ? [...from] : from.map((path) => (isFile(path) && !isAbsolute(path) ? join(place, path) : path));
    try {
      await resolvePaths(paths.filter(isFile));
      return paths;
    } catch (error) {
      missing = error;
    }
  }
  if (!(missing instanceof MillwrightError)) throw missing;
  throw new MillwrightError(missing.code, missing.message, how, { cause: missing });
}

function unknown(from: readonly string[]): string | undefined {
  if (from.length === 0) return 'the record does not tell where it was';
  if (from.includes('-')) return 'it was standard input';
  return from.some((path) => path.includes(':***@') || path.includes('password=***'))
    ? 'its address was kept without the password'
    : undefined;
}

/** Databases are no files. */
function isFile(path: string): boolean {
  return !/^(postgres(ql)?|sqlite):/.test(path);
}
