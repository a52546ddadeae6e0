import { createHash, randomUUID } from 'node:crypto';
import { MillwrightError } from '../../../core/errors.js';
import { type Db, one } from '../sql/db.js';
import { FIRST } from './0001-first.js';
import { LOGGED_MODELS } from './0002-logged-models.js';
import { ALERTS } from './0003-alerts.js';
import type { Migration } from './migration.js';

/** In order; a released one is never changed, only followed. */
export const MIGRATIONS: readonly Migration[] = [FIRST, LOGGED_MODELS, ALERTS];

/** Number of PostgreSQL's advisory lock under which the store is migrated. */
const LOCK = 0x6d696c6c;

/** The SHA-256 of what a migration does in a database. */
export function checksum(migration: Migration, dialect: Db['dialect']): string {
  return createHash('sha256')
    .update(`${migration.sql}\n${migration[dialect] ?? ''}`)
    .digest('hex');
}

/**
 * Brings a store to the present shape, in one transaction; others that open it meanwhile wait.
 * @throws MillwrightError `STORE_TOO_NEW` when a later version has been here, `STORE_DAMAGED` when its past is not ours
 */
export async function migrate(db: Db, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  if ((await appliedIn(db)).length === migrations.length) {
    check(await appliedIn(db), migrations, db.dialect);
    return;
  }
  await db.transaction(async (inside) => {
    if (inside.dialect === 'postgres') await inside.all(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await inside.script(
      'CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, at TEXT NOT NULL)',
    );
    const applied = await appliedIn(inside);
    check(applied, migrations, inside.dialect);
    for (const migration of migrations.slice(applied.length)) {
      await inside.script(migration.sql);
      const own = migration[inside.dialect];
      if (own !== undefined) await inside.script(own);
      await inside.run('INSERT INTO migrations (number, name, checksum, at) VALUES (?, ?, ?, ?)', [
        migration.number,
        migration.name,
        checksum(migration, inside.dialect),
        new Date().toISOString(),
      ]);
    }
    await inside.run('INSERT INTO store_facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', ['id', randomUUID()]);
    if (!(await one(inside, 'SELECT seq FROM audit_head')))
      await inside.run('INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, ?)', ['0'.repeat(64)]);
  });
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

async function appliedIn(db: Db): Promise<Applied[]> {
  const there =
    db.dialect === 'sqlite'
      ? await one<{ name: string }>(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migrations'")
      : await one<{ name: string }>(db, "SELECT to_regclass('migrations')::text AS name WHERE to_regclass('migrations') IS NOT NULL");
  return there ? await db.all<Applied>('SELECT number, name, checksum FROM migrations ORDER BY number') : [];
}

function check(applied: readonly Applied[], known: readonly Migration[], dialect: Db['dialect']): void {
  if (applied.length > known.length)
    throw new MillwrightError(
      'STORE_TOO_NEW',
      `The store was brought to shape ${applied.length} by a later version; this one knows ${known.length}.`,
      'Update Millwright.',
    );
  applied.forEach((row, i) => {
    const migration = known[i] as Migration;
    if (row.number !== migration.number || row.checksum !== checksum(migration, dialect))
      throw new MillwrightError(
        'STORE_DAMAGED',
        `Step ${row.number} (${row.name}) of the store's past is not the one that this version knows.`,
        'It belongs to another program, or was changed by hand: restore a copy.',
      );
  });
}
