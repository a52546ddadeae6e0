import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

// A few kills on both stores; MILLWRIGHT_KILLS=100 does as many as the figures in docs/retraining.md rest on.

const SCRIPT = fileURLToPath(new URL('worker-kills.mjs', import.meta.url));
const KILLS = process.env.MILLWRIGHT_KILLS ?? '3';
let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
}, 60_000);
afterAll(() => server?.stop());

function kill(...args: string[]): void {
  const { stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--kills', KILLS, ...args], { encoding: 'utf8' });
  let summary: Record<string, unknown>;
  try {
    summary = JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    throw new Error(stdout + stderr);
  }
  console.log(JSON.stringify(summary));
  expect(summary).toMatchObject({ failures: [] });
  expect(summary.kills).toBeGreaterThanOrEqual(Number(KILLS));
  expect(summary.versions).toBeGreaterThan(0);
}

it('every retraining ends, once, however often its workers are killed (SQLite)', () => kill(), 3_600_000);

it.skipIf(!postgresThere)(
  'the same with PostgreSQL',
  async () => kill('--store', await freshSchema(server as TestPostgres, 'worker_kills')),
  3_600_000,
);
