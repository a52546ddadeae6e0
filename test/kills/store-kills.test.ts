import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

// Some kills on both stores; MILLWRIGHT_KILLS=200 does as many as the figures in docs/registry.md rest on.

const SCRIPT = fileURLToPath(new URL('store-kills.mjs', import.meta.url));
const KILLS = process.env.MILLWRIGHT_KILLS ?? '10';
let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
}, 60_000);
afterAll(() => server?.stop());

function kill(...args: string[]): Record<string, unknown> {
  const { stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--kills', KILLS, ...args], { encoding: 'utf8' });
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    throw new Error(stdout + stderr);
  }
}

const told = (summary: Record<string, unknown>): void => {
  console.log(JSON.stringify(summary));
  expect(summary).toMatchObject({ kills: Number(KILLS), failures: [] });
  expect(summary.acknowledged).toBeGreaterThan(0);
};

it('SQLite keeps what it acknowledged when it is killed', () => told(kill()), 3_600_000);

it.skipIf(!postgresThere)(
  'PostgreSQL keeps what it acknowledged when its client is killed',
  async () => told(kill('--store', await freshSchema(server as TestPostgres, 'kills'))),
  3_600_000,
);
