import { totalmem } from 'node:os';
import { expect, it } from 'vitest';
import { memoryCeiling, workersWithin } from './memory-ceiling.js';

const MIB = 2 ** 20;

it('is what was asked for, else what the machine offers less a reserve', () => {
  expect(memoryCeiling(300 * MIB)).toBe(300 * MIB);
  expect(memoryCeiling()).toBeLessThan(totalmem());
  expect(memoryCeiling(null)).toBe(memoryCeiling());
  expect(memoryCeiling(1e15)).toBeLessThanOrEqual(totalmem());
});

it('so little that nothing could be read is refused', () => {
  expect(() => memoryCeiling(50 * MIB)).toThrow(/less than any run takes/);
});

it('fewer workers for larger tables and smaller ceilings, never none', () => {
  expect(workersWithin(16 * 1024 * MIB, 8, 1e6)).toBe(8);
  expect(workersWithin(400 * MIB, 8, 1e6)).toBeLessThan(8);
  expect(workersWithin(400 * MIB, 8, 1e6)).toBeGreaterThan(1);
  expect(workersWithin(200 * MIB, 8, 1e8)).toBe(1);
});
