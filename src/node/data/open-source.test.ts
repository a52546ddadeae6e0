import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cells, contents, EXPECTED, failure, file, folder, opened } from '../../../test/fixtures/opened-files.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { emptyReport } from '../../model/table-from-rows.js';

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
