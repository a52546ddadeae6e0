import { crc32 } from './crc32.js';
import { deflate } from './deflate.js';

/**
 * A ZIP file of the entries in the given order, each deflated when that makes it smaller. Dates are fixed at 1 January 1980,
 * so that equal entries give equal bytes.
 */
export function writeZip(entries: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const path = new TextEncoder().encode(name);
    const deflated = deflate(content);
    const small = deflated.length < content.length;
    const data = small ? deflated : content;
    const common = commonFields(small ? 8 : 0, crc32(content), data.length, content.length, path.length);
    parts.push(le32(0x04034b50), common, path, data);
    // Version made by; then: no comment, first disk, no attributes.
    directory.push(le32(0x02014b50), le16(20), common, new Uint8Array(10), le32(offset), path);
    offset += 30 + path.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = le16(entries.length);
  return concat([...parts, ...directory, le32(0x06054b50), le32(0), count, count, le32(size), le32(offset), le16(0)]);
}

/** What a local header and its directory entry share: version needed to extra length, 26 bytes. */
function commonFields(method: number, crc: number, packed: number, size: number, nameLength: number): Uint8Array {
  return concat([le16(20), le16(0), le16(method), le16(0), le16(0x21), le32(crc), le32(packed), le32(size), le16(nameLength), le16(0)]);
}

function le16(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8);
}

function le32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
