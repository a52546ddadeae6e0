import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cells, contents, failure, file, folder, opened, rowsOf } from '../../../test/fixtures/opened-files.js';
import type { Schema } from '../../core/schema.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { emptyReport } from '../../model/table-from-rows.js';

describe('kinds of input', () => {
  it('reads several files and globs in name order', async () => {
    await file('part-2.csv', 'a,b\n3,x\n4,y\n');
    await file('part-1.csv', 'a,b\n1,x\n7,y\n');
    expect(await opened(join(folder, 'part-*.csv'), contents)).toEqual({ a: [1, 7, 3, 4], b: ['x', 'y', 'x', 'y'] });
    await file('part-3.csv', 'a,c\n3,x\n');
    expect((await failure(join(folder, 'part-*.csv'))).code).toBe('DATA_RAGGED');
  });
  it('reads JSON and lines of JSON', async () => {
    const rows = [
      { a: 1, ok: true, when: '2024-05-01', name: 'x' },
      { a: 2.5, ok: false, when: '2024-05-02', name: null },
    ];
    const expected = { a: [1, 2.5], ok: [1, 0], when: [Date.UTC(2024, 4, 1), Date.UTC(2024, 4, 2)], name: ['x', null] };
    expect(await opened(await file('rows.json', JSON.stringify(rows)), contents)).toEqual(expected);
    expect(await opened(await file('rows.ndjson', rows.map((r) => JSON.stringify(r)).join('\n')), contents)).toEqual(expected);
    expect((await failure(await file('bad.json', '[{"a": 1}, {"a": '))).code).toBe('DATA_UNREADABLE');
  });
  it('answers queries over files, and says what is wrong with them', async () => {
    const path = await file('sales.csv', "city,amount\nOslo,10\nRome,20\nOslo,30\nO'Hare,NA\n");
    const found = await opened(
      path,
      contents,
      'SELECT city, sum(amount) AS total, max(amount) > 15 AS large FROM data WHERE amount IS NOT NULL GROUP BY city ORDER BY city',
    );
    expect(found).toEqual({ city: ['Oslo', 'Rome'], total: [40, 20], large: [1, 1] });
    expect(await failure(path, 'SELECT citty FROM data')).toMatchObject({ code: 'SQL_FAILED', hint: expect.stringContaining('city') });
    expect((await failure(path, 'SELECT FROM WHERE')).code).toBe('SQL_FAILED');
    expect((await failure(path, 'SELECT * FROM data WHERE amount > 1000')).code).toBe('DATA_EMPTY');
  });
  it('runs one query alone, over the named files alone', async () => {
    const path = await file('own.csv', 'a,b\n1,x\n2,y\n');
    const secret = await file('secret.csv', 'a\n1\n');
    const out = join(folder, 'written.csv');
    for (const [sql, message] of [
      [`SELECT * FROM data; COPY (SELECT 1) TO '${out}'`, 'has 2 statements'],
      [`SELECT 1; SELECT 2`, 'has 2 statements'],
      [`COPY (SELECT 1) TO '${out}'`, 'disabled by configuration'],
      [`CREATE TABLE t AS SELECT 1`, 'is no SELECT'],
      [`SET lock_configuration = false`, 'is no SELECT'],
      [`SELECT * FROM read_csv('${secret}')`, 'disabled by configuration'],
      [`SELECT * FROM read_text('/etc/passwd')`, 'disabled by configuration'],
    ] as const)
      expect(await failure(path, sql), sql).toMatchObject({ code: 'SQL_FAILED', message: expect.stringContaining(message) });
    expect(existsSync(out)).toBe(false);
    const allowed = "WITH t AS (SELECT a, ';' AS semicolon FROM data) -- done;\nSELECT * FROM t ;";
    expect(await opened(path, contents, allowed)).toEqual({ a: [1, 2], semicolon: [';', ';'] });
  });
  it('spills into a folder of its own that is gone afterwards', async () => {
    const { Duck } = await import('./duck.js');
    const [one, other] = [await Duck.open({ memory: 64 }), await Duck.open()];
    expect(one.spill).not.toBe(other.spill);
    expect(statSync(one.spill).mode & 0o777).toBe(0o700);
    await one.confine([]);
    await one.run('CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS m, md5((i + 1)::VARCHAR) AS n FROM range(1500000) r(i)');
    expect(readdirSync(one.spill).length).toBeGreaterThan(0);
    await one.close();
    await other.close();
    expect([existsSync(one.spill), existsSync(other.spill)]).toEqual([false, false]);
  });
  it('reads Parquet as it reads CSV', async () => {
    const { Duck, quotedText } = await import('./duck.js');
    const duck = await Duck.open();
    const path = join(folder, 'typed.parquet');
    await duck.run(
      `COPY (SELECT (3 * i)::INTEGER AS n, i * 0.5 AS x, i % 2 = 0 AS even, DATE '2024-01-01' + i::INTEGER AS day, 'level with a long name ' || (i % 3) AS word, 9007199254740993 + i AS big FROM range(5000) t(i)) TO ${quotedText(path)} (FORMAT parquet)`,
    );
    await duck.close();
    await opened(path, async (source) => {
      expect(source.rowCount).toBe(5000);
      const found = await contents(source);
      expect(found.n?.slice(0, 3)).toEqual([0, 3, 6]);
      expect(found.x?.[4999]).toBe(2499.5);
      expect(found.even?.slice(0, 2)).toEqual([1, 0]);
      expect(found.day?.[1]).toBe(Date.UTC(2024, 0, 2));
      expect(found.word?.map((w) => String(w).at(-1)).join('')).toBe(Array.from({ length: 5000 }, (_, i) => i % 3).join(''));
      expect(found.big?.[1]).toBe('9007199254740994');
    });
  });
  it('takes a name for a name and a folder for a folder', async () => {
    const { Duck, quotedText } = await import('./duck.js');
    const within = join(folder, 'year=2024');
    await mkdir(within, { recursive: true });
    const duck = await Duck.open();
    for (const [name, value] of [
      ['a[1]*.parquet', 1],
      ['a1x.parquet', 2],
    ] as const)
      await duck.run(`COPY (SELECT ${value} AS v FROM range(2)) TO ${quotedText(join(within, name))} (FORMAT parquet)`);
    await duck.close();
    for (const [ending, text] of [
      ['json', '[{"v": 1}, {"v": 1}]'],
      ['csv', 'v\n1\n1\n'],
    ] as const) {
      await file(`year=2024/a[1]*.${ending}`, text);
      await file(`year=2024/a1x.${ending}`, text.replaceAll('1', '2'));
    }
    for (const ending of ['parquet', 'json', 'csv'])
      for (const sql of [undefined, 'SELECT * FROM data'])
        expect(await opened(join(within, `a[1]*.${ending}`), contents, sql), ending).toEqual({ v: [1, 1] });
  });
  it('reads standard input', async () => {
    async function* piped(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a,b\n1,x');
      yield Buffer.from('\n2,y\n');
    }
    expect(await opened('-', contents, undefined, { stdin: piped() })).toEqual({ a: [1, 2], b: ['x', 'y'] });
  });
  it('reads SQLite, by table or by query', async () => {
    const { default: Database } = await import('libsql');
    const path = join(folder, 'shop.sqlite');
    const database = new Database(path);
    database.exec(
      "CREATE TABLE orders (amount REAL, Name TEXT, name2 TEXT); INSERT INTO orders VALUES (1.5, 'x', NULL), (2, 'y''s', 'z'), (NULL, 'x', 'z')",
    );
    database.close();
    expect(await opened(`sqlite:${path}`, contents)).toEqual({ amount: [1.5, 2, null], Name: ['x', "y's", 'x'], name2: [null, 'z', 'z'] });
    expect(await opened(path, contents, 'SELECT count(*) AS n, Name FROM orders GROUP BY Name ORDER BY Name')).toEqual({
      n: [2, 1],
      Name: ['x', "y's"],
    });
    expect((await failure(path, 'SELECT * FROM nothing')).code).toBe('SQL_FAILED');
  });
});

