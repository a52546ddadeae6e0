import { MillwrightError } from '../../../core/errors.js';

/** What a statement may be given. Undefined is NULL. */
export type Value = string | number | null | undefined;

/**
 * The few things that the store asks of a database, so that one SQL serves both: `?` placeholders, TEXT, BIGINT and DOUBLE
 * PRECISION, `ON CONFLICT`, `RETURNING`. Kysely would write the same statements at 60 times the size.
 */
export interface Db {
  readonly dialect: 'sqlite' | 'postgres';
  all<R extends object>(sql: string, values?: readonly Value[]): Promise<R[]>;
  /** @returns how many rows changed */
  run(sql: string, values?: readonly Value[]): Promise<number>;
  /** Several statements, without values. */
  script(sql: string): Promise<void>;
  /**
   * All or nothing. In SQLite one writer at a time, from the beginning; in PostgreSQL at READ COMMITTED. Inside one, it joins.
   * The work must await nothing but this database: others wait for it.
   */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
}

/** A database that is open. */
export interface OpenDb extends Db {
  close(): Promise<void>;
}

/** Values as a driver takes them. Neither database keeps a NUL in a text: one refuses it, the other cuts there. */
export function bound(values: readonly Value[]): (string | number | null)[] {
  return values.map((value) => {
    if (value === undefined) return null;
    if (typeof value === 'string' && value.includes('\0'))
      throw new MillwrightError('OPTION_INVALID', 'A text with a NUL character cannot be kept.', 'Take the character out.');
    return value;
  });
}

/** The first row of a query. */
export async function one<R extends object>(db: Db, sql: string, values: readonly Value[] = []): Promise<R | undefined> {
  return (await db.all<R>(sql, values))[0];
}

/** Inserts rows of equal columns, a few hundred at a time. @returns how many were new */
export async function insert(
  db: Db,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  conflict = '',
): Promise<number> {
  const most = Math.max(1, Math.floor(900 / columns.length));
  let changed = 0;
  for (let at = 0; at < rows.length; at += most) {
    const part = rows.slice(at, at + most);
    const places = part.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
    changed += await db.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places} ${conflict}`, part.flat());
  }
  return changed;
}
