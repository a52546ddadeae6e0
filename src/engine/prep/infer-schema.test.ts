import { describe, expect, it } from 'vitest';
import type { ColumnSchema } from '../../core/schema.js';
import { type ColumnSample, codeCells, summariseColumn } from './column-sample.js';
import { inferColumn } from './infer-column.js';
import { inferSchema } from './infer-schema.js';
import { timeColumn } from './infer-time.js';

const sample = (name: string, cells: (string | undefined)[], totalRows = cells.length): ColumnSample =>
  summariseColumn({ name, physical: 'text', totalRows, ...codeCells(cells) });

const repeat = (n: number, cell: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => cell(i));
const scattered = (i: number): number => (i * 7919) % 1009;

function inferred(name: string, cells: (string | undefined)[]): ColumnSchema {
  return inferSchema([sample(name, cells)]).columns[0] as ColumnSchema;
}

describe('numbers', () => {
  it.each([
    ['dollars', repeat(60, (i) => `$${(scattered(i) % 900) + 1},200`), { decimal: '.', group: ',', affixes: ['$'] }],
    ['percent', repeat(60, (i) => `${scattered(i) / 10} %`), { percent: true }],
    ['decimal commas', repeat(60, (i) => `${i}.${String(scattered(i)).padStart(3, '0').slice(0, 3)},5`), { decimal: ',', group: '.' }],
    ['units', repeat(60, (i) => `${scattered(i)}.0 oz${i % 9 === 0 ? '.' : ''}`), { affixes: ['oz', 'oz.'] }],
    ['spaces for thousands', repeat(60, (i) => `${i + 1} ${String(scattered(i)).padStart(3, '0').slice(0, 3)}`), { group: ' ' }],
    ['negatives in brackets', repeat(60, (i) => (i % 3 ? `${scattered(i)}.5` : `(${i}.25)`)), { decimal: '.' }],
  ])('sees %s', (_, cells, format) => {
    const column = inferred('amount', cells);
    expect(column.type).toBe('number');
    expect(column.format).toMatchObject(format);
  });
  it('does not take codes for numbers in dress', () => {
    for (const cells of [
      repeat(60, (i) => ['SI1', 'SI2', 'VS1', 'VS2', 'VVS1', 'IF'][i % 6] as string),
      repeat(60, (i) => `A${i % 9}`),
      repeat(60, (i) => ['1st', '2nd', '3rd'][i % 3] as string),
      repeat(60, (i) => `${i % 20}${i % 2 ? 'M' : 'K'}`),
      repeat(60, (i) => `${i % 20} ${i % 2 ? 'kg' : 'lb'}`),
    ]) {
      expect(inferred('grade', cells).type).toBe('category');
    }
  });
  it('keeps codes with leading zeros and codes by name as categories', () => {
    expect(
      inferred(
        'place',
        repeat(60, (i) => `0${1000 + (i % 7)}`),
      ).type,
    ).toBe('category');
    expect(
      inferred(
        'Zip Code',
        repeat(60, (i) => `${90_000 + (i % 30)}`),
      ).type,
    ).toBe('category');
    expect(
      inferred(
        'store_id',
        repeat(60, (i) => `${i % 12}`),
      ).type,
    ).toBe('category');
    expect(
      inferred(
        'stars',
        repeat(60, (i) => `${i % 5}`),
      ).type,
    ).toBe('number');
  });
  it('says "%" means nothing where cells without it are as large', () => {
    expect(
      inferred(
        'abv',
        repeat(60, (i) => `0.0${(i % 7) + 1}${i % 4 === 0 ? '%' : ''}`),
      ).format,
    ).toMatchObject({ percent: false });
  });
});

describe('missing tokens', () => {
  it('finds them among numbers', () => {
    const column = inferred('x', [
      ...repeat(50, (i) => `${scattered(i)}.5`),
      '?',
      'NA',
      'N/A',
      'null',
      'None',
      '-',
      ' ',
      'nan',
      'NULL',
      '#N/A',
    ]);
    expect(column.type).toBe('number');
    expect(column.missing).toEqual(['#n/a', '-', '?', 'n/a', 'na', 'nan', 'none', 'null']);
    expect(column.stats.missing).toBe(10);
  });
  it('keeps "None" and a frequent "NA" among words as levels, and says so', () => {
    const none = inferred(
      'roof',
      repeat(60, (i) => ['None', 'Tile', 'Slate', '?'][i % 4] as string),
    );
    expect(none.missing).toEqual(['?']);
    expect(none.reason).toContain('"None" is kept');
    const alley = inferred(
      'alley',
      repeat(60, (i) => (i % 10 ? 'NA' : 'Pave')),
    );
    expect([alley.missing, alley.type, alley.use]).toEqual([[], 'category', 'feature']);
    expect(alley.reason).toContain('"NA" is kept');
    expect(
      inferred(
        'quality',
        repeat(60, (i) => (i % 10 ? ['Good', 'Fair'][i % 2] : 'NA') as string),
      ).missing,
    ).toEqual(['na']);
  });
});

