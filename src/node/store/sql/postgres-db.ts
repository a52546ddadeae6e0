import type pg from 'pg';
import { MillwrightError } from '../../../core/errors.js';
import { redact } from '../../commands/redact.js';
import { bound, type Db, type OpenDb, type Value } from './db.js';

const BIGINT = 20;
/** A failure after which a transaction may be done anew: it was chosen to give way to another. */
const GIVEN_WAY = /^(40001|40P01)$/;

/** PostgreSQL through a small pool of connections, in the schema that the address's search_path names. */
export class PostgresDb implements OpenDb {
  readonly dialect = 'postgres';
  private constructor(private readonly pool: pg.Pool) {}

  /** @throws MillwrightError `STORE_UNREACHABLE` */
  static async open(url: string, most = 8): Promise<PostgresDb> {
    const { default: driver } = await import('pg');
    const types = {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === BIGINT ? (text: string) => Number(text) : driver.types.getTypeParser(id, format as 'text'),
    };
    const pool = new driver.Pool({
      connectionString: url,
      application_name: 'millwright',
      max: most,
      types: types as never,
      allowExitOnIdle: true,
      connectionTimeoutMillis: 10_000,
    });
    // a lost connection fails the query that waits for it
    pool.on('error', () => undefined);
    const db = new PostgresDb(pool);
    try {
      await pool.query('SELECT 1');
    } catch (cause) {
      await pool.end();
      throw new MillwrightError(
        'STORE_UNREACHABLE',
        `The store ${redact(url)} cannot be reached: ${redact((cause as Error).message) || 'no answer'}.`,
        'Check host, port, user and password.',
        { cause },
      );
    }
    return db;
  }

  async all<R extends object>(sql: string, values: readonly Value[] = []): Promise<R[]> {
    return (await query(this.pool, sql, values)).rows as R[];
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    return (await query(this.pool, sql, values)).rowCount ?? 0;
  }

  script(sql: string): Promise<void> {
    return this.transaction((db) => db.script(sql));
  }

  async transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#transact(work);
      } catch (error) {
        const code = (error as { cause?: { code?: string } }).cause?.code ?? '';
        if (!GIVEN_WAY.test(code) || tries >= 5) throw error;
      }
    }
  }

  async #transact<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch((cause) => {
      throw lost(cause);
    });
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await query(client, 'BEGIN');
      const result = await work(new Inside(client));
      await query(client, 'COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

class Inside implements Db {
  readonly dialect = 'postgres';
  constructor(private readonly client: pg.PoolClient) {}

  async all<R extends object>(sql: string, values: readonly Value[] = []): Promise<R[]> {
    return (await query(this.client, sql, values)).rows as R[];
  }

  async run(sql: string, values: readonly Value[] = []): Promise<number> {
    return (await query(this.client, sql, values)).rowCount ?? 0;
  }

  async script(sql: string): Promise<void> {
    await query(this.client, sql, []);
  }

  transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return work(this);
  }
}

/** `?` outside of quotes becomes `$1`, `$2` … */
function numbered(sql: string): string {
  let n = 0;
  return sql.replace(/'[^']*'|"[^"]*"|\?/g, (found) => (found === '?' ? `$${++n}` : found));
}

const texts = new Map<string, string>();

async function query(on: pg.Pool | pg.PoolClient, sql: string, values: readonly Value[] = []): Promise<pg.QueryResult> {
  let text = texts.get(sql);
  if (text === undefined) {
    text = values.length === 0 ? sql : numbered(sql);
    if (texts.size > 500) texts.clear();
    texts.set(sql, text);
  }
  try {
    return values.length === 0 ? await on.query(text) : await on.query(text, bound(values));
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? '';
    if (cause instanceof MillwrightError) throw cause;
    if (code === '23505') throw new MillwrightError('STORE_CONFLICT', 'That is in the store already.', undefined, { cause });
    if (/^(08|57P|53)/.test(code) || /^E[A-Z]+$/.test(code) || /terminat|timeout|Connection/i.test((cause as Error).message))
      throw lost(cause);
    throw Object.assign(cause as Error, { cause: { code } });
  }
}

function lost(cause: unknown): MillwrightError {
  return new MillwrightError(
    'STORE_UNREACHABLE',
    `The store's database does not answer: ${redact((cause as Error).message)}.`,
    'Check that it runs; what was not acknowledged was not kept.',
    { cause },
  );
}
