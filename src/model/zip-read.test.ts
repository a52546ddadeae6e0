import { expect, test } from 'vitest';
import { LARGEST_BUNDLE, readZip, unpack, type ZipEntry } from './zip-read.js';
import { writeZip } from './zip-write.js';

test.each([0, 1, 2, 3])('entries are aligned wherever a Node Buffer begins: %i', async (shift) => {
  // too random to be worth packing, so that the entry is stored as it is
  const noise = Uint8Array.from({ length: 64 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  const zip = writeZip([
    ['a', Uint8Array.of(shift)],
    ['noise', noise],
  ]);
  const buffer = Buffer.concat([Buffer.alloc(shift), zip]).subarray(shift);
  const content = await unpack(readZip(buffer).get('noise') as ZipEntry);
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

test.each([
  ['of another size', (e: ZipEntry) => ({ ...e, size: e.size - 1 })],
  ['of a larger size', (e: ZipEntry) => ({ ...e, size: e.size + 1 })],
  ['of another checksum', (e: ZipEntry) => ({ ...e, crc: e.crc ^ 1 })],
  ['cut short', (e: ZipEntry) => ({ ...e, data: e.data.subarray(0, e.data.length >> 1) })],
  ['with more behind it', (e: ZipEntry) => ({ ...e, data: Uint8Array.of(...e.data, 7, 7, 7) })],
  ['that is no packed data', (e: ZipEntry) => ({ ...e, data: new Uint8Array(e.data.length).fill(255) })],
])('an entry %s is refused', async (_, change) => {
  const zip = readZip(writeZip([['a', new Uint8Array(5000)]]));
  const entry = zip.get('a') as ZipEntry;
  expect(entry.method).toBe(8);
  expect(await unpack(entry)).toEqual(new Uint8Array(5000));
  await expect(unpack(change(entry))).rejects.toThrow(expect.objectContaining({ code: 'BUNDLE_TAMPERED' }));
});
