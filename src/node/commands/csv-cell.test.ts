import { expect, test } from 'vitest';
import { csvNumber, csvText } from './csv-cell.js';

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=cmd|calc!A1', "'=cmd|calc!A1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+1+1', "'+1+1"],
  ['-2+3', "'-2+3"],
  ['\t=1', `"'\t=1"`],
  [' =1', "' =1"],
  ['\r=1', `"'\r=1"`],
  ['-', "'-"],
  ['-1.5', '-1.5'],
  ['+3e-4', '+3e-4'],
  ['-.5', '-.5'],
  ['', ''],
])('text %j becomes %j', (value, expected) => {
  expect(csvText(value)).toBe(expected);
});

test('numbers keep their sign and every digit', () => {
  expect([-1.5, 0.1 + 0.2, 1e21, Number.NaN, Number.POSITIVE_INFINITY].map(csvNumber)).toEqual([
    '-1.5',
    '0.30000000000000004',
    '1e+21',
    '',
    '',
  ]);
});
