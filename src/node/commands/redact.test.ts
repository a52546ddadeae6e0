import { expect, test } from 'vitest';
import { redact } from './redact.js';

test.each([
  ['postgres://me:secret@host/db', 'postgres://me:***@host/db'],
  [
    "millwright run 'postgresql://me:s:e/c@host:5432/db?x=1' --target y",
    "millwright run 'postgresql://me:***@host:5432/db?x=1' --target y",
  ],
  ['postgres://host/db?user=me&password=secret&x=1', 'postgres://host/db?user=me&password=***&x=1'],
  ['postgres://me@host/db', 'postgres://me@host/db'],
  ['a:b@c.csv and C:\\x.csv', 'a:b@c.csv and C:\\x.csv'],
])('%s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});
