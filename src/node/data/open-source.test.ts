import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Schema } from '../../core/schema.js';
import type { Column, Table } from '../../core/table.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { emptyReport } from '../../model/table-from-rows.js';
import type { DataSource } from './data-source.js';
import { openSource, type SourceOptions } from './open-source.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millwright-test-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const cells = (column: Column): (number | string | null)[] =>
  column.kind === 'numeric'
    ? [...column.values].map((v) => (Number.isNaN(v) ? null : v))
    : [...column.codes].map((code) => (code < 0 ? null : (column.levels[code] as string)));

const rowsOf = (table: Table): Record<string, (number | string | null)[]> =>
  Object.fromEntries(table.columns.map((c) => [c.name, cells(c)]));

/** Everything of a source as its schema reads it, ids and constants too. */
async function contents(source: DataSource): Promise<Record<string, (number | string | null)[]>> {
  const schema = inferSchema(await source.samples());
  const all: Schema = { columns: schema.columns.map((c) => ({ ...c, use: 'feature' })) };
  return rowsOf(await source.read(all));
}

async function opened<R>(
  from: string | string[],
  work: (source: DataSource) => Promise<R>,
  sql?: string,
  options?: SourceOptions,
): Promise<R> {
  const source = await openSource({ from: typeof from === 'string' ? [from] : from, sql }, options);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

const failure = async (from: string, sql?: string): Promise<{ code: string; message: string; hint?: string }> => {
  const error = await openSource({ from: [from], sql }).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(Error);
  return error as { code: string; message: string; hint?: string };
};

const EXPECTED = { name: ['a', 'b, "c"', 'd\ne'], size: [1.5, null, 3] };

describe('dialects', () => {
  const table = (d: string, eol = '\n'): string => [`name${d}size`, `a${d}1.5`, `"b, ""c"""${d}`, `"d\ne"${d}3`].join(eol) + eol;
  for (const [label, text] of [
    ['commas', table(',')],
    ['semicolons', table(';')],
    ['tabs', table('\t')],
    ['bars', table('|')],
    ['CRLF', table(',', '\r\n')],
    ['CR', table(',', '\r').replace('d\ne', 'd\ne')],
    ['a byte-order mark', `\ufeff${table(',')}`],
    ['no line end at the end', table(',').trimEnd()],
    ['a comment above', `# made by hand\n# twice\n${table(',')}`],
    ['blank lines', table(',').replace('\na', '\n\na')],
    ['mixed line ends', table(',').replace('1.5\n', '1.5\r\n')],
    ['a separator at the end of every line', table(',').replace(/("d\ne",3|size|1\.5|"b, ""c""",)\n/g, '$1,\n')],
  ] as const) {
    it(`reads ${label}`, async () => {
      expect(await opened(await file('dialect.csv', text), contents)).toEqual(EXPECTED);
    });
  }

  it('skips titles and comments above the header, whatever ends the lines', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},w${i % 3}`);
    for (const eol of ['\n', '\r\n', '\r'])
      for (const above of ['# made by hand\nTitle', 'Title\n# made by hand', 'Title', '\n"Title\nin two lines"\n']) {
        const lines = [...above.split('\n'), 'n,word', ...rows];
        const path = await file('titled.csv', lines.join(eol));
        await opened(path, async (source) => {
          expect([source.columns, source.rowCount], JSON.stringify([eol, above])).toEqual([['n', 'word'], rows.length]);
        });
      }
    const path = await file('titled.csv', '# made\nTitle\na,b\n1,x\n2,y\n3,x\n4,y\n');
    expect(await opened(path, contents)).toEqual(await opened(path, contents, 'SELECT * FROM data'));
    await file('titled.csv', 'Title\na,b\n1,x\n2,y\n3,x\n4,y\n5\n');
    expect((await failure(path)).message).toContain('Line 7 of titled.csv');
  });

  it('reads gzip, whatever the file is called', async () => {
    expect(await opened(await file('packed.csv', gzipSync(table(','))), contents)).toEqual(EXPECTED);
  });

  it('finds that there is no header', async () => {
    await opened(await file('bare.csv', '5.1,3.5,red\n4.9,3.0,blue\n4.7,3.2,red\n4.6,3.1,red\n5.0,3.6,blue\n'), async (source) => {
      expect(source.columns).toEqual(['column_1', 'column_2', 'column_3']);
      expect(source.rowCount).toBe(5);
      expect(source.notes.map((n) => n.code)).toEqual(['no-header']);
    });
  });

  it('keeps commas in a table of one column', async () => {
    const text = ['text', 'well, yes', 'no', 'maybe, but, then', 'fine'].join('\n');
    expect(await opened(await file('one.csv', text), contents)).toEqual({ text: ['well, yes', 'no', 'maybe, but, then', 'fine'] });
  });

  it('reads decimal commas between semicolons', async () => {
    const text = 'a;b\n1,5;1.234,25\n2,25;2.000,5\n3,125;10,0\n';
    expect(await opened(await file('european.csv', text), contents)).toEqual({ a: [1.5, 2.25, 3.125], b: [1234.25, 2000.5, 10] });
  });

  it('takes a quote inside an unquoted cell, and text after a closing quote, as written', async () => {
    const text = 'a,b\n5" pipe,x\n"y" z,w\n6" pipe,x\n';
    expect((await opened(await file('stray.csv', text), contents)).a).toEqual(['5" pipe', '"y" z', '6" pipe']);
  });
});

describe('encodings', () => {
  const text = 'stadt,wert\nMünchen,1\nKöln,2\nMünchen,3\n';
  it('reads UTF-16 with a byte-order mark', async () => {
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    expect((await opened(await file('utf16.csv', little), contents)).stadt).toEqual(['München', 'Köln', 'München']);
    const big = Buffer.from(little).swap16();
    expect((await opened(await file('utf16be.csv', big), contents)).stadt).toEqual(['München', 'Köln', 'München']);
  });
  it('reads Latin-1, and says so', async () => {
    await opened(await file('latin1.csv', Buffer.from(text, 'latin1')), async (source) => {
      expect((await contents(source)).stadt).toEqual(['München', 'Köln', 'München']);
      expect(source.notes.map((n) => n.code)).toEqual(['encoding']);
    });
  });
  it('reads UTF-8 whose beginning is cut in a character', async () => {
    for (const shift of [0, 1, 2, 3]) {
      // no line end in the first MB, three bytes a character
      const text = `note,x\r${'a'.repeat(shift)}${'語'.repeat(400_000)},1\rb,2\r`;
      await opened(await file('long.csv', text), async (source) => {
        expect(source.notes).toEqual([]);
        expect((await source.counts('note')).map((c) => c.value.length).sort()).toEqual([1, 400_000 + shift]);
      });
    }
  });
  it('finds Latin-1 far behind a beginning in ASCII', async () => {
    const late = Buffer.from(`stadt,wert\n${'Bonn,1\n'.repeat(400_000)}Köln,2\n`, 'latin1');
    await opened(await file('late.csv', late), async (source) => {
      expect(source.rowCount).toBe(400_001);
      expect(await source.counts('stadt')).toEqual([
        { value: 'Bonn', count: 400_000 },
        { value: 'Köln', count: 1 },
      ]);
    });
  });
});

describe('late surprises', () => {
  const late = (town: string): Buffer => Buffer.from(`stadt,wert\n${'Bonn,1\n'.repeat(200_000)}${town},2\n`, 'latin1');
  it('reads each file of a list in its own encoding', async () => {
    const paths = [
      await file('u.csv', `stadt,wert\nMünchen,1\nZürich,5\n`),
      await file('l.csv', late('Köln')),
      await file('m.csv', late('Köln')),
    ];
    await opened(paths, async (source) => {
      expect((await source.counts('stadt')).sort((a, b) => a.value.localeCompare(b.value, 'de'))).toEqual([
        { value: 'Bonn', count: 400_000 },
        { value: 'Köln', count: 2 },
        { value: 'München', count: 1 },
        { value: 'Zürich', count: 1 },
      ]);
      expect(source.notes.map((n) => n.message)).toEqual(['l.csv and 1 more are not UTF-8; they were read as Latin-1 (Windows-1252).']);
    });
  });
  it('lets a stream of batches begin anew', async () => {
    const path = await file('l.csv', late('Köln'));
    const schema = await opened(await file('u.csv', 'stadt,wert\nBonn,1\nKöln,5\nBonn,2\n'), async (s) => inferSchema(await s.samples()));
    await opened(
      path,
      async (source) => {
        const pass = async (): Promise<number> => {
          let rows = 0;
          for await (const { table } of source.batches(schema, 8192)) rows += table.rows;
          return rows;
        };
        const error = await pass().catch((e: unknown) => e);
        expect(error).toMatchObject({ code: 'DATA_UNREADABLE' });
        expect(source.recover(error)).toBe(true);
        expect(await pass()).toBe(200_001);
        expect(source.notes.map((n) => n.code)).toEqual(['encoding']);
        expect(source.recover(new Error('another'))).toBe(false);
      },
      undefined,
      { streaming: true },
    );
  });
});

describe('bad input', () => {
  it('names the nearest file when there is none', async () => {
    await file('houses.csv', 'a,b\n1,2\n');
    const error = await failure(join(folder, 'huoses.csv'));
    expect(error.code).toBe('DATA_NOT_FOUND');
    expect(error.hint).toContain('houses.csv');
    expect((await failure(join(folder, 'no-such-folder', 'x.csv'))).code).toBe('DATA_NOT_FOUND');
    expect((await failure(join(folder, 'zzz-*.csv'))).code).toBe('DATA_NOT_FOUND');
  });
  it('refuses a folder', async () => {
    const error = await failure(folder);
    expect(error.code).toBe('DATA_UNREADABLE');
    expect(error.message).toContain('is a folder');
  });
  it('refuses emptiness', async () => {
    expect((await failure(await file('empty.csv', ''))).code).toBe('DATA_EMPTY');
    expect((await failure(await file('blank.csv', '\n \n\n'))).code).toBe('DATA_EMPTY');
    expect((await failure(await file('header.csv', 'a,b,c\n'))).code).toBe('DATA_EMPTY');
    expect((await failure(await file('empty.csv.gz', gzipSync('')))).code).toBe('DATA_EMPTY');
  });
  it('refuses what is no text', async () => {
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 37) % 256))]);
    expect(await failure(await file('image.csv', png))).toMatchObject({ code: 'DATA_BINARY', message: expect.stringContaining('PNG') });
    expect((await failure(await file('image.csv.gz', gzipSync(png)))).code).toBe('DATA_BINARY');
    expect((await failure(await file('noise.csv', Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i * 7) % 256))))).code).toBe(
      'DATA_BINARY',
    );
    expect((await failure(await file('cut.csv.gz', gzipSync('a,b\n1,2\n'.repeat(1000)).subarray(0, 40)))).code).toBe('DATA_UNREADABLE');
    expect((await failure(await file('fake.parquet', 'a,b\n1,2\n'))).code).toBe('DATA_UNREADABLE');
    expect((await failure(await file('broken.parquet', Buffer.from('PAR1 this is no parquet PAR1')))).code).toBe('DATA_UNREADABLE');
  });
  it('names the line of a ragged row', async () => {
    expect(await failure(await file('short.csv', 'a,b\n1,2\n"x\ny",2\n3\n'))).toMatchObject({
      code: 'DATA_RAGGED',
      message: 'Line 5 of short.csv has 1 cell, but the table has 2 columns.',
    });
    expect(await failure(await file('long.csv', `a,b\n${'1,2\n'.repeat(1000)}1,2,3\n`))).toMatchObject({
      code: 'DATA_RAGGED',
      message: 'Line 1002 of long.csv has 3 cells, but the table has 2 columns.',
    });
    expect((await failure(await file('open.csv', 'a,b\n1,"2\n3,4\n'))).code).toBe('DATA_UNREADABLE');
  });
  it('refuses columns of one name', async () => {
    expect(await failure(await file('twice.csv', 'a,b,a\n1,2,3\n'))).toMatchObject({
      code: 'DATA_DUPLICATE_COLUMNS',
      message: 'twice.csv has more than one column "a".',
    });
  });
  it('reads names that are traps', async () => {
    const text = 'a,A,__proto__,toString,<script>alert(1)</script>,\n1,5,2,3,4,7\n2,6,3,4,5,9\n';
    await opened(await file('traps.csv', text), async (source) => {
      expect(source.columns).toEqual(['a', 'A', '__proto__', 'toString', '<script>alert(1)</script>', 'column_6']);
      const schema = inferSchema(await source.samples());
      const table = await source.read(schema);
      expect(cells(table.column('__proto__'))).toEqual([2, 3]);
      expect(cells(table.column('toString'))).toEqual([3, 4]);
      expect(cells(table.column('A'))).toEqual([5, 6]);
    });
  });
  it('reads 10,000 columns', async () => {
    const width = 10_000;
    const line = (row: number): string => Array.from({ length: width }, (_, c) => (row * 31 + c * 7) % 97).join(',');
    const text = [Array.from({ length: width }, (_, c) => `c${c}`).join(','), line(1), line(2), line(3)].join('\n');
    await opened(await file('wide.csv', text), async (source) => {
      expect(source.columns.length).toBe(width);
      expect((await contents(source)).c9999).toEqual([1, 2, 3].map((row) => (row * 31 + 9999 * 7) % 97));
    });
  });
  it('reads a cell of 20 MB, and refuses one of 300 MB', async () => {
    const large = 'word '.repeat(4_000_000);
    const found = await opened(await file('large.csv', `id,text\n1,"${large}"\n2,short\n`), contents);
    expect((found.text as string[]).map((t) => t.length)).toEqual([large.trim().length, 5]);
    const path = await file(
      'huge.csv.gz',
      gzipSync(Buffer.concat([Buffer.from('id,text\n1,'), Buffer.alloc(300 * 2 ** 20, 120)]), { level: 1 }),
    );
    expect((await failure(path)).code).toBe('DATA_TOO_LARGE');
  });
  it('takes infinities, hexadecimals and underscores for missing, and counts them', async () => {
    const body = Array.from({ length: 60 }, (_, i) => `${i * 1.5},k`).join('\n');
    const path = await file('odd.csv', `x,y\n${body}\ninf,k\n1_000,k\n1e400,k\n`);
    await opened(path, async (source) => {
      const schema = inferSchema(await source.samples());
      const report = emptyReport();
      const table = await source.read(schema, { report });
      expect(cells(table.column('x')).slice(-3)).toEqual([null, null, null]);
      expect(report.unreadable.get('x')).toBe(2);
    });
  });
  it('keeps whole numbers beyond 2^53 apart', async () => {
    const found = await opened(await file('big.csv', 'k,v\n9007199254740993,1\n9007199254740992,2\n9007199254740993,3\n'), contents);
    expect(found.k).toEqual(['9007199254740993', '9007199254740992', '9007199254740993']);
  });
  it('takes dates that are none for missing', async () => {
    const days = Array.from({ length: 40 }, (_, i) => `2024-01-${String((i % 28) + 1).padStart(2, '0')},${i}`);
    const found = await opened(await file('dates.csv', `day,v\n${days.join('\n')}\n2024-02-30,1\n`), contents);
    expect(found.day?.at(-1)).toBeNull();
    expect(found.day?.[0]).toBe(Date.UTC(2024, 0, 1));
  });
});

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
