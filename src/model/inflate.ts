import { inflateSync } from 'fflate';

/** Inflates raw deflate data into exactly `size` bytes, whatever it claims to hold. @throws Error when the data is not deflate data */
export function inflate(data: Uint8Array, size: number): Uint8Array {
  return inflateSync(data, { out: new Uint8Array(size) });
}