describe('dates', () => {
  const days = (write: (d: number, m: number, y: number) => string): string[] =>
    repeat(60, (i) => write(((i * 7) % 28) + 1, ((i * 5) % 12) + 1, 2000 + (i % 20)));
  it.each([
    ['iso', (d: number, m: number, y: number) => `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`],
    ['d/M/yyyy', (d: number, m: number, y: number) => `${d}/${m}/${y}`],
    ['M/d/yyyy', (d: number, m: number, y: number) => `${m}/${d}/${y}`],
    ['d.M.yyyy', (d: number, m: number, y: number) => `${d}.${m}.${y}`],
    ['M/d/yyyy H:mm', (d: number, m: number, y: number) => `${m}/${d}/${y} 7:05`],
  ])('decides for %s on the whole column', (pattern, write) => {
    const column = inferred('when', days(write));
    expect(column.type).toBe('datetime');
    expect(column.format).toMatchObject({ patterns: [pattern] });
    expect(column.reason).not.toContain('other way round');
  });
  it('says when day and month cannot be told apart, and uses the order of the rows if it can', () => {
    expect(
      inferred(
        'when',
        repeat(40, (i) => `${((i * 5) % 12) + 1}/${((i * 7) % 12) + 1}/2020`),
      ).reason,
    ).toContain('other way round');
    const inOrder = repeat(24, (i) => `${(i % 12) + 1}/${Math.floor(i / 12) + 1}/2020`);
    expect(inferred('when', inOrder).format).toMatchObject({ patterns: ['d/M/yyyy'] });
    expect(inferred('when', inOrder).reason).not.toContain('other way round');
  });
  it('reads several forms in one column', () => {
    const column = inferred(
      'when',
      repeat(60, (i) => (i % 3 ? `2020-03-${10 + (i % 20)}` : `${13 + (i % 15)} Mar 2020`)),
    );
    expect(column.type).toBe('datetime');
    expect(column.format).toMatchObject({ patterns: ['iso', 'd MMM yyyy'] });
  });
  it('takes numbers for dates only with good cause', () => {
    expect(
      inferred(
        'day',
        repeat(60, (i) => `202401${String((i % 28) + 1).padStart(2, '0')}`),
      ).format,
    ).toMatchObject({ patterns: ['yyyymmdd'] });
    expect(
      inferred(
        'timestamp',
        repeat(60, (i) => `${1_600_000_000 + scattered(i) * 1000}`),
      ).format,
    ).toMatchObject({ patterns: ['epoch-s'] });
    expect(
      inferred(
        'population',
        repeat(60, (i) => `${1_600_000_000 + scattered(i) * 1000}`),
      ).type,
    ).toBe('number');
    expect(
      inferred(
        'year',
        repeat(60, (i) => `${1990 + (i % 30)}`),
      ).type,
    ).toBe('number');
  });
});

