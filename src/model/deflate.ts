import { deflateSync } from 'fflate';

/** Raw deflate data; the same bytes everywhere (the memory level is fixed because its default comes from a logarithm). */
export function deflate(data: Uint8Array): Uint8Array {
  return deflateSync(data, { level: 6, mem: 8 });
}
