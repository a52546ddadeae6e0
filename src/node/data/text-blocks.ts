import { isUtf8 } from 'node:buffer';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { MillwrightError } from '../../core/errors.js';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Bytes of a block; large enough that the work by block is small, small enough to stay in the cache's reach. */
const BLOCK = 1 << 20;

/** Raw bytes of a file, unpacked when it is a gzip file; the packed bytes go into `hash`. */
export async function* fileBlocks(path: string, gzip: boolean, hash?: Hash): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: BLOCK });
  if (!gzip) {
    try {
      for await (const block of file) {
        hash?.update(block as Buffer);
        yield block as Buffer;
      }
    } finally {
      file.destroy();
    }
    return;
  }
  const unpacked = createGunzip({ chunkSize: BLOCK });
  file.on('data', (block) => hash?.update(block));
  file.on('error', (error) => unpacked.destroy(error));
  file.pipe(unpacked);
  try {
    for await (const block of unpacked) yield block as Buffer;
  } catch (cause) {
    throw new MillwrightError(
      'DATA_UNREADABLE',
      `${path} cannot be unpacked: it is cut short or no gzip file.`,
      'Fetch or pack the file again.',
      { cause },
    );
  } finally {
    unpacked.destroy();
    file.destroy();
  }
}

/** The encoding that the first bytes speak of; invalid UTF-8 means Windows-1252, the usual superset of Latin-1. */
export function encodingOf(head: Buffer, whole: boolean): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const probe = head.subarray(0, 4096);
  if (probe.length >= 16 && probe.includes(0)) {
    let [even, odd] = [0, 0];
    for (let i = 0; i < probe.length; i++) if (probe[i] === 0) i % 2 === 0 ? even++ : odd++;
    if (odd > probe.length * 0.3 && even < probe.length * 0.05) return 'utf-16le';
    if (even > probe.length * 0.3 && odd < probe.length * 0.05) return 'utf-16be';
  }
  return isUtf8(whole ? head : head.subarray(0, lastLead(head))) ? 'utf-8' : 'windows-1252';
}

/** Where the last character of UTF-8 begins, which may be cut at the end. */
function lastLead(bytes: Buffer): number {
  let at = bytes.length - 1;
  // at most three bytes continue a character
  while (at > bytes.length - 4 && at > 0 && ((bytes[at] as number) & 0xc0) === 0x80) at--;
  return Math.max(0, at);
}

/** The blocks as UTF-8 without byte-order mark. UTF-8 itself is passed on as it is. */
export async function* asUtf8(blocks: AsyncIterable<Buffer>, encoding: TextEncoding): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') {
    let first = true;
    for await (const block of blocks) {
      yield first && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? block.subarray(3) : block;
      first = false;
    }
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const block of blocks) yield Buffer.from(decoder.decode(block, { stream: true }), 'utf8');
  const tail = decoder.decode();
  if (tail !== '') yield Buffer.from(tail, 'utf8');
}
