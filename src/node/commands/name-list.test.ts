import { expect, test } from 'vitest';
import { parseTypes, splitNames } from './name-list.js';

test('names are divided at commas unless the whole is a column', () => {
  expect(splitNames(['a, b', 'x, y', 'a'], new Set(['x, y', 'a', 'b']))).toEqual(['a', 'b', 'x, y']);
});

test('names with spaces at their ends are found as they are', () => {
  expect(splitNames([' a,b'], new Set([' a']))).toEqual([' a', 'b']);
});

test('types are divided at the last equals sign', () => {
  expect([...parseTypes(['a=b=number', '__proto__=category'])]).toEqual([
    ['a=b', 'number'],
    ['__proto__', 'category'],
  ]);
});

test.each(['zip', '=number', 'zip=integer', 'zip='])('%s is refused', (text) => {
  expect(() => parseTypes([text])).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
});
