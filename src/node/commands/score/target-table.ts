import { MillwrightError } from '../../../core/errors.js';
import { quotedName } from '../../data/duck.js';
import type { OpenDb } from '../../store/sql/db.js';
import { PostgresDb } from '../../store/sql/postgres-db.js';
import { SqliteDb } from '../../store/sql/sqlite-db.js';
import { redact } from '../redact.js';
import type { ScoredColumn } from './scored-rows.js';

/** Bytes of a PostgreSQL name; longer ones would be cut off silently. */
const LONGEST_NAME = 63;

/** Whether a text names a database that rows can be written to. */
export const isDatabase = (url: string): boolean => /^(postgres(ql)?:\/\/|sqlite:.)/.test(url);

/** A table of a database that rows go to. */
export interface TargetRequest {
  /** `postgres://…` or `sqlite:path`. */
  url: string;
  /** `name`, in PostgreSQL also `schema.name`. */
  table: string;
  key: readonly string[];
  columns: readonly ScoredColumn[];
  /** Types of key columns where a table has to be made; else text. */
  types: ReadonlyMap<string, string>;
}

/** The table, open and with the columns that rows need. */
export interface Target {
  readonly db: OpenDb;
  /** Quoted, for SQL. */
  readonly table: string;
}

/**
 * Opens the database and makes the table when there is none.
 * @param script makes what else is needed, where it is not there
 * @throws MillwrightError `OUTPUT_FAILED`, `OPTION_INVALID`, `COLUMN_NOT_FOUND` when the table lacks columns
 */
export async function openTarget(asked: TargetRequest, script?: { table: string; sql: string }): Promise<Target> {
  const postgres = /^postgres(ql)?:/.test(asked.url);
  const parts = postgres ? asked.table.split('.') : [asked.table];
  if (parts.length > 2 || parts.includes(''))
    throw new MillwrightError('OPTION_INVALID', `--into "${asked.table}" is no name of a table.`, 'Write name, or schema.name.');
  const long = asked.columns.find((c) => postgres && Buffer.byteLength(c.name) > LONGEST_NAME);
  if (long)
    throw new MillwrightError(
      'OPTION_INVALID',
      `PostgreSQL cannot have a column called "${long.name}": it is too long.`,
      'Write to a file.',
    );
  const db = await told<OpenDb>(asked, () =>
    postgres ? PostgresDb.open(asked.url, 2) : SqliteDb.open(asked.url.replace(/^sqlite:(\/\/)?/, '')),
  );
  const table = parts.map(quotedName).join('.');
  try {
    await told(asked, async () => {
      if (script && (await presentColumns(db, script.table)).length === 0) await db.script(script.sql);
      await prepare(db, table, asked);
    });
    return { db, table };
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function prepare(db: OpenDb, table: string, asked: TargetRequest): Promise<void> {
  const postgres = db.dialect === 'postgres';
  const kinds = { text: 'TEXT', number: 'DOUBLE PRECISION', json: postgres ? 'JSONB' : 'TEXT', time: postgres ? 'TIMESTAMPTZ' : 'TEXT' };
  const key = new Set(asked.key);
  const columns = asked.columns.map(({ name, kind }) =>
    key.has(name) ? `${quotedName(name)} ${asked.types.get(name) ?? 'TEXT'} NOT NULL` : `${quotedName(name)} ${kinds[kind]}`,
  );
  const named = postgres ? table : asked.table;
  if ((await presentColumns(db, named)).length === 0)
    await db.script(`CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}, PRIMARY KEY (${asked.key.map(quotedName).join(', ')}))`);
  const present = new Set(await presentColumns(db, named));
  const missing = asked.columns.filter((c) => !present.has(c.name)).map((c) => c.name);
  if (missing.length === 0) return;
  throw new MillwrightError(
    'COLUMN_NOT_FOUND',
    `The table ${asked.table} has no column ${missing.map((name) => `"${name}"`).join(', ')}.`,
    `Its columns are ${[...present].slice(0, 20).join(', ')}. Add those that are missing, or name another table with --into; one that is not there is made.`,
  );
}

/** Names of the columns of a table; none when there is no table. @param table quoted for PostgreSQL, bare for SQLite */
async function presentColumns(db: OpenDb, table: string): Promise<string[]> {
  const sql =
    db.dialect === 'postgres'
      ? 'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped ORDER BY attnum'
      : 'SELECT name FROM pragma_table_info(?)';
  return (await db.all<{ name: string }>(sql, [table])).map((row) => row.name);
}

/** What the database says, in words of scoring. */
export async function told<T>({ url, table }: Pick<TargetRequest, 'url' | 'table'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const place = `${table} of ${redact(url)}`;
    const known = cause instanceof MillwrightError ? cause.code : undefined;
    if (known === 'STORE_CONFLICT')
      throw new MillwrightError(
        'OUTPUT_EXISTS',
        `A row is in ${place} already under the same key, or two rows of the data share one.`,
        'With --replace rows take the place of those that are there; a key that rows share is no key.',
        { cause },
      );
    if (known !== undefined && !known.startsWith('STORE_')) throw cause;
    const why = redact((cause as Error).message).replace(/\.?$/, '.');
    throw new MillwrightError(
      'OUTPUT_FAILED',
      `Cannot write into ${place}: ${why}`,
      'Check the address, the table and that you may write there.',
      { cause },
    );
  }
}
