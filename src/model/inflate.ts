/** Header of a gzip stream without name or time. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/**
 * Inflates raw deflate data by the platform's own decompressor, as the gzip stream that it would be with this size and checksum: the platform checks both.
 * @param size bytes that it must give; no more are ever held
 * @throws when the data is no deflate data, or not of this size and checksum
 */
export async function inflate(data: Uint8Array, size: number, crc: number): Promise<Uint8Array> {
  const trailer = new Uint8Array(8);
  const view = new DataView(trailer.buffer);
  view.setUint32(0, crc, true);
  view.setUint32(4, size, true);
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  // what goes wrong with the data is told to the reader
  for (const part of [HEADER, data, trailer]) writer.write(part).catch(() => {});
  writer.close().catch(() => {});
  const out = new Uint8Array(size);
  const reader = readable.getReader();
  for (let at = 0; ; ) {
    const { done, value } = await reader.read();
    if (done && at === size) return out;
    if (done || at + value.length > size) {
      reader.cancel().catch(() => {});
      throw new RangeError('The data is not of the size that it claims.');
    }
    out.set(value, at);
    at += value.length;
  }
}
