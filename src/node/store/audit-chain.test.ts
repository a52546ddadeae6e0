import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditChain } from './audit-chain.js';
import { openStore } from './open-store.js';
import type { Actor, AuditAnchor } from './records.js';
import { SqliteDb } from './sql/sqlite-db.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-audit-'));
const path = join(folder, 'store.db');
const COLUMNS = ['seq', 'at', 'actor', 'via', 'action', 'subject', 'detail', 'previous', 'hash'] as const;
const ENTRIES = 12;
let raw: InstanceType<typeof Database>;
let db: SqliteDb;
let chain: AuditChain;
let anchor: AuditAnchor;

beforeAll(async () => {
  const store = await openStore({ database: path, artefacts: folder });
  const who = (i: number): Actor => ({ user: `user ${i % 3}`, roles: [], via: i % 2 ? 'rest' : 'cli', token: i % 4 ? undefined : 'tok' });
  for (let i = 0; i < ENTRIES; i++) await store.note(who(i), { action: 'a.b', subject: `model:m@${i}`, detail: { i, text: 'é "x"' } });
  db = await SqliteDb.open(path);
  chain = new AuditChain(db, store.id);
  anchor = await store.audit.head();
  await store.close();
  raw = new Database(path);
  raw.exec('PRAGMA synchronous = OFF');
});
afterAll(async () => {
  raw.close();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

it('refuses changes of its rows', () => {
  for (const sql of [
    "UPDATE audit SET actor = 'eve' WHERE seq = 1",
    'DELETE FROM audit WHERE seq = 12',
    'UPDATE audit_head SET seq = 3',
    'DELETE FROM audit_head',
    'INSERT OR REPLACE INTO audit_head VALUES (1, 3, 0)',
    "INSERT OR REPLACE INTO audit SELECT seq, at, 'eve', via, action, subject, detail, previous, hash FROM audit WHERE seq = 5",
  ])
    expect(() => raw.exec(sql), sql).toThrow();
});

/** Somebody who may write the file and knows how the triggers are called. */
function dropTriggers(): void {
  for (const name of ['audit_no_update', 'audit_no_delete', 'audit_head_stays', 'audit_head_forward', 'audit_in_order', 'audit_one_head'])
    raw.exec(`DROP TRIGGER IF EXISTS ${name}`);
}

/** Does something to the file, verifies, and takes it back. */
async function after(harm: () => void, anchors: AuditAnchor[] = []): Promise<boolean> {
  dropTriggers();
  raw.exec('CREATE TEMP TABLE kept AS SELECT * FROM audit; CREATE TEMP TABLE kept_head AS SELECT * FROM audit_head');
  try {
    harm();
    return (await chain.verify(anchors)).ok;
  } finally {
    raw.exec(
      'DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept_head',
    );
    raw.exec('DROP TABLE kept; DROP TABLE kept_head');
  }
}

it('finds an edit of any byte of any column of any entry', async () => {
  expect((await chain.verify()).ok).toBe(true);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: ENTRIES }),
      fc.constantFrom(...COLUMNS),
      fc.nat(),
      fc.nat(),
      async (seq, column, place, by) => {
        const harmless = await after(() => {
          const row = raw.prepare(`SELECT ${column} AS value FROM audit WHERE seq = ?`).all(seq)[0] as { value: string | number };
          let value: string | number = Number(row.value) + 1000 + by;
          if (typeof row.value === 'string') {
            const at = place % row.value.length;
            const code = (row.value.charCodeAt(at) + 1 + (by % 90)) % 127 || 65;
            value = row.value.slice(0, at) + String.fromCharCode(code === row.value.charCodeAt(at) ? 64 : code) + row.value.slice(at + 1);
          }
          raw.prepare(`UPDATE audit SET ${column} = ? WHERE seq = ?`).run(value, seq);
        });
        expect(harmless).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
  expect((await chain.verify()).ok).toBe(true);
});

it('finds what was removed, moved, repeated, inserted or cut off', async () => {
  const harms: string[] = [
    ...Array.from({ length: ENTRIES }, (_, i) => `DELETE FROM audit WHERE seq = ${i + 1}`),
    'DELETE FROM audit',
    'DELETE FROM audit WHERE seq > 7',
    'UPDATE audit SET seq = -seq WHERE seq IN (3, 4); UPDATE audit SET seq = 7 + seq WHERE seq < 0',
    'INSERT INTO audit SELECT 13, at, actor, via, action, subject, detail, previous, hash FROM audit WHERE seq = 12',
    'INSERT INTO audit SELECT 0, at, actor, via, action, subject, detail, previous, hash FROM audit WHERE seq = 1',
    'UPDATE audit SET seq = seq - 1',
    'UPDATE audit_head SET seq = 11',
    "UPDATE audit_head SET hash = 'x'",
    'DELETE FROM audit_head',
  ];
  for (const harm of harms) expect(await after(() => raw.exec(harm)), harm).toBe(false);
});

it('finds a tail cut off together with the record of the end by an anchor alone', async () => {
  const cut = (): void => {
    raw.exec('DELETE FROM audit WHERE seq > 7; UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit WHERE seq = 7)');
  };
  expect(await after(cut)).toBe(true); // the limit that docs/registry.md tells of
  expect(await after(cut, [anchor])).toBe(false);
});
