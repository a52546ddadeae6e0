import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cellReader } from '../../model/parse-cell.js';
import { ByteDictionary } from './byte-dictionary.js';
import { isoBytes, plainBytes } from './plain-bytes.js';

const read = cellReader({ type: 'number', missing: [] });
const bytes = (text: string): number => plainBytes(Buffer.from(text), 0, Buffer.byteLength(text));

it('agrees with the reader of cells wherever it answers', () => {
  const digits = fc.stringMatching(/^[-+]?\d{0,12}\.?\d{0,12}(e\d)?$/);
  fc.assert(
    fc.property(fc.oneof(digits, fc.string({ maxLength: 8 }), fc.double().map(String)), (text) => {
      const value = bytes(text);
      if (!Number.isNaN(value)) expect(value).toBe(read(text));
    }),
    { numRuns: 3000 },
  );
});

it('answers for the numbers that files are full of, and for nothing else', () => {
  expect(['0', '-12.50', '+3', '.5', '7.', '-0', '123456789012345'].map(bytes)).toEqual([0, -12.5, 3, 0.5, 7, -0, 123456789012345]);
  expect(['', '-', '.', '1e5', '1,2', '1_0', ' 1', '1234567890123456', '1.2.3', 'nan'].map(bytes).every(Number.isNaN)).toBe(true);
});

it('numbers byte strings by first appearance, also after growing', () => {
  const dictionary = new ByteDictionary();
  const words = Array.from({ length: 5000 }, (_, i) => `wörd ${i % 3000}`);
  const codes = words.map((w) => dictionary.code(Buffer.from(w), 0, Buffer.byteLength(w)));
  expect(codes).toEqual(words.map((_, i) => i % 3000));
  expect([dictionary.size, dictionary.text(2999), dictionary.text(0)]).toEqual([3000, 'wörd 2999', 'wörd 0']);
});

it('reads usual dates as the reader of cells does', () => {
  const readDate = cellReader({ type: 'datetime', missing: [] });
  const date = fc.tuple(
    fc.integer({ min: 0, max: 9999 }),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
    fc.integer({ min: 0, max: 25 }),
    fc.integer({ min: 0, max: 61 }),
    fc.integer({ min: 0, max: 61 }),
    fc.constantFrom(10, 16, 19, 18),
    fc.constantFrom(' ', 'T', 'x'),
  );
  fc.assert(
    fc.property(date, ([y, m, d, h, min, s, length, between]) => {
      const pad = (n: number, w = 2): string => String(n).padStart(w, '0');
      const text = `${pad(y, 4)}-${pad(m)}-${pad(d)}${between}${pad(h)}:${pad(min)}:${pad(s)}`.slice(0, length);
      const found = isoBytes(Buffer.from(text), 0, text.length);
      expect(found).toBe(length === 18 ? Number.NaN : (readDate(text) ?? Number.NaN));
    }),
    { numRuns: 2000 },
  );
  expect(isoBytes(Buffer.from('2024-02-29 23:59:59'), 0, 19)).toBe(Date.UTC(2024, 1, 29, 23, 59, 59));
});