describe('digits', () => {
  it('keeps those of whole numbers in SQLite', async () => {
    const { default: Database } = await import('libsql');
    const path = join(folder, 'big.sqlite');
    const database = new Database(path);
    database.exec('CREATE TABLE t (k INTEGER, v REAL); INSERT INTO t VALUES (9007199254740993, 1.5), (9007199254740992, 2), (-7, NULL)');
    database.close();
    expect(await opened(path, contents)).toEqual({ k: ['9007199254740993', '9007199254740992', '-7'], v: [1.5, 2, null] });
    expect(await opened(path, contents, 'SELECT count(*) AS n, 5 AS five FROM t')).toEqual({ n: [3], five: [5] });
    expect((await failure(path, 'INSERT INTO t VALUES (1, 1) RETURNING k')).message).toContain('readonly');
    expect(await opened(path, contents, 'SELECT count(*) AS n FROM t')).toEqual({ n: [3] });
  });
  it('keeps those of decimals too wide for a number', async () => {
    const path = await file('decimals.csv', 'i\n1\n2\n');
    const query =
      "SELECT CASE i WHEN 1 THEN '9007199254740993' ELSE '9007199254740994' END::DECIMAL(18, 0) AS id, CASE i WHEN 1 THEN '1234567890123456.02' ELSE '1234567890123456.03' END::DECIMAL(18, 2) AS wide, i::DECIMAL(38, 2) / 4 AS small, (i / 8)::DECIMAL(15, 3) AS narrow FROM data ORDER BY i";
    await opened(
      path,
      async (source) => {
        expect(await contents(source)).toMatchObject({
          id: ['9007199254740993', '9007199254740994'],
          small: [0.25, 0.5],
          narrow: [0.125, 0.25],
        });
        const spelled = await source.counts('wide');
        expect(spelled.map((c) => c.value).sort()).toEqual(['1234567890123456.02', '1234567890123456.03']);
      },
      query,
    );
  });
});

