import { expect, test } from 'vitest';
import { DoneMarks } from './done-marks.js';

const message = (offset: number, shard = 'a') => ({ id: '', shard, offset, body: new Uint8Array() });

test('remembers what was done in any order, in little where it came in order', () => {
  const done = new DoneMarks();
  for (let i = 0; i < 10_000; i++) done.add(message(i));
  expect(JSON.stringify(done)).toBe('[["a",9999,[]]]');
  for (const offset of [10_005, 10_001, 10_000, 3]) done.add(message(offset));
  expect(JSON.stringify(done)).toBe('[["a",10001,[10005]]]');
  expect([9999, 10_001, 10_002, 10_005, 10_006].map((o) => done.has(message(o)))).toEqual([true, true, false, true, false]);
  expect(done.has(message(0, 'b'))).toBe(false);
  const again = DoneMarks.fromJSON(JSON.parse(JSON.stringify(done)));
  expect(JSON.stringify(again)).toBe(JSON.stringify(done));
});

test('forgets what will not come again where messages lie apart', () => {
  const done = new DoneMarks();
  for (let i = 0; i < 3000; i++) done.add(message(7 * i + 3));
  expect(done.crowded()).toEqual(['a']);
  done.settle('a', 7 * 2990);
  done.settle('a', 5);
  expect(done.crowded()).toEqual([]);
  expect([3, 4, 7 * 2990 + 3, 7 * 2999 + 3].map((o) => done.has(message(o)))).toEqual([true, true, true, true]);
  expect(done.has(message(7 * 2999 + 4))).toBe(false);
});
