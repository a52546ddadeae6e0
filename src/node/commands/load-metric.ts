import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MillwrightError } from '../../core/errors.js';
import { checkOwnMetric, type OwnMetric } from '../../engine/evaluate/metrics/own-metric.js';

/**
 * The value of `--metric`: a name, or a metric of one's own when it is a path to a JavaScript module, which is run. The module exports
 * `score` and `greaterIsBetter`, and perhaps `name` (else the file's), or an object of these by default.
 * @throws MillwrightError `OPTION_INVALID`
 */
export async function loadMetric(value: string): Promise<string | OwnMetric> {
  if (!/\.[cm]?js$/i.test(value)) return value;
  const path = resolve(value);
  let text: Buffer;
  let module: Record<string, unknown>;
  try {
    text = await readFile(path);
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = absent ? 'does not exist' : `cannot be loaded: ${String((cause as Error).message).split('\n')[0]}`;
    throw new MillwrightError('OPTION_INVALID', `The metric ${value} ${why}.`, 'Name a JavaScript module (.mjs) that exports `score`.', {
      cause,
    });
  }
  const found = (typeof module.default === 'object' && module.default !== null ? module.default : module) as Partial<OwnMetric>;
  const own = {
    name: found.name ?? basename(path).replace(/\.[cm]?js$/i, ''),
    greaterIsBetter: found.greaterIsBetter as boolean,
    score: found.score as OwnMetric['score'],
    hash: createHash('sha256').update(text).digest('hex'),
  };
  checkOwnMetric(own);
  return own;
}
