import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../../../../test/fixtures/postgres.js';
import { type OpenDb, one } from '../sql/db.js';
import { PostgresDb } from '../sql/postgres-db.js';
import { SqliteDb } from '../sql/sqlite-db.js';
import { checksum, MIGRATIONS, migrate } from './migrate.js';
import type { Migration } from './migration.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-migrate-'));
let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
});
afterAll(() => {
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const next: Migration = {
  number: MIGRATIONS.length + 1,
  name: 'next',
  sql: "ALTER TABLE runs ADD COLUMN host TEXT NOT NULL DEFAULT 'here'; CREATE INDEX runs_by_host ON runs (host);",
};
const broken: Migration = { number: next.number, name: 'broken', sql: 'CREATE TABLE half (a TEXT); CREATE TABLE runs (a TEXT);' };

it('a released step is never changed', () => {
  expect(
    MIGRATIONS.map((m) => [m.number, checksum(m, 'sqlite').slice(0, 16), checksum(m, 'postgres').slice(0, 16)]),
  ).toMatchInlineSnapshot(`
    [
      [
        1,
        "2eebf5292af40d87",
        "aef25e21922b3a3e",
      ],
      [
        2,
        "89c3d4813cb6e91d",
        "89c3d4813cb6e91d",
      ],
      [
        3,
        "3e4ca731bf4f41b8",
        "3e4ca731bf4f41b8",
      ],
    ]
  `);
});

describe.each(['sqlite', 'postgres'] as const)('migrations in %s', (kind) => {
  describe.skipIf(kind === 'postgres' && !postgresThere)('', () => {
    let databases = 0;
    const fresh = async (): Promise<() => Promise<OpenDb>> => {
      const path =
        kind === 'sqlite' ? join(folder, `${databases++}.db`) : await freshSchema(server as TestPostgres, `migrate${databases++}`);
      return () => (kind === 'sqlite' ? SqliteDb.open(path) : PostgresDb.open(path));
    };
    const applied = async (db: OpenDb): Promise<number> => (await one<{ n: number }>(db, 'SELECT COUNT(*) AS n FROM migrations'))?.n ?? 0;

    it('goes forward from the first version and keeps what is there', async () => {
      const db = await (await fresh())();
      await migrate(db);
      await db.run("INSERT INTO experiments (id, name, created_at, tags) VALUES ('e', 'e', 't', '[]')");
      await db.run(
        "INSERT INTO runs (id, experiment, name, status, started_at, by_user, source) VALUES ('r', 'e', 'n', 'finished', 't', 'ann', 'x')",
      );
      await migrate(db, [...MIGRATIONS, next]);
      expect(await db.all('SELECT id, host FROM runs')).toEqual([{ id: 'r', host: 'here' }]);
      await migrate(db, [...MIGRATIONS, next]);
      expect(await applied(db)).toBe(MIGRATIONS.length + 1);
      await expect(migrate(db)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
      await db.close();
    });

    it('is done once by several at the same time', async () => {
      const open = await fresh();
      const all = await Promise.all(Array.from({ length: 4 }, open));
      await Promise.all(all.map((db) => migrate(db)));
      expect(await applied(all[0] as OpenDb)).toBe(MIGRATIONS.length);
      expect(await (all[1] as OpenDb).all("SELECT value FROM store_facts WHERE name = 'id'")).toHaveLength(1);
      await Promise.all(all.map((db) => db.close()));
    });

    it('leaves nothing of a step that fails, and knows a past that is not its own', async () => {
      const db = await (await fresh())();
      await migrate(db);
      await expect(migrate(db, [...MIGRATIONS, broken])).rejects.toThrow();
      await expect(db.all('SELECT a FROM half')).rejects.toThrow();
      expect(await applied(db)).toBe(MIGRATIONS.length);
      await db.run("UPDATE migrations SET checksum = 'x' WHERE number = 1");
      await expect(migrate(db)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
      await db.close();
    });
  });
});
