import { setTimeout as pause } from 'node:timers/promises';
import { MillwrightError } from '../../../core/errors.js';
import { bound, type Db, type OpenDb, type Value } from './db.js';

type Connection = import('libsql').Database;
type Statement = ReturnType<Connection['prepare']>;

/** Milliseconds to wait for another process's transaction. */
const PATIENCE = 20_000;
const MOST_STATEMENTS = 200;

/** One connection with its prepared statements. */
class Session {
  readonly #statements = new Map<string, Statement>();
  constructor(readonly connection: Connection) {}

  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.connection.prepare(sql);
      if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** SQLite in WAL mode: readers never wait, writers take turns, and a commit is on disk before it returns. */
export class SqliteDb implements OpenDb {
  readonly dialect = 'sqlite';
  readonly #reader: Session;
  readonly #writer: Session;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(reader: Connection, writer: Connection) {
    this.#reader = new Session(reader);
    this.#writer = new Session(writer);
  }

  /** Makes the file when there is none. @throws MillwrightError `STORE_UNREACHABLE` */
  static async open(path: string): Promise<SqliteDb> {
    const { default: Database } = await import('libsql');
    const connect = (): Connection => {
      const connection = new Database(path, { timeout: PATIENCE / 1000 } as never);
      connection.exec(
        `PRAGMA busy_timeout = ${PATIENCE}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON`,
      );
      return connection;
    };
    try {
      const writer = connect();
      const mode = writer.prepare('PRAGMA journal_mode = WAL').all() as { journal_mode: string }[];
      if (mode[0]?.journal_mode !== 'wal') throw new Error('this file system does not allow write-ahead logging');
      const reader = connect();
      reader.exec('PRAGMA query_only = ON');
      // from here on it waits without holding up the process: whoever it waits for may be in it
      for (const connection of [reader, writer]) connection.exec('PRAGMA busy_timeout = 0');
      return new SqliteDb(reader, writer);
    } catch (cause) {
      throw new MillwrightError(
        'STORE_UNREACHABLE',
        `The store ${path} cannot be opened: ${(cause as Error).message}.`,
        'Check the path and that you may write there.',
        { cause },
      );
    }
  }

  all<R extends object>(sql: string, values: readonly Value[] = []): Promise<R[]> {
    if (/^\s*(SELECT|WITH)\b/i.test(sql)) return patiently(() => this.#reader.prepare(sql).all(bound(values)) as R[]);
    return this.transaction((db) => db.all<R>(sql, values));
  }

  run(sql: string, values: readonly Value[] = []): Promise<number> {
    return this.transaction((db) => db.run(sql, values));
  }

  script(sql: string): Promise<void> {
    return this.transaction((db) => db.script(sql));
  }

  transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => this.#transact(work));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #transact<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const { connection } = this.#writer;
    await patiently(() => connection.exec('BEGIN IMMEDIATE'));
    try {
      const result = await work(new Inside(this.#writer));
      await attempt(() => connection.exec('COMMIT'));
      return result;
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#reader.connection.close();
    this.#writer.connection.close();
  }
}

/** The writer while a transaction is open. */
class Inside implements Db {
  readonly dialect = 'sqlite';
  constructor(private readonly session: Session) {}

  all<R extends object>(sql: string, values: readonly Value[] = []): Promise<R[]> {
    return attempt(() => this.session.prepare(sql).all(bound(values)) as R[]);
  }

  run(sql: string, values: readonly Value[] = []): Promise<number> {
    return attempt(() => this.session.prepare(sql).run(bound(values)).changes);
  }

  script(sql: string): Promise<void> {
    return attempt(() => this.session.connection.exec(sql) as unknown as undefined);
  }

  transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return work(this);
  }
}

/** A call that waits its turn among processes. */
async function patiently<T>(call: () => T): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (let wait = 1; ; wait = Math.min(wait * 1.5, 15)) {
    try {
      return await attempt(call);
    } catch (error) {
      if (!(error instanceof MillwrightError) || error.code !== 'STORE_BUSY' || performance.now() > end) throw error;
    }
    await pause(wait);
  }
}

/** A call of the driver, its failures told as ours. */
async function attempt<T>(call: () => T): Promise<T> {
  try {
    return call();
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? '';
    if (/^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)/.test(code))
      throw new MillwrightError('STORE_CONFLICT', 'That is in the store already.', undefined, { cause });
    if (/^SQLITE_BUSY/.test(code))
      throw new MillwrightError('STORE_BUSY', 'Another process has been writing to the store for too long.', 'Try again.', { cause });
    if (/^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN)/.test(code))
      throw new MillwrightError('STORE_UNREACHABLE', `The store cannot be used: ${(cause as Error).message}.`, 'Check the disk.', {
        cause,
      });
    throw cause;
  }
}
