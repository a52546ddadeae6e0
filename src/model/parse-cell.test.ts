import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnFormat, ColumnSchema, ColumnType } from '../core/schema.js';
import { cellReader, missingTest } from './parse-cell.js';
import { dateParser } from './parse-date.js';

const reader = (type: ColumnType, format?: ColumnFormat, missing: string[] = []) => cellReader({ type, format, missing });
const number = (decimal: '.' | ',', group: string, affixes: string[] = [], percent = false) =>
  reader('number', { kind: 'number', decimal, group, affixes, percent }, ['?', 'na']);

describe('numbers', () => {
  it('reads plain numbers as Number does', () => {
    const read = reader('number');
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(read(String(x))).toBe(x === 0 ? 0 : x); // String(-0) is "0"
        expect(read(x)).toBe(x);
      }),
    );
  });
  it.each([
    ['12', 12],
    [' -12.50 ', -12.5],
    ['+.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['0', 0],
    ['007', 7],
    ['\u22125', -5],
    ['', undefined],
    ['  ', undefined],
    ['abc', undefined],
    ['0x10', undefined],
    ['0b1', undefined],
    ['1_000', undefined],
    ['1,200', undefined],
    ['Infinity', undefined],
    ['-inf', undefined],
    ['nan', undefined],
    ['1e400', undefined],
    ['1 2', undefined],
    ['--1', undefined],
    ['1e', undefined],
  ])('reads %j as %j', (cell, expected) => {
    expect(reader('number')(cell)).toBe(expected);
  });
  it('reads values of JavaScript', () => {
    const read = reader('number');
    expect([true, 5n, null, undefined, Number.NaN, Number.POSITIVE_INFINITY, {}, new Date(5)].map(read)).toEqual([
      1,
      5,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      5,
    ]);
  });
  it('takes off the dress', () => {
    const us = number('.', ',', ['$', 'usd', 'oz', 'oz.'], true);
    expect(
      [
        '$1,200',
        '-$3.50',
        '$-3.50',
        '(3.2)',
        '($1,200.75)',
        '12 %',
        '12%',
        '12.0 oz',
        '12.0 oz.',
        '1,234,567 USD',
        '7',
        '?',
        'NA',
        '1,20',
        '12 kg',
      ].map(us),
    ).toEqual([1200, -3.5, -3.5, -3.2, -1200.75, 0.12, 0.12, 12, 12, 1234567, 7, undefined, undefined, undefined, undefined]);
    const german = number(',', '.', ['€']);
    expect(['1.234,5', '1.234', '12,5', '1.234.567,89 €', '3'].map(german)).toEqual([1234.5, 1234, 12.5, 1234567.89, 3]);
    expect(['1 234,5', '1\u00a0234,5', '1\u202f234'].map(number(',', ' '))).toEqual([1234.5, 1234.5, 1234]);
    expect(["1'234.5", '1’234'].map(number('.', "'"))).toEqual([1234.5, 1234]);
  });
  it('asks for tokens that are numbers before it takes a number', () => {
    const read = reader('number', undefined, ['-999']);
    expect([read('-999'), read(-999), read('-998'), read(-998)]).toEqual([undefined, undefined, -998, -998]);
  });
});

describe('booleans', () => {
  it('reads answers as spelled, numbers and booleans', () => {
    const read = reader('boolean', { kind: 'boolean', true: ['yes'], false: ['no'] });
    expect([' Yes', 'NO', true, false, 'maybe', '', null].map(read)).toEqual([1, 0, 1, 0, undefined, undefined, undefined]);
    const digits = reader('boolean', { kind: 'boolean', true: ['1'], false: ['0'] });
    expect(['1', '0.0', 1, 0, '1.00', 2, '2'].map(digits)).toEqual([1, 0, 1, 0, 1, undefined, undefined]);
  });
});

