import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

type Summary = Record<string, unknown>;

/**
 * Two tests that run `NAME-kills.mjs`, on SQLite and on PostgreSQL where there is one.
 * @param usual kills, unless MILLWRIGHT_KILLS says how many
 * @param look at what the script came to, besides that nothing failed
 */
export function killTests(
  name: string,
  usual: number,
  titles: [sqlite: string, postgres: string],
  look: (summary: Summary, kills: number) => void,
): void {
  const script = fileURLToPath(new URL(`${name}-kills.mjs`, import.meta.url));
  const kills = Number(process.env.MILLWRIGHT_KILLS ?? usual);
  let server: TestPostgres | undefined;
  beforeAll(() => {
    if (postgresThere) server = startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());

  const kill = (...args: string[]): void => {
    const { stdout, stderr } = spawnSync(process.execPath, [script, '--kills', String(kills), ...args], { encoding: 'utf8' });
    let summary: Summary;
    try {
      summary = JSON.parse(stdout) as Summary;
    } catch {
      throw new Error(stdout + stderr);
    }
    console.log(JSON.stringify(summary));
    expect(summary).toMatchObject({ failures: [] });
    look(summary, kills);
  };
  it(titles[0], () => kill(), 3_600_000);
  it.skipIf(!postgresThere)(titles[1], async () => kill('--store', await freshSchema(server as TestPostgres, `${name}_kills`)), 3_600_000);
}