describe('kinds of column', () => {
  it('tells answers, levels, prose and ids apart', () => {
    expect(
      inferred(
        'smoker',
        repeat(60, (i) => ['Yes', 'no', 'yes'][i % 3] as string),
      ).type,
    ).toBe('boolean');
    expect(
      inferred(
        'flag',
        repeat(60, (i) => `${i % 2}`),
      ).type,
    ).toBe('boolean');
    expect(
      inferred(
        'colour',
        repeat(60, (i) => ['red', 'blue', 'green'][i % 3] as string),
      ).type,
    ).toBe('category');
    expect(
      inferred(
        'review',
        repeat(60, (i) => `this is review number ${scattered(i)} of many`),
      ).type,
    ).toBe('text');
    expect(
      inferred(
        'key',
        repeat(60, (i) => `LP${1000 + scattered(i)}`),
      ),
    ).toMatchObject({ type: 'id', use: 'ignore' });
    expect(
      inferred(
        'x',
        repeat(60, (i) => `${(0x10000000 + scattered(i)).toString(16)}-aaaa-4bbb-8ccc-ddddeeeeffff`),
      ),
    ).toMatchObject({ type: 'id', use: 'ignore' });
    expect(
      inferred(
        'anything',
        repeat(60, (i) => `${i + 1}`),
      ),
    ).toMatchObject({ type: 'id', use: 'ignore' });
    expect(
      inferred(
        'customerID',
        repeat(60, (i) => `${scattered(i)}`),
      ),
    ).toMatchObject({ type: 'id', use: 'ignore' });
    expect(
      inferred(
        'account',
        repeat(60, () => '123456789012345678901'),
      ),
    ).toMatchObject({ use: 'ignore' });
    expect(
      inferred(
        'income',
        repeat(60, (i) => `${scattered(i)}`),
      ),
    ).toMatchObject({ type: 'number', use: 'feature' });
    expect(
      inferred(
        'id',
        repeat(60, (i) => `${scattered(i)}.25`),
      ),
    ).toMatchObject({ type: 'number', use: 'feature' });
  });
  it('counts distinct cells beyond those that are spelled out', () => {
    expect(
      inferred(
        'customerID',
        repeat(15_000, (i) => `${(i * 7919) % 15_013}`),
      ),
    ).toMatchObject({ type: 'id', use: 'ignore' });
    expect(
      inferred(
        'weight',
        repeat(15_000, (i) => `${i % 7500}`),
      ).type,
    ).toBe('number');
  });
  it('ignores what tells nothing', () => {
    expect(
      inferred(
        'x',
        repeat(20, () => '7'),
      ),
    ).toMatchObject({ use: 'ignore' });
    expect(
      inferred(
        'x',
        repeat(20, () => 'NA'),
      ),
    ).toMatchObject({ type: 'category' });
    expect(
      inferred(
        'x',
        repeat(20, () => '?'),
      ).reason,
    ).toBe('Every cell is missing.');
    expect(inferred('x', [...repeat(20, () => '7'), undefined])).toMatchObject({ use: 'feature' });
    const cells = repeat(30, (i) => `${scattered(i)}`);
    const { columns } = inferSchema([
      sample('a', cells),
      sample('b', cells),
      sample(
        'c',
        repeat(30, (i) => `${scattered(i) + 1}`),
      ),
    ]);
    expect(columns.map((c) => c.use)).toEqual(['feature', 'ignore', 'feature']);
    expect(columns[1]?.reason).toContain('same cells as "a"');
  });
  it('survives no rows', () => {
    expect(inferColumn(sample('x', [])).use).toBe('ignore');
  });
});

describe('what a person decided', () => {
  const samples = [
    sample(
      'id',
      repeat(40, (i) => `${i + 1}`),
    ),
    sample(
      'grade',
      repeat(40, (i) => `${i % 4}`),
    ),
    sample(
      'target',
      repeat(40, (i) => ['a', 'b'][i % 2] as string),
    ),
  ];
  it('is obeyed', () => {
    const { columns } = inferSchema(samples, { target: 'target', drop: ['grade'], overrides: new Map([['id', 'number']]) });
    expect(columns.map((c) => [c.type, c.use])).toEqual([
      ['number', 'feature'],
      ['number', 'ignore'],
      ['category', 'target'],
    ]);
  });
  it('meets the nearest name when the column is not there', () => {
    expect(() => inferSchema(samples, { target: 'tarket' })).toThrow(
      expect.objectContaining({ code: 'TARGET_NOT_FOUND', hint: 'Did you mean "target"?' }),
    );
    expect(() => inferSchema(samples, { drop: ['zzzzzz'] })).toThrow(
      expect.objectContaining({ code: 'COLUMN_NOT_FOUND', hint: 'The columns are "id", "grade", "target".' }),
    );
  });
});

it('proposes a time column only when the rows stand in its order', () => {
  const day = (i: number): string => new Date(Date.UTC(2020, 0, 1) + i * 86_400_000).toISOString().slice(0, 10);
  const ask = (cells: string[]): string | undefined => {
    const samples = [
      sample('day', cells),
      sample(
        'x',
        cells.map((_, i) => `${scattered(i)}`),
      ),
    ];
    return timeColumn(inferSchema(samples), samples);
  };
  expect(ask(repeat(100, (i) => day(i)))).toBe('day');
  expect(ask(repeat(100, (i) => day(Math.floor(i / 3))))).toBe('day');
  expect(ask(repeat(100, (i) => day(scattered(i))))).toBeUndefined();
  expect(ask(repeat(100, (i) => day(i % 50)))).toBeUndefined();
});
