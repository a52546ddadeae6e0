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

it('gives a turn less room when its requests waited for a long one before', async () => {
  let now = 0;
  const gate = new Gate(() => now, 2);
  const turn = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const admitted = (at: number): boolean => {
    for (let i = 0; i < 40; i++) gate.admits();
    now += at;
    return gate.admits();
  };
  gate.admits();
  await turn(20);
  expect(admitted(4)).toBe(true);
  expect(admitted(2)).toBe(false); // 20 + 6 > 25
  await turn(60);
  expect(admitted(1)).toBe(true);
  expect(admitted(2)).toBe(false);
  await turn(60);
  now += 5; // nothing had arrived meanwhile
  expect(admitted(14)).toBe(true);
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
