import { expect, it } from 'vitest';
import { shortName } from './short-name.js';

it('keeps long names apart that begin alike', () => {
  const [a, b] = [`${'x'.repeat(300)}a`, `${'x'.repeat(300)}b`].map((name) => shortName(name, 200));
  expect([a?.length, b?.length]).toEqual([200, 200]);
  expect(a).not.toBe(b);
  expect(shortName('churn@3', 200)).toBe('churn@3');
});