describe('dates', () => {
  it.each([
    ['iso', '2024-02-29', Date.UTC(2024, 1, 29)],
    ['iso', '2024-02-29T13:05', Date.UTC(2024, 1, 29, 13, 5)],
    ['iso', '2024-02-29 13:05:09.1234567', Date.UTC(2024, 1, 29, 13, 5, 9, 123)],
    ['iso', '2024-02-29T13:05:09Z', Date.UTC(2024, 1, 29, 13, 5, 9)],
    ['iso', '2024-02-29 13:05:09 -0800', Date.UTC(2024, 1, 29, 21, 5, 9)],
    ['iso', '2024-02-29T13:05:09+05:30', Date.UTC(2024, 1, 29, 7, 35, 9)],
    ['iso', '2015-05-07 19:52:06 UTC', Date.UTC(2015, 4, 7, 19, 52, 6)],
    ['iso', '1949-01', Date.UTC(1949, 0, 1)],
    ['iso', '2023-02-29', undefined],
    ['iso', '2023-13-01', undefined],
    ['iso', '2023-01-01 25:00', undefined],
    ['iso', '0000-01-01', undefined],
    ['d/M/yyyy', '31/12/1999', Date.UTC(1999, 11, 31)],
    ['d/M/yyyy', '12/31/1999', undefined],
    ['M/d/yy', '1/13/11', Date.UTC(2011, 0, 13)],
    ['M/d/yy', '1/13/69', Date.UTC(1969, 0, 13)],
    ['M/d/yyyy h:mm a', '1/2/2020 12:30 AM', Date.UTC(2020, 0, 2, 0, 30)],
    ['M/d/yyyy h:mm a', '1/2/2020 1:30 pm', Date.UTC(2020, 0, 2, 13, 30)],
    ['d MMM yyyy', '5 Sept 2020', undefined],
    ['d MMM yyyy', '5 Sep 2020', Date.UTC(2020, 8, 5)],
    ['MMMM d, yyyy', 'March 4, 2021', Date.UTC(2021, 2, 4)],
    ['MMMM d, yyyy', 'Marvember 4, 2021', undefined],
    ['EEE MMM d HH:mm:ss ZZ yyyy', 'Tue Feb 24 11:35:52 +0000 2015', Date.UTC(2015, 1, 24, 11, 35, 52)],
    ['yyyy Qq', '1998 Q3', Date.UTC(1998, 6, 1)],
    ['yyyymmdd', '20240131', Date.UTC(2024, 0, 31)],
    ['yyyymmdd', '20241301', undefined],
    ['epoch-s', '1700000000', 1_700_000_000_000],
    ['epoch-ms', '1700000000000', 1_700_000_000_000],
    ['epoch-ms', '99999999999999999', undefined],
  ])('%s reads %j', (pattern, text, expected) => {
    expect(dateParser(pattern)(text)).toBe(expected);
  });
  it('agrees with the platform on every day', () => {
    const read = reader('datetime', { kind: 'datetime', patterns: ['iso'] });
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (date) => {
          expect(read(date.toISOString())).toBe(date.getTime());
          expect(read(date)).toBe(date.getTime());
        },
      ),
    );
  });
  it('tries its patterns in order and numbers as the column is written', () => {
    const mixed = reader('datetime', { kind: 'datetime', patterns: ['iso', 'd/M/yyyy'] });
    expect([mixed('2020-01-02'), mixed('2/1/2020'), mixed(0), mixed('soon')]).toEqual([
      Date.UTC(2020, 0, 2),
      Date.UTC(2020, 0, 2),
      0,
      undefined,
    ]);
    expect(reader('datetime', { kind: 'datetime', patterns: ['yyyymmdd'] })(20200102)).toBe(Date.UTC(2020, 0, 2));
    expect(reader('datetime', { kind: 'datetime', patterns: ['epoch-s'] })(60)).toBe(60_000);
  });
});

describe('categories', () => {
  it('keeps the spelling, spaces at the ends aside', () => {
    const read = reader('category', undefined, ['?']);
    expect([' red ', 'Red', '?', '', 3, 1.5, true, null, Number.NaN, 12n, { a: 1 }].map(read)).toEqual([
      'red',
      'Red',
      undefined,
      undefined,
      '3',
      '1.5',
      'true',
      undefined,
      undefined,
      '12',
      '{"a":1}',
    ]);
  });
  it('tells missing from unreadable', () => {
    const isMissing = missingTest({ missing: ['n/a'] } as ColumnSchema);
    expect([' ', null, undefined, 'N/A', Number.NaN, 'abc', Number.POSITIVE_INFINITY, 0].map(isMissing)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
