import { expect, test } from 'vitest';
import { shellWord } from './shell-word.js';

test('plain words stay, all others are one quoted word', () => {
  expect(shellWord('a/b.csv')).toBe('a/b.csv');
  expect(shellWord("it's $x.csv")).toBe(`'it'\\''s $x.csv'`);
  for (const text of ['', 'a b', '$(rm x)', '`x`', 'a"b', 'a\\b', '!1', 'a\nb']) expect(shellWord(text)).toBe(`'${text}'`);
});
