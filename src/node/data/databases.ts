import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { MillwrightError } from '../../core/errors.js';
import { refuseRepeats } from './csv-scanner.js';
import { type Duck, quotedName, TextAppender } from './duck.js';
import { sqlError } from './duck-error.js';
import { type ReadLimits, Watch } from './watch.js';

/** Name of the copy that a database's rows are put into. */
export const COPY = 'copied';

/** What was copied: the SHA-256 of names and cells, and the columns by position. */
export interface Copied {
  hash: string;
  names: string[];
  /** Whether the time was up before the last row. */
  truncated: boolean;
}

/** How much to copy. */
export interface CopyLimits extends ReadLimits {
  firstRows?: number;
}

/** Rows that are fetched at a time. */
const FETCH = 2000;

/** Values that are numbers stay numbers; everything else is text that the schema inference reads. */
type Cell = string | number | null;

/** PostgreSQL's ids of types that are numbers here; bigint and numeric come as text so that no digit is lost. */
const PG_NUMBERS: ReadonlySet<number> = new Set([21, 23, 26, 700, 701]);

/**
 * Copies a query of PostgreSQL into a table of DuckDB. Read-only; a cursor takes one SELECT and nothing else.
 * @throws MillwrightError `SQL_FAILED`, `DATA_EMPTY`, `INTERRUPTED`, `DATA_NOT_FOUND` when the server cannot be reached
 */
