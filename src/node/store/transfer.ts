import { MillwrightError } from '../../core/errors.js';
import { AuditChain } from './audit-chain.js';
import { MIGRATIONS } from './migrations/migrate.js';
import { type Db, insert, one, type Value } from './sql/db.js';

/** Rows of a table by column. */
export type TransferRow = Record<string, string | number | null>;

/** A table that is moved: its columns, and those (or expressions) that order it. */
interface Moved {
  name: string;
  key: readonly string[];
  columns: readonly string[];
}

const words = (text: string): string[] => text.split(' ');
const table = (name: string, key: string, columns: string): Moved => ({ name, key: words(key), columns: words(columns) });

/** In the order in which one may stand on another. */
const TABLES: readonly Moved[] = [
  table('experiments', 'id', 'id name created_at tags deleted'),
  table('runs', 'id', 'id experiment name status started_at ended_at by_user source data_hash target task metric score deleted'),
  table('run_metrics', 'run name', 'run name value special step at'),
  {
    ...table('metric_points', 'run name step at special', 'run name step at value special'),
    key: [...words('run name step at special'), 'COALESCE(value, 0)'],
  },
  table('run_texts', 'run kind name', 'run kind name value'),
  table('trials', 'run id', 'run id place learner title validation holdout seconds chosen cut'),
  table('run_files', 'run name', 'run name sha256 bytes'),
  table('logged_models', 'id', 'id experiment run name kind status by_user created_at changed_at params tags metrics deleted'),
  table('logged_files', 'model name', 'model name sha256 bytes'),
  table('models', 'name', 'name description created_at by_user tags'),
  table('versions', 'model version', 'model version stage registered_by registered_at trained_by description tags run bundle report facts'),
  table('version_files', 'model version name', 'model version name sha256 bytes'),
  table('aliases', 'model alias', 'model alias version'),
  table('deployments', 'id', 'id model version previous kind request by_user at reason'),
  table('checks', 'model version name', 'model version name passed value detail by_user at'),
  table('requests', 'id', 'id model version target by_user at reason state closed_at needed evidence'),
  table('decisions', 'request by_user', 'request by_user at verdict reason gates'),
  table('comments', 'id', 'id subject by_user at text'),
  table('predictions', 'id', 'id at model version route asked answer milliseconds caller'),
  table('feedback', 'id', 'id at model prediction actual note'),
  table('alerts', 'id', 'id model version origin kind severity state raised_at seen_at ended_at snoozed_until detail handled'),
  table('monitors', 'model version', 'model version state at'),
  table('jobs', 'id', 'id kind state input progress result error attempts by_user created_at started_at ended_at worker lease_until'),
  table('webhooks', 'id', 'id url events secret active by_user created_at'),
  table('outbox', 'id', 'id webhook event type subject data at state attempts next_at error'),
  table('users', 'name', 'name roles created_at active'),
  table('tokens', 'id', 'id user_name secret_hash roles models note created_at expires_at revoked_at last_used_at'),
  table('audit', 'seq', 'seq at actor via action subject detail previous hash'),
];

/** Names of the tables that are moved. */
export const TRANSFERRED: readonly string[] = TABLES.map((t) => t.name);
/** The shape that an export has. */
export const SHAPE = MIGRATIONS.length;

const PAGE = 1000;

/**
 * Hands over every row, those that stand on others first, so that what is written meanwhile cannot lack what it stands on.
 * Call it in a transaction.
 */
export async function dumpTables(db: Db, take: (name: string, rows: readonly TransferRow[]) => Promise<void>): Promise<void> {
  for (const { name, key, columns } of TABLES.toReversed()) {
    await take(name, []);
    const order = key.join(', ');
    const marks = key.map((_, i) => `mark${i}`);
    let after: Value[] | undefined;
    for (;;) {
      const where = after ? `WHERE (${order}) > (${key.map(() => '?').join(', ')})` : '';
      const shown = [...columns, ...key.map((k, i) => `${k} AS ${marks[i]}`)].join(', ');
      const rows = await db.all<TransferRow>(`SELECT ${shown} FROM ${name} ${where} ORDER BY ${order} LIMIT ${PAGE}`, after ?? []);
      const last = rows.at(-1);
      if (!last) break;
      after = marks.map((mark) => last[mark]);
      await take(
        name,
        rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))),
      );
    }
  }
}

/**
 * Fills a store in which nothing was done yet, its audit chain included. Call it in a transaction.
 * @throws MillwrightError `STORE_CONFLICT` when something is in it, `AUDIT_BROKEN` when the chain does not fit
 */
export async function fillTables(db: Db, id: string, rowsOf: (name: string) => AsyncIterable<readonly TransferRow[]>): Promise<void> {
  const head = await one<{ seq: number }>(db, 'SELECT seq FROM audit_head');
  const run = await one(db, 'SELECT id FROM runs LIMIT 1');
  if (head?.seq !== 0 || run)
    throw new MillwrightError(
      'STORE_CONFLICT',
      'There is something in the store already.',
      'Import into a folder or database without one.',
    );
  await db.run("UPDATE store_facts SET value = ? WHERE name = 'id'", [id]);
  for (const { name, columns } of TABLES) {
    for await (const rows of rowsOf(name)) {
      const values = rows.map((row) => columns.map((column) => cellOf(name, column, row)));
      if (name !== 'audit') await insert(db, name, columns, values);
      // the log takes one entry at a time, and the record of its end moves with it
      else
        for (const [i, value] of values.entries()) {
          await insert(db, name, columns, [value]);
          await db.run('UPDATE audit_head SET seq = ?, hash = ? WHERE one = 1', [rows[i]?.seq, rows[i]?.hash]);
        }
    }
  }
  const verdict = await new AuditChain(db, id).verify();
  if (!verdict.ok)
    throw new MillwrightError(
      'AUDIT_BROKEN',
      `The audit log is broken at entry ${verdict.fault?.seq}: ${verdict.fault?.what}.`,
      'Nothing was imported. Take another copy.',
    );
}

function cellOf(name: string, column: string, row: TransferRow): Value {
  const value: unknown = Object.hasOwn(row, column) ? row[column] : null;
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new MillwrightError('DATA_UNREADABLE', `A row of ${name} has something odd in ${column}.`, 'It is no export of Millwright.');
}
