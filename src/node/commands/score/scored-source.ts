import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { MillwrightError } from '../../../core/errors.js';
import type { DataSource } from '../../data/data-source.js';
import { quotedName } from '../../data/duck.js';
import { openSource } from '../../data/open-source.js';
import { resolvePaths } from '../../data/resolve-paths.js';
import { duckShare } from '../duck-share.js';

/** Data in an order that a later process finds again. */
export interface ScoredSource {
  source: DataSource;
  /** SHA-256 of the data and, over files, of the query. */
  hash: string;
  /** Whether rows come in the order of the key, so that equal keys are neighbours. */
  byKey: boolean;
  /** @throws MillwrightError `DATA_CHANGED` when a file is another than when it was opened */
  check(): Promise<void>;
}

/** The query inside one that orders its rows: else a database may give them in any order, and another after a kill. */
export function ordered(query: string, key: readonly string[]): string {
  return `SELECT * FROM (${bare(query)}\n) AS asked ORDER BY ${key.map(quotedName).join(', ')}`;
}

export const bare = (query: string): string => query.trim().replace(/;\s*$/, '');

/** Opens what is to be scored. @throws MillwrightError `USAGE`, and as `openSource` */
export async function openScored(
  from: readonly string[],
  query: string | undefined,
  key: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ScoredSource> {
  if (from.includes('-'))
    throw new MillwrightError(
      'USAGE',
      'Standard input cannot be scored: it could not be read again.',
      'Keep it in a file, or use `predict`.',
    );
  if (query !== undefined && key.length === 0)
    throw new MillwrightError(
      'USAGE',
      'A query needs a key: rows are read in its order, to be found again.',
      'Name its column with --key.',
    );
  const files = from.filter((f) => !/^postgres(ql)?:\/\//.test(f)).map((f) => f.replace(/^sqlite:(\/\/)?/, ''));
  const paths = await resolvePaths(files);
  const before = await marks(paths);
  const sql = query === undefined ? undefined : ordered(query, key);
  // one thread, because sums over rows depend on how threads share them
  const source = await openSource({ from, sql }, { ...duckShare(query === undefined ? undefined : 1), signal });
  const check = async (): Promise<void> => {
    // of a database all rows were copied
    if (source.bytes === 0 || (await marks(paths)) === before) return;
    throw new MillwrightError(
      'DATA_CHANGED',
      `${source.label} was changed while it was scored.`,
      'Bring the former data back, or begin anew with --anew.',
    );
  };
  return {
    source,
    hash: createHash('sha256')
      .update(`${source.hash}\n${sql ?? ''}`)
      .digest('hex'),
    byKey: query !== undefined,
    check,
  };
}

async function marks(paths: readonly string[]): Promise<string> {
  const found = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)));
  return found.map((f) => (f ? `${f.dev} ${f.ino} ${f.size} ${f.mtimeNs}` : '')).join('\n');
}
