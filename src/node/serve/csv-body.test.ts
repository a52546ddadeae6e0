import { expect, it } from 'vitest';
import { csvCells } from './csv-body.js';

it.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    '\ufeffa,b\r\n1,\r\n',
    [
      ['a', 'b'],
      ['1', ''],
    ],
  ],
  ['a\r1\r\r2', [['a'], ['1'], ['2']]],
  [
    '"a ""x"", y","b\nc"\n"",2',
    [
      ['a "x", y', 'b\nc'],
      ['', '2'],
    ],
  ],
  ['a,b,', [['a', 'b', '']]],
  ['', []],
])('cuts %j', (text, rows) => {
  expect(csvCells(text)).toEqual(rows);
});

it('refuses a quote that never closes', () => {
  expect(() => csvCells('a\n"b')).toThrow('never closes');
});
