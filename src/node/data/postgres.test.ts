import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, Deadline } from '../../core/clock.js';
import { openSource, type SourceOptions } from './open-source.js';

const PROGRAMS = '/usr/lib/postgresql';
const root = process.getuid?.() === 0;

/** Debian's newest PostgreSQL, where there is one and somebody other than root to run it. */
function installed(): string | undefined {
  const versions = existsSync(PROGRAMS) ? readdirSync(PROGRAMS) : [];
  const bin = versions.map((v) => join(PROGRAMS, v, 'bin')).filter((folder) => existsSync(join(folder, 'initdb')));
  if (root && spawnSync('id', ['postgres']).status !== 0) return undefined;
  return bin.at(-1);
}

const given = process.env.MILLWRIGHT_TEST_POSTGRES;
const bin = given === undefined ? installed() : undefined;
const there = given !== undefined || bin !== undefined;
if (!there) console.warn('PostgreSQL is not tested: none is installed, and MILLWRIGHT_TEST_POSTGRES names none.');

/** Runs a program of the server's as somebody who may. */
function serve(program: string, args: readonly string[]): void {
  const command = [join(bin as string, program), ...args];
  const [file, ...rest] = root ? ['su', 'postgres', '-s', '/bin/sh', '-c', command.map((w) => `'${w}'`).join(' ')] : command;
  const done = spawnSync(file as string, rest, { encoding: 'utf8', cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.status !== 0) throw new Error(`${program}: ${done.stderr || done.stdout}`);
}

describe.skipIf(!there)('PostgreSQL', () => {
  let url = given ?? '';
  let folder: string | undefined;

  beforeAll(async () => {
    if (bin !== undefined) {
      folder = mkdtempSync(join(tmpdir(), 'millwright-pg-'));
      chmodSync(folder, 0o777);
      const data = join(folder, 'data');
      serve('initdb', ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
      // a socket alone, so that no port is taken
      serve('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', `-k ${folder} -c listen_addresses= -c fsync=off`, 'start']);
      url = `postgresql://tester@/postgres?host=${encodeURIComponent(folder)}`;
    }
    await statement(`DROP TABLE IF EXISTS millwright_test`);
    await statement(
      `CREATE TABLE millwright_test AS SELECT i AS n, i * 0.5::float8 AS x, (9007199254740993 + i)::bigint AS big, (i || '.10')::numeric AS exact,
       CASE WHEN i % 3 = 0 THEN NULL ELSE 'wörd ' || i % 3 END AS word, DATE '2024-01-01' + i AS day FROM generate_series(0, 9999) i`,
    );
  }, 60_000);

  afterAll(async () => {
    if (given !== undefined) await statement('DROP TABLE IF EXISTS millwright_test');
    if (folder === undefined) return;
    serve('pg_ctl', ['-D', join(folder, 'data'), '-m', 'immediate', '-w', 'stop']);
    rmSync(folder, { recursive: true, force: true });
  });

  async function statement(sql: string): Promise<number> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  const spelled = async (sql: string, options?: SourceOptions): Promise<Record<string, string[]>> => {
    const source = await openSource({ from: [url], sql }, options);
    try {
      const kept: string[][] = source.columns.map(() => []);
      for await (const batch of source.batches({ columns: [] }, 5000, { keep: 'all' }))
        batch.kept.forEach((cells, c) => {
          kept[c]?.push(...cells);
        });
      return Object.fromEntries(source.columns.map((name, c) => [name, kept[c] as string[]]));
    } finally {
      await source.close();
    }
  };
  const code = async (sql: string, options?: SourceOptions): Promise<unknown> =>
    await openSource({ from: [url], sql }, options).then(
      async (source) => await source.close(),
      (error: { code: string }) => error.code,
    );

  it('reads a query in its order, every digit kept', async () => {
    const found = await spelled('SELECT * FROM millwright_test ORDER BY n DESC;');
    expect(Object.keys(found)).toEqual(['n', 'x', 'big', 'exact', 'word', 'day']);
    expect(found.n).toEqual(Array.from({ length: 10_000 }, (_, i) => String(9999 - i)));
    const last = Object.values(found).map((cells) => cells.slice(-2));
    expect(last).toEqual([
      ['1', '0'],
      ['0.5', '0'],
      ['9007199254740994', '9007199254740993'],
      ['1.10', '0.10'],
      ['wörd 1', ''],
      ['2024-01-02', '2024-01-01'],
    ]);
  });

  it('gives the same content the same hash', async () => {
    const hash = async (sql: string): Promise<string> => {
      const source = await openSource({ from: [url], sql });
      await source.close();
      return source.hash;
    };
    const sql = 'SELECT n, word FROM millwright_test WHERE n < 50 ORDER BY n';
    expect(await hash(sql)).toBe(await hash(`${sql} `));
    expect(await hash(sql)).not.toBe(await hash(`${sql} DESC`));
  });

  it('runs one SELECT and writes nothing', async () => {
    const file = join(folder ?? tmpdir(), 'written');
    for (const sql of [
      'DELETE FROM millwright_test',
      'SELECT 1; DELETE FROM millwright_test',
      'SELECT 1; COMMIT; DELETE FROM millwright_test',
      `COPY millwright_test TO '${file}'`,
      'WITH gone AS (DELETE FROM millwright_test RETURNING *) SELECT * FROM gone',
      'SELECT nothing FROM millwright_test',
    ])
      expect(await code(sql), sql).toBe('SQL_FAILED');
    expect(await statement('SELECT n FROM millwright_test')).toBe(10_000);
    expect(existsSync(file)).toBe(false);
  });

  it('says that there are no rows, or no server', async () => {
    expect(await code('SELECT * FROM millwright_test WHERE n < 0')).toBe('DATA_EMPTY');
    const away = openSource({ from: ['postgres://me:secret@127.0.0.1:1/none'], sql: 'SELECT 1' });
    await expect(away).rejects.toMatchObject({ code: 'DATA_NOT_FOUND', message: expect.not.stringContaining('secret') });
  });

  it('keeps the beginning when the time is up, and stops at an interrupt', async () => {
    let now = 0;
    const clock: Clock = { now: () => now++, pause: async () => undefined };
    const source = await openSource({ from: [url], sql: 'SELECT n FROM millwright_test ORDER BY n' }, { deadline: new Deadline(clock, 2) });
    await source.close();
    expect(source.truncated).toBe(true);
    expect(source.rowCount).toBe(4000);
    const again = await spelled('SELECT n FROM millwright_test ORDER BY n', { firstRows: 4000 });
    expect([again.n?.length, again.n?.at(-1)]).toEqual([4000, '3999']);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    expect(await code('SELECT pg_sleep(60)', { signal: stop.signal })).toBe('INTERRUPTED');
  });
});
