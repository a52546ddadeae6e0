import { execFile } from 'node:child_process';
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
  });
  afterAll(() => server?.stop());

  const kill = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) =>
      execFile(process.execPath, [script, '--kills', String(kills), ...args], (_, stdout, stderr) => resolve({ stdout, stderr })),
    );
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
  // much of it is waiting, so the two go side by side
  it.concurrent(titles[0], () => kill(), 3_600_000);
  const schema = () => freshSchema(server as TestPostgres, `${name}_kills`);
  it.concurrent.skipIf(!postgresThere)(titles[1], async () => kill('--store', await schema()), 3_600_000);
}
