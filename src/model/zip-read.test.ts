import { expect, test } from 'vitest';
import { LARGEST_BUNDLE, readZip, unpack, type ZipEntry } from './zip-read.js';
import { writeZip } from './zip-write.js';

test.each([0, 1, 2, 3])('entries are aligned wherever a Node Buffer begins: %i', (shift) => {
  // too random to be worth packing, so that the entry is stored as it is
  const noise = Uint8Array.from({ length: 64 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  const zip = writeZip([
    ['a', Uint8Array.of(shift)],
    ['noise', noise],
  ]);
  const buffer = Buffer.concat([Buffer.alloc(shift), zip]).subarray(shift);
  const content = unpack(readZip(buffer).get('noise') as ZipEntry);
  expect([...content]).toEqual([...noise]);
  expect(content.byteOffset % 8).toBe(0);
  expect(content.buffer).not.toBe(buffer.buffer);
});

test('what unpacks to more than is allowed is refused before anything is unpacked', () => {
  const zip = writeZip([
    ['a', new Uint8Array(600)],
    ['b', new Uint8Array(600)],
  ]);
  expect(readZip(zip, 1200).size).toBe(2);
  expect(() => readZip(zip, 1199)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  expect(LARGEST_BUNDLE).toBe(512 * 1024 * 1024);
});
