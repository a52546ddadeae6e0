import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { untilStopped } from '../until-stopped.js';
import { gather } from './gather.js';
import { MOST_AT_ONCE } from './inflow.js';

async function* items(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}
const never = new AbortController().signal;

test('what is there already comes together, in order, none lost', async () => {
  const sizes: number[] = [];
  const all: number[] = [];
  for await (const batch of gather(items(2 * MOST_AT_ONCE + 5), () => 1, never)) {
    sizes.push(batch.length);
    all.push(...batch);
  }
  expect(Math.max(...sizes)).toBe(MOST_AT_ONCE);
  expect(all).toEqual(Array.from({ length: 2 * MOST_AT_ONCE + 5 }, (_, i) => i));
});

test('large ones are not put together, and what is not there yet is not waited for', async () => {
  const batches: number[][] = [];
  for await (const batch of gather(items(3), () => 1e9, never)) batches.push(batch);
  expect(batches).toEqual([[0], [1], [2]]);
  let release = (): void => undefined;
  async function* late(): AsyncGenerator<number> {
    yield 1;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    yield 2;
  }
  const seen: number[][] = [];
  for await (const batch of gather(late(), () => 1, never)) {
    seen.push(batch);
    release();
  }
  expect(seen).toEqual([[1], [2]]);
});

test('an interrupt ends it, and what still comes is handed back', async () => {
  const stop = new AbortController();
  const left: number[] = [];
  const seen: number[] = [];
  const all = items(3);
  for await (const batch of gather(
    all,
    () => 1e9,
    stop.signal,
    (item) => left.push(item),
  )) {
    seen.push(...batch);
    stop.abort();
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect([...seen, ...left].sort()).toEqual([0, 1]);
});

test('of what came nothing is left on the signal', async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 100; i++) expect(await untilStopped(Promise.resolve(i), signal)).toBe(i);
  await expect(untilStopped(Promise.reject(new Error('gone')), signal)).rejects.toThrow('gone');
  await new Promise((resolve) => setImmediate(resolve));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(await untilStopped(new Promise(() => undefined), AbortSignal.abort())).toBeUndefined();
});
