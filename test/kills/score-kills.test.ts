import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

// Some kills on both stores; MILLWRIGHT_KILLS=60 does as many as the figures in docs/score.md rest on.

const SCRIPT = fileURLToPath(new URL('score-kills.mjs', import.meta.url));
const KILLS = process.env.MILLWRIGHT_KILLS ?? '6';
let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
}, 60_000);
afterAll(() => server?.stop());

function kill(...args: string[]): void {
  const { stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--kills', KILLS, ...args], { encoding: 'utf8' });
  expect(stdout, stderr).toContain('"kills"');
  const summary = JSON.parse(stdout) as { kills: number };
  console.log(stdout.trim());
  expect(summary).toMatchObject({ failures: [] });
  expect(summary.kills).toBeGreaterThanOrEqual(Number(KILLS));
}

it('a scoring that is killed and given again is that of an unbroken run: files, SQLite', () => kill(), 3_600_000);

it.skipIf(!postgresThere)(
  'and PostgreSQL',
  async () => kill('--store', await freshSchema(server as TestPostgres, 'score_kills')),
  3_600_000,
);
