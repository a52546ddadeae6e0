import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';

const TABLE = /\.(csv|tsv|tab|txt|data|json|ndjson|jsonl|parquet|pq|sqlite3?|db)(\.gz)?$/i;

/**
 * The files that paths and globs (`*`, `?`, `**`) stand for, globs in name order.
 * @throws MillwrightError `DATA_NOT_FOUND` (with the nearest name), `DATA_UNREADABLE` for a folder
 */
export async function resolvePaths(from: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of from) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw await folder(path);
    if (found) {
      files.push(path);
      continue;
    }
    if (!/[*?]/.test(path)) throw await missing(path);
    const matched = await expand(path);
    if (matched.length === 0) throw new MillwrightError('DATA_NOT_FOUND', `No file matches ${path}.`, 'Check the folder and the pattern.');
    files.push(...matched);
  }
  return files;
}

async function missing(path: string): Promise<MillwrightError> {
  const names = await readdir(dirname(path)).catch(() => undefined);
  if (names === undefined)
    return new MillwrightError('DATA_NOT_FOUND', `There is no file ${path}, and no folder ${dirname(path)}.`, 'Check the path.');
  const near = nearestName(basename(path), names) ?? names.find((n) => n.startsWith(basename(path)) && TABLE.test(n));
  const tables = names
    .filter((n) => TABLE.test(n))
    .sort()
    .slice(0, 5);
  const hint =
    near !== undefined
      ? `Did you mean ${join(dirname(path), near)}?`
      : tables.length > 0
        ? `The folder has ${tables.join(', ')}.`
        : 'Check the path; the folder has no tables.';
  return new MillwrightError('DATA_NOT_FOUND', `There is no file ${path}.`, hint);
}

async function folder(path: string): Promise<MillwrightError> {
  const names = (await readdir(path).catch(() => [])).filter((n) => TABLE.test(n)).sort();
  const ending = /\.[^.]+(\.gz)?$/.exec(names[0] ?? '')?.[0];
  const hint =
    names.length === 0
      ? 'Give a file; the folder has no tables.'
      : names.length === 1
        ? `Give the file: ${join(path, names[0] as string)}`
        : `Give one of its files, or all of them with "${join(path, `*${ending ?? ''}`)}".`;
  return new MillwrightError('DATA_UNREADABLE', `${path} is a folder, not a file.`, hint);
}

/** Walks along the pattern, so that only folders that can match are read. */
async function expand(pattern: string): Promise<string[]> {
  const parts = pattern.split(/[\\/]/);
  let folders = [parts[0] === '' ? sep : (parts[0] as string)];
  if (/[*?]/.test(parts[0] as string)) folders = await matching('.', parts[0] as string, false);
  for (const part of parts.slice(1)) {
    const next: string[] = [];
    for (const base of folders) {
      if (part === '**') next.push(...(await below(base)));
      else if (/[*?]/.test(part)) next.push(...(await matching(base, part, true)));
      else if (part !== '' && (await stat(join(base, part)).catch(() => undefined))) next.push(join(base, part));
    }
    folders = next;
  }
  const files: string[] = [];
  for (const path of new Set(folders)) if ((await stat(path)).isFile()) files.push(path);
  return files.sort();
}

async function matching(base: string, part: string, join_: boolean): Promise<string[]> {
  const shape = new RegExp(
    `^${part
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const names = await readdir(base).catch(() => []);
  return names.filter((n) => shape.test(n) && (!n.startsWith('.') || part.startsWith('.'))).map((n) => (join_ ? join(base, n) : n));
}

async function below(base: string): Promise<string[]> {
  const found = [base];
  const entries = await readdir(base, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory() && !entry.name.startsWith('.')) found.push(...(await below(join(base, entry.name))));
  return found;
}
