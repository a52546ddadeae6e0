import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresThere, startPostgres, statement as statementAt, type TestPostgres } from '../../../test/fixtures/postgres.js';
import { type Clock, Deadline } from '../../core/clock.js';
import { openSource, type SourceOptions } from './open-source.js';

describe.skipIf(!postgresThere)('PostgreSQL', () => {
  let server: TestPostgres;
  let url = '';
  let folder: string | undefined;
  const statement = (sql: string): Promise<number> => statementAt(url, sql);

  beforeAll(async () => {
    server = startPostgres();
    ({ url, folder } = server);
    await statement(`DROP TABLE IF EXISTS millwright_test`);
    await statement(
      `CREATE TABLE millwright_test AS SELECT i AS n, i * 0.5::float8 AS x, (9007199254740993 + i)::bigint AS big, (i || '.10')::numeric AS exact,
       CASE WHEN i % 3 = 0 THEN NULL ELSE 'wörd ' || i % 3 END AS word, DATE '2024-01-01' + i AS day FROM generate_series(0, 9999) i`,
    );
  });

  afterAll(async () => {
    await statement('DROP TABLE IF EXISTS millwright_test');
    server.stop();
  });

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
