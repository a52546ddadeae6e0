import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { MillwrightError } from '../../core/errors.js';
import { refuseRepeats } from './csv-scanner.js';
import { type Duck, quotedName, TextAppender } from './duck.js';
import { sqlError } from './duck-error.js';

/** Name of the copy that a database's rows are put into. */
export const COPY = 'copied';

/** What was copied: the SHA-256 of names and cells, and the columns by position. */
export interface Copied {
  hash: string;
  names: string[];
}

/** Values that are numbers stay numbers; everything else is text that the schema inference reads. */
type Cell = string | number | null;

/** PostgreSQL's ids of types that are numbers here; bigint and numeric come as text so that no digit is lost. */
const PG_NUMBERS: ReadonlySet<number> = new Set([21, 23, 26, 700, 701]);

/**
 * Streams a query of PostgreSQL into a table of DuckDB. Read-only.
 * @throws MillwrightError `SQL_FAILED`, `DATA_NOT_FOUND` when the server cannot be reached
 */
export async function copyPostgres(duck: Duck, url: string, sql: string): Promise<Copied> {
  const { default: pg } = await import('pg');
  const { default: QueryStream } = await import('pg-query-stream');
  const client = new pg.Client({ connectionString: url, application_name: 'millwright' });
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
  try {
    await client.query('BEGIN READ ONLY');
    const raw = { getTypeParser: () => (text: string | Buffer) => String(text) };
    const stream = client.query(new QueryStream(sql, [], { rowMode: 'array', types: raw as never, batchSize: 2000 }));
    let copy: Copy | undefined;
    for await (const row of stream as AsyncIterable<(string | null)[]>) {
      if (!copy) {
        const { fields } = (stream as unknown as { cursor: { _result: { fields: { name: string; dataTypeID: number }[] } } }).cursor
          ._result;
        copy = await Copy.into(
          duck,
          fields.map((f) => ({ name: f.name, number: PG_NUMBERS.has(f.dataTypeID) })),
          'The query',
        );
      }
      copy.add(row);
    }
    if (!copy) throw new MillwrightError('DATA_EMPTY', 'The query gives no rows.', 'Check its conditions.');
    return copy.finish();
  } catch (error) {
    throw sqlError(error, 'The query', true);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Streams a query, or a whole table, of an SQLite file into a table of DuckDB. Read-only.
 * @throws MillwrightError `DATA_NOT_FOUND`, `SQL_FAILED`
 */
export async function copySqlite(duck: Duck, path: string, sql: string | undefined): Promise<Copied> {
  if (!existsSync(path)) throw new MillwrightError('DATA_NOT_FOUND', `There is no file ${path}.`, 'Check the path.');
  const { default: Database } = await import('libsql');
  let database: InstanceType<typeof Database> | undefined;
  try {
    database = new Database(path, { readonly: true } as never);
    // the option alone lets INSERT … RETURNING write
    database.exec('PRAGMA query_only = 1');
    const query = sql ?? `SELECT * FROM ${quotedName(onlyTable(database, path))}`;
    const statement = database.prepare(query).raw(true).safeIntegers(true);
    const names = (statement.columns() as { name: string }[]).map((c) => c.name);
    let copy: Copy | undefined;
    for (const row of statement.iterate() as Iterable<unknown[]>) {
      copy ??= await Copy.into(
        duck,
        names.map((name) => ({ name, number: false })),
        'The query',
      );
      copy.add(
        row.map((cell) =>
          cell === null || typeof cell === 'string' ? cell : typeof cell === 'number' || typeof cell === 'bigint' ? String(cell) : null,
        ),
      );
    }
    if (!copy) throw new MillwrightError('DATA_EMPTY', 'The query gives no rows.', 'Check its conditions.');
    return copy.finish();
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
  private constructor(
    readonly appender: TextAppender,
    readonly names: string[],
    readonly numbers: readonly boolean[],
  ) {}

  static async into(duck: Duck, columns: readonly { name: string; number: boolean }[], label: string): Promise<Copy> {
    refuseRepeats(
      columns.map((c) => c.name),
      label,
    );
    // by position, because DuckDB holds names that differ in case for one
    await duck.run(`CREATE TABLE ${COPY} (${columns.map((c, i) => `c${i} ${c.number ? 'DOUBLE' : 'VARCHAR'}`).join(', ')})`);
    const copy = new Copy(
      new TextAppender(duck, COPY),
      columns.map((c) => c.name),
      columns.map((c) => c.number),
    );
    copy.#hash.update(JSON.stringify(columns));
    return copy;
  }

  add(row: readonly (string | null)[]): void {
    this.#hash.update(JSON.stringify(row));
    const cells: Cell[] = row.map((cell, i) => (cell === null ? null : this.numbers[i] ? Number(cell) : cell));
    this.appender.add(cells);
  }

  finish(): Copied {
    this.appender.close();
    return { hash: this.#hash.digest('hex'), names: this.names };
  }
}
