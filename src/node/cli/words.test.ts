import { expect, test } from 'vitest';
import { figure, labelled, plain } from './words.js';

test('names from data cannot steer a terminal', () => {
  expect(plain('a\u001b[2Jb\nc\u202Ed')).toBe('a�[2Jb�c�d');
  expect(plain('x'.repeat(100), 10)).toBe(`${'x'.repeat(9)}…`);
});

test('figures have four digits', () => {
  expect([0.123456, 12345.6, 1e-9, 0, Number.NaN].map(figure)).toEqual(['0.1235', '12350', '1e-9', '0', '–']);
});

test('labels stand in a column', () => {
  expect(
    labelled([
      ['a', 'x'],
      ['bcd', 'y'],
    ]),
  ).toBe('a    x\nbcd  y\n');
});
