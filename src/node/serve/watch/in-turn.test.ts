import { expect, it } from 'vitest';
import { InTurn } from './in-turn.js';

it('does one thing at a time, the same for all who wait for it, and anew for who asks later', async () => {
  const turns = new InTurn<string>();
  const begun: string[] = [];
  let running = 0;
  const work = (name: string) => async () => {
    begun.push(name);
    expect(++running).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (name === 'bad') throw new Error(name);
    return name;
  };
  const asked = ['a', 'bad', 'a', 'b', 'a'].map((name) => turns.do(name, work(name)).catch((error: Error) => `failed: ${error.message}`));
  expect(await Promise.all(asked)).toEqual(['a', 'failed: bad', 'a', 'b', 'a']);
  expect(begun).toEqual(['a', 'bad', 'b']);
  expect(await turns.do('a', work('a'))).toBe('a');
  expect(begun).toHaveLength(4);
});