export async function copyPostgres(duck: Duck, url: string, sql: string, limits: CopyLimits = {}): Promise<Copied> {
  const { default: pg } = await import('pg');
  const watch = new Watch(limits);
  const client = new pg.Client({ connectionString: url, application_name: 'millwright' });
  // a lost connection fails the query that waits for it
  client.on('error', () => undefined);
  const hangUp = (): void => void client.end().catch(() => undefined);
  const connect = async (): Promise<void> => {
    try {
      await client.connect();
    } catch (cause) {
      throw new MillwrightError(
        'DATA_NOT_FOUND',
        `The database ${safeUrl(url)} cannot be reached: ${(cause as Error).message || 'no answer'}.`,
        'Check host, port, user and password.',
        { cause },
      );
    }
  };
  try {
    return await watch.during(hangUp, async () => {
      await connect();
      await client.query('BEGIN READ ONLY');
      // the extended protocol takes one statement at a time
      const declare = { text: `DECLARE millwright NO SCROLL CURSOR FOR ${sql}`, queryMode: 'extended' };
      await client.query(declare);
      const types = { getTypeParser: () => (text: string | Buffer) => String(text) };
      const fetch = { text: `FETCH ${FETCH} FROM millwright`, rowMode: 'array' as const, types: types as never };
      let copy: Copy | undefined;
      for (;;) {
        const { fields, rows } = await client.query<(string | null)[]>(fetch);
        copy ??= await Copy.into(
          duck,
          fields.map((f) => ({ name: f.name, number: PG_NUMBERS.has(f.dataTypeID) })),
          limits,
        );
        for (const row of rows) if (copy.add(row)) break;
        if (copy.full || rows.length < FETCH) return copy.finish(false);
        if (await watch.over()) return copy.finish(true);
      }
    });
  } catch (error) {
    throw sqlError(error, 'The query', true);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The types of a query's columns in PostgreSQL's own words, safe to stand in SQL. Read-only; no row is read. */
export async function postgresTypes(url: string, sql: string): Promise<Map<string, string>> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, application_name: 'millwright' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN READ ONLY');
    // the extended protocol takes one statement at a time
    const ask = { text: `SELECT * FROM (${sql}\n) AS asked LIMIT 0`, queryMode: 'extended' };
    const { fields } = await client.query(ask);
    const types = new Map<string, string>();
    for (const { name, dataTypeID, dataTypeModifier } of fields) {
      const { rows } = await client.query<{ type: string }>('SELECT format_type($1, $2) AS type', [dataTypeID, dataTypeModifier]);
      types.set(name, rows[0]?.type ?? 'text');
    }
    return types;
  } catch (error) {
    throw sqlError(error, 'The query', true);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Copies a query, or a whole table, of an SQLite file into a table of DuckDB. Read-only.
 * @throws MillwrightError `DATA_NOT_FOUND`, `DATA_EMPTY`, `SQL_FAILED`, `INTERRUPTED`
 */
export async function copySqlite(duck: Duck, path: string, sql: string | undefined, limits: CopyLimits = {}): Promise<Copied> {
  if (!existsSync(path)) throw new MillwrightError('DATA_NOT_FOUND', `There is no file ${path}.`, 'Check the path.');
  const { default: Database } = await import('libsql');
  const watch = new Watch(limits);
  let database: InstanceType<typeof Database> | undefined;
  try {
    database = new Database(path, { readonly: true } as never);
    // the option alone lets INSERT … RETURNING write
    database.exec('PRAGMA query_only = 1');
    const query = sql ?? `SELECT * FROM ${quotedName(onlyTable(database, path))}`;
    const statement = database.prepare(query).raw(true).safeIntegers(true);
    const names = (statement.columns() as { name: string }[]).map((c) => c.name);
    const columns = names.map((name) => ({ name, number: false }));
    const copy = await Copy.into(duck, columns, limits);
    watch.check();
    for (const row of statement.iterate() as Iterable<unknown[]>) {
      const full = copy.add(
        row.map((cell) =>
          cell === null || typeof cell === 'string' ? cell : typeof cell === 'number' || typeof cell === 'bigint' ? String(cell) : null,
        ),
      );
      if (full) break;
      if (copy.rows % FETCH === 0 && (await watch.over())) return copy.finish(true);
    }
    return copy.finish(false);
  } catch (error) {
    throw sqlError(error, 'The query', true);
  } finally {
    database?.close();
  }
}

function onlyTable(database: { prepare(sql: string): { all(): unknown[] } }, path: string): string {
  const tables = (
    database.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name").all() as {
      name: string;
    }[]
  ).map((t) => t.name);
  if (tables.length === 1) return tables[0] as string;
  throw new MillwrightError(
    'USAGE',
    tables.length === 0 ? `${path} has no tables.` : `${path} has ${tables.length} tables: ${tables.slice(0, 10).join(', ')}.`,
    'Say what to read, for instance --sql "SELECT * FROM a_table".',
  );
}

/** Never shows a password. */
const safeUrl = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');

class Copy {
  readonly #hash = createHash('sha256');
  rows = 0;
  private constructor(
    readonly appender: TextAppender,
    readonly names: string[],
    readonly numbers: readonly boolean[],
    readonly most: number,
  ) {}

  static async into(duck: Duck, columns: readonly { name: string; number: boolean }[], { firstRows }: CopyLimits): Promise<Copy> {
    refuseRepeats(
      columns.map((c) => c.name),
      'The query',
    );
    // by position, because DuckDB holds names that differ in case for one
    await duck.run(`CREATE TABLE ${COPY} (${columns.map((c, i) => `c${i} ${c.number ? 'DOUBLE' : 'VARCHAR'}`).join(', ')})`);
    const copy = new Copy(
      new TextAppender(duck, COPY),
      columns.map((c) => c.name),
      columns.map((c) => c.number),
      firstRows ?? Number.POSITIVE_INFINITY,
    );
    copy.#hash.update(JSON.stringify(columns));
    return copy;
  }

  get full(): boolean {
    return this.rows >= this.most;
  }

  /** True when no further row is wanted. */
  add(row: readonly (string | null)[]): boolean {
    this.#hash.update(JSON.stringify(row));
    const cells: Cell[] = row.map((cell, i) => (cell === null ? null : this.numbers[i] ? Number(cell) : cell));
    this.appender.add(cells);
    this.rows++;
    return this.full;
  }

  finish(truncated: boolean): Copied {
    if (this.rows === 0) throw new MillwrightError('DATA_EMPTY', 'The query gives no rows.', 'Check its conditions.');
    this.appender.close();
    return { hash: this.#hash.digest('hex'), names: this.names, truncated };
  }
}
