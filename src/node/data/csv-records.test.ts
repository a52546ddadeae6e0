import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { CsvCutter } from './csv-records.js';

const dialect = { delimiter: ',', quote: '"', comment: '', skip: 0, header: false };
const written = (cell: string): string => (/[",\r\n]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell);

function cut(text: Buffer, columns: number, size: number): string[][] {
  const cutter = new CsvCutter(dialect, columns, 'test');
  const rows: string[][] = [];
  for (let at = 0; at === 0 || at < text.length; at += size) {
    const { source, rows: count, start, end } = cutter.cut(Buffer.from(text.subarray(at, at + size)), at + size >= text.length);
    for (let r = 0; r < count; r++)
      rows.push(Array.from({ length: columns }, (_, c) => source.toString('utf8', start[r * columns + c], end[r * columns + c])));
  }
  return rows;
}

it('gives back what was written, whatever the size of the blocks', () => {
  const cell = fc.oneof(fc.string({ maxLength: 6 }), fc.stringMatching(/^[a,"\r\n ü]{0,5}$/));
  fc.assert(
    fc.property(
      fc
        .integer({ min: 2, max: 4 })
        .chain((columns) =>
          fc.tuple(
            fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 12 }),
            fc.constantFrom('\n', '\r\n', '\r'),
            fc.integer({ min: 1, max: 40 }),
            fc.boolean(),
          ),
        ),
      ([rows, eol, size, ended]) => {
        const text = rows.map((r) => r.map(written).join(',')).join(eol) + (ended ? eol : '');
        expect(cut(Buffer.from(text), (rows[0] as string[]).length, size)).toEqual(
          rows.map((r) => r.map((c) => Buffer.from(c).toString('utf8'))),
        );
      },
    ),
    { numRuns: 500 },
  );
});

it('counts the lines of a quoted cell within the cell, also where no line ends in LF', () => {
  const text = Buffer.from('"a","b\n\nc"\r'.repeat(2) + '"one","two"\r'.repeat(5000));
  let bytes = 0;
  const search = Buffer.prototype.indexOf;
  const spy = vi.spyOn(Buffer.prototype, 'indexOf').mockImplementation(function (this: Buffer, value, from) {
    const found = search.call(this, value as number, from as number);
    bytes += (found < 0 ? this.length : found) - ((from as number | undefined) ?? 0);
    return found;
  });
  try {
    expect(cut(text, 2, text.length)).toHaveLength(5002);
  } finally {
    spy.mockRestore();
  }
  expect(bytes).toBeLessThan(2 * text.length);
});

it('names the right line after line ends inside cells', () => {
  const cell = `"${'x'.repeat(40)}\n${'y'.repeat(40)}\n\n"`;
  expect(() => cut(Buffer.from(`"a\nb",1\n${cell},2\n3\n`), 2, 1000)).toThrow('Line 7 of test has 1 cell');
});
