import { type Fields, unreadable } from './fields.js';
import type { Blobs } from './model.js';

const DTYPES = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;
type Dtype = keyof typeof DTYPES;
const NAMES = Object.keys(DTYPES) as Dtype[];

/** Where one typed array lies in the binary part of a bundle: little-endian, at a multiple of 8 bytes. */
export interface BlobEntry {
  name: string;
  dtype: Dtype;
  /** In bytes. */
  offset: number;
  /** In elements. */
  length: number;
}

/** Lays typed arrays one after the other, by name, each at a multiple of 8 bytes. Every platform that runs JavaScript is little-endian. */
export function packBlobs(blobs: Blobs): { entries: BlobEntry[]; bytes: Uint8Array } {
  const entries: BlobEntry[] = [];
  let end = 0;
  const names = Object.keys(blobs).sort();
  for (const name of names) {
    const array = blobs[name] as Blobs[string];
    const dtype = NAMES.find((d) => array instanceof DTYPES[d]) as Dtype;
    entries.push({ name, dtype, offset: end, length: array.length });
    end = Math.ceil((end + array.byteLength) / 8) * 8;
  }
  const bytes = new Uint8Array(end);
  for (const { name, offset } of entries) {
    const array = blobs[name] as Blobs[string];
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
  }
  return { entries, bytes };
}

/** Views of the typed arrays in `bytes`, which must begin at a multiple of 8 in its buffer. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function unpackBlobs(model: Fields, bytes: Uint8Array): Blobs {
  const blobs: Blobs = Object.create(null) as Blobs;
  for (const { name, dtype, offset, length } of model.list('blobs', readEntry)) {
    const Type = DTYPES[dtype];
    if (offset % 8 !== 0 || offset + length * Type.BYTES_PER_ELEMENT > bytes.length)
      throw unreadable(`The array "${name}" of the model lies outside its file.`);
    blobs[name] = new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, length);
  }
  return blobs;
}

function readEntry(f: Fields): BlobEntry {
  const most = 2 ** 32;
  return { name: f.text('name'), dtype: f.choice('dtype', NAMES), offset: f.whole('offset', 0, most), length: f.whole('length', 0, most) };
}
