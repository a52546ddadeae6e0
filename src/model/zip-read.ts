import { MillwrightError } from '../core/errors.js';
import { crc32 } from './crc32.js';
import { unreadable } from './fields.js';
import { inflate } from './inflate.js';

/** Bytes that the entries of one file may unpack to, together, unless said otherwise. */
export const LARGEST_BUNDLE = 512 * 2 ** 20;
const MOST_ENTRIES = 100;

/** An entry of a ZIP file, still packed. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  /** Method 0 (stored) or 8 (deflated). */
  readonly method: number;
  readonly data: Uint8Array;
}

/**
 * Lists the entries of a ZIP file without unpacking them. Sizes are bounded before anything is unpacked: deflate cannot grow data more than 1032 times.
 * @param largest bytes that the entries may unpack to, together
 * @throws MillwrightError `BUNDLE_UNREADABLE` when the file is cut short, is not a ZIP file, or holds more
 */
export function readZip(bytes: Uint8Array, largest = LARGEST_BUNDLE): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  if (end < 0 || view.getUint32(0, true) !== 0x04034b50) throw unreadable('This is not a bundle.');
  if (view.getUint32(end, true) !== 0x06054b50) throw unreadable('The bundle is cut short or has bytes after its end.');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > MOST_ENTRIES || at > end) throw unreadable('The bundle has no readable directory.');
  const entries = new Map<string, ZipEntry>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw unreadable('The directory of the bundle is damaged.');
    const next = at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw unreadable('The directory of the bundle is damaged.');
    const entry = readEntry(bytes, view, at);
    total += entry.size;
    if (entries.has(entry.name)) throw unreadable(`The bundle has two entries "${entry.name}".`);
    if (entry.size > entry.data.length * 1032 + 64) throw unreadable(`The entry "${entry.name}" claims an impossible size.`);
    if (total > largest) throw unreadable(`The bundle unpacks to more than ${largest} bytes.`);
    entries.set(entry.name, entry);
    at = next;
  }
  return entries;
}

/** The content of an entry. @throws MillwrightError `BUNDLE_TAMPERED` when it is not what was written */
export async function unpack(entry: ZipEntry): Promise<Uint8Array> {
  let content: Uint8Array | undefined;
  try {
    // A copy of its own, so that typed arrays over it are aligned (`slice` of a Node Buffer would not copy).
    content = entry.method === 0 ? new Uint8Array(entry.data) : await inflate(entry.data, entry.size, entry.crc);
  } catch {
    content = undefined;
  }
  if (content?.length !== entry.size || (entry.method === 0 && crc32(content) !== entry.crc)) throw tampered(entry.name);
  return content;
}

/** The error for an entry whose content is not what was written. */
export function tampered(name: string): MillwrightError {
  return new MillwrightError(
    'BUNDLE_TAMPERED',
    `The content of "${name}" in the bundle is not what was written.`,
    'The file was changed or damaged after it was saved: fetch or save it again.',
  );
}

function readEntry(bytes: Uint8Array, view: DataView, at: number): ZipEntry {
  const method = view.getUint16(at + 10, true);
  const packed = view.getUint32(at + 20, true);
  const nameLength = view.getUint16(at + 28, true);
  const local = view.getUint32(at + 42, true);
  if (method !== 0 && method !== 8) throw unreadable('An entry of the bundle is packed in an unknown way.');
  const name = String.fromCharCode(...bytes.subarray(at + 46, at + 46 + Math.min(nameLength, 100)));
  if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50)
    throw unreadable(`The entry "${name}" is not in the bundle.`);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + packed > bytes.length) throw unreadable(`The entry "${name}" is cut short.`);
  const data = bytes.subarray(start, start + packed);
  return { name, method, size: view.getUint32(at + 24, true), crc: view.getUint32(at + 16, true), data };
}
