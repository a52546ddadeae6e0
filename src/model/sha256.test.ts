import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crc32 } from './crc32.js';
import { ownSha256, sha256 } from './sha256.js';

const samples = [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000].map((n) => Uint8Array.from({ length: n }, (_, i) => (i * 167 + n) & 255));

describe('sha256', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each(samples.map((s) => [s.length, s] as const))(
    'is the standard digest of %i bytes, by our own code and by the platform',
    async (_, content) => {
      const expected = createHash('sha256').update(content).digest('hex');
      expect(Buffer.from(ownSha256(content)).toString('hex')).toBe(expected);
      expect(await sha256(content)).toBe(expected);
      vi.stubGlobal('crypto', undefined);
      expect(await sha256(content)).toBe(expected);
    },
  );
});

describe('crc32', () => {
  it('is the standard checksum', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });
});