describe('reading', () => {
  const many = (): string =>
    `n,label,x\n${Array.from({ length: 30_000 }, (_, i) => `${(i * 7919) % 30_011},${['red', 'green', 'blue'][i % 3]},${i / 8}`).join('\n')}\n`;

  it('keeps the order of rows, samples evenly and repeats itself', async () => {
    await opened(await file('many.csv', many()), async (source) => {
      const schema = inferSchema(await source.samples());
      const all = await source.read(schema);
      expect(all.rows).toBe(30_000);
      const part = await source.read(schema, { maxRows: 1000, seed: 3 });
      const x = cells(part.column('x')) as number[];
      expect(part.rows).toBe(1000);
      expect([...x].sort((a, b) => a - b)).toEqual(x);
      expect(x.filter((v) => v < 1875).length).toBeGreaterThan(400);
      expect(cells((await source.read(schema, { maxRows: 1000, seed: 3 })).column('x'))).toEqual(x);
      expect(cells((await source.read(schema, { maxRows: 1000, seed: 4 })).column('x'))).not.toEqual(x);
      const picked = await source.read(schema, { rows: Uint32Array.from([0, 5, 29_999]) });
      expect(cells(picked.column('x'))).toEqual([0, 0.625, 29_999 / 8]);
    });
  });

  it('hands out batches with the kept columns as spelled', async () => {
    await opened(await file('many.csv', many()), async (source) => {
      const schema = inferSchema(await source.samples(), { drop: ['n'] });
      let rows = 0;
      const kept: string[] = [];
      for await (const batch of source.batches(schema, 7000, { keep: ['n', 'x'] })) {
        expect(batch.table.rows).toBe(batch.kept[0]?.length);
        expect(batch.keptNames).toEqual(['n', 'x']);
        rows += batch.table.rows;
        kept.push(...(batch.kept[1] as string[]));
      }
      expect(rows).toBe(30_000);
      expect(kept[29_999]).toBe(String(29_999 / 8));
    });
  });

  it('looks for a column once, not in each batch', async () => {
    const width = 300;
    const names = Array.from({ length: width }, (_, c) => `c${c}`);
    const lines = Array.from({ length: 400 }, (_, r) => names.map((_, c) => (r * c) % 11).join(','));
    await opened(await file('wide.csv', [names.join(','), ...lines].join('\n')), async (source) => {
      const schema: Schema = { columns: inferSchema(await source.samples()).columns.map((c) => ({ ...c, use: 'feature' })) };
      const spy = vi.spyOn(Array.prototype, 'indexOf');
      const search = spy.mock.calls;
      try {
        let last: number | undefined;
        for await (const { table, kept } of source.batches(schema, 20, { keep: 'all' })) {
          last = (cells(table.column('c299')).at(-1) as number) - Number(kept[299]?.at(-1));
        }
        expect(last).toBe(0);
        expect(search.length).toBeLessThan(20 * width);
      } finally {
        spy.mockRestore();
      }
    });
  });

  it('reports missing and extra columns of a batch, and streams without a first pass', async () => {
    const schema = await opened(await file('train.csv', 'a,b,y\n1,p,0\n2,q,1\n3,p,0\n4,q,1\n'), async (s) =>
      inferSchema(await s.samples(), { target: 'y' }),
    );
    const report = emptyReport();
    await opened(
      await file('score.csv', 'c,a\nx,1\ny,oops\n'),
      async (source) => {
        expect(source.rowCount).toBeNaN();
        for await (const { table } of source.batches(schema, 100, { report })) {
          expect(rowsOf(table)).toEqual({ a: [1, null], b: [null, null] });
        }
      },
      undefined,
      { streaming: true },
    );
    expect(report).toEqual({ missingColumns: ['b'], extraColumns: ['c'], unreadable: new Map([['a', 1]]) });
  });

  it('hashes content, not names', async () => {
    const hash = async (name: string, text: string): Promise<string> => await opened(await file(name, text), async (s) => s.hash);
    expect(await hash('h1.csv', 'a,b\n1,2\n')).toBe(await hash('h2.csv', 'a,b\n1,2\n'));
    expect(await hash('h1.csv', 'a,b\n1,2\n')).not.toBe(await hash('h1.csv', 'a,b\n1,3\n'));
    expect(await hash('h1.csv', 'a,b\n1,2\n')).toMatch(/^[0-9a-f]{64}$/);
  });
});
