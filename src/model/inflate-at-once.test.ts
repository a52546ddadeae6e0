import { constants, deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { Rng } from '../core/rng.js';
import { deflate } from './deflate.js';
import { inflateAtOnce } from './inflate-at-once.js';

const rng = new Rng(5);
const noise = (length: number, values: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(rng.float() * values));
const data: [string, Uint8Array][] = [
  ['nothing', new Uint8Array(0)],
  ['a byte', Uint8Array.of(7)],
  ['zeros', new Uint8Array(100_000)],
  ['noise', noise(70_000, 256)],
  ['few values', noise(70_000, 3)],
  ['numbers', new Uint8Array(Float64Array.from({ length: 20_000 }, (_, i) => Math.sqrt(i % 700)).buffer)],
  ['text', new TextEncoder().encode(JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ name: `column ${i % 50}`, value: i / 7 }))))],
  ['far repeats', new Uint8Array([...noise(30_000, 256), ...noise(10, 2)].flatMap((v, i, all) => (i > 29_990 ? all.slice(0, 300) : [v])))],
];

it.each(data)('gives back %s, however it was packed', (_, bytes) => {
  const same = (packed: Uint8Array): boolean => Buffer.from(inflateAtOnce(packed, bytes.length)).equals(bytes);
  expect(same(deflate(bytes))).toBe(true);
  for (const level of [0, 1, 6, 9])
    for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE])
      expect(same(new Uint8Array(deflateRawSync(bytes, { level, strategy }))), `${level} ${strategy}`).toBe(true);
});

it('ends at whatever is damaged', () => {
  const bytes = noise(5000, 9);
  const packed = deflate(bytes);
  expect(() => inflateAtOnce(packed, 4999)).toThrow(RangeError);
  expect(() => inflateAtOnce(packed, 5001)).toThrow(RangeError);
  for (let length = 0; length < packed.length; length += 7) expect(() => inflateAtOnce(packed.slice(0, length), 5000)).toThrow(RangeError);
  for (let i = 0; i < 2000; i++) {
    const other = packed.slice();
    other[Math.floor(rng.float() * other.length)] = Math.floor(rng.float() * 256);
    try {
      expect(inflateAtOnce(other, 5000)).toHaveLength(5000);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  }
});
