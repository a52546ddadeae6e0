import { expect, it } from 'vitest';
import { Gate } from './gate.js';

it('turns away what comes late in a long turn of many requests, and nothing in the next', async () => {
  let now = 0;
  const gate = new Gate(() => now, 2);
  for (let i = 0; i < 31; i++) expect(gate.admits()).toBe(true);
  now = 14;
  for (let i = 0; i < 50; i++) expect(gate.admits()).toBe(true);
  now = 16;
  expect(gate.admits()).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(gate.admits()).toBe(true);
});

it('a pause within a turn of few requests turns nobody away', () => {
  let now = 0;
  const gate = new Gate(() => now, 2);
  for (let i = 0; i < 8; i++) {
    expect(gate.admits()).toBe(true);
    now += 100;
  }
});

it('has so many places for long work', () => {
  const gate = new Gate(() => 0, 2);
  expect([gate.enter(), gate.enter(), gate.enter()]).toEqual([true, true, false]);
  gate.leave();
  expect(gate.enter()).toBe(true);
  expect(gate.busy).toBe(2);
});
