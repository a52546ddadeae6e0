import { expect, test } from 'vitest';
import { parseDuration } from './duration.js';

test.each([
  ['60s', 60_000],
  ['2m', 120_000],
  ['500ms', 500],
  ['60', 60_000],
  ['1.5 h', 5_400_000],
  ['.5s', 500],
  ['NONE', null],
])('%s is %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['0', '0s', '-5s', 'soon', '', '1d', '1e3', 'Infinity', 's', '0x10', `${'9'.repeat(400)}s`])('%s is refused', (text) => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
});
