import { expect, it } from 'vitest';
import { MillwrightError } from '../../core/errors.js';
import { IpcCalls } from './ipc-calls.js';

/** Two sides whose messages pass as over a channel: as JSON, later. */
function pair(left: (task: never) => unknown, right: (task: never) => unknown): [IpcCalls, IpcCalls] {
  const pass = (to: () => IpcCalls) => (message: object) =>
    queueMicrotask(() => to().receive(JSON.parse(JSON.stringify(message)) as object));
  const sides: [IpcCalls, IpcCalls] = [
    new IpcCalls(
      pass(() => sides[1]),
      left,
    ),
    new IpcCalls(
      pass(() => sides[0]),
      right,
    ),
  ];
  return sides;
}

it('gives each caller the answer to its own call, in both directions', async () => {
  const [a, b] = pair(
    (n: number) => n + 1,
    async (n: number) => n * 2,
  );
  expect(await Promise.all([a.call(10), a.call(20), b.call(10)])).toEqual([20, 40, 11]);
});

it('carries a failure over with its code and hint', async () => {
  const [a] = pair(
    () => 0,
    () => {
      throw new MillwrightError('OPTION_INVALID', 'no such port', 'take another');
    },
  );
  await expect(a.call(1)).rejects.toMatchObject({ code: 'OPTION_INVALID', message: 'no such port', hint: 'take another' });
});

it('fails what waits, and what comes later, when the other side has gone', async () => {
  const [a] = pair(
    () => 0,
    () => new Promise(() => {}),
  );
  const waiting = a.call(1);
  a.end(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(a.call(2)).rejects.toThrow('gone');
  a.receive({ type: 'of others' });
});
