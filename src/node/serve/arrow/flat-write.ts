/** A field of a table; `undefined` leaves it out. */
export type FlatField =
  | { readonly bytes: 1 | 2 | 4 | 8; readonly value: number }
  /** Written after the table, which points to it. */
  | FlatNode
  | undefined;

/** What a FlatBuffer is made of. */
export type FlatNode =
  | { readonly table: readonly FlatField[] }
  | { readonly text: string }
  | { readonly list: readonly FlatNode[] }
  /** Whole numbers of 8 bytes, `width` of them an element. */
  | { readonly longs: readonly number[]; readonly width: number };

/** Writes a FlatBuffer from front to back: each part stands behind what points to it. The length is a multiple of 8. */
export function flatBuffer(root: FlatNode): Buffer {
  let bytes = Buffer.alloc(1024);
  let end = 0;
  const reserve = (count: number): number => {
    const at = end;
    end += count;
    while (end > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
    return at;
  };
  const align = (to: number, offset = 0): void => {
    while ((end + offset) % to !== 0) end++;
    reserve(0);
  };
  const waiting: { readonly pointer: number; readonly node: FlatNode }[] = [{ pointer: reserve(4), node: root }];
  for (const { pointer, node } of waiting) {
    const at = write(node);
    bytes.writeUInt32LE(at - pointer, pointer);
  }
  align(8);
  return bytes.subarray(0, end);

  function write(node: FlatNode): number {
    if ('table' in node) return writeTable(node.table);
    if ('text' in node) {
      const text = Buffer.from(node.text);
      align(4);
      const at = reserve(4 + text.length + 1);
      bytes.writeUInt32LE(text.length, at);
      text.copy(bytes, at + 4);
      return at;
    }
    if ('list' in node) {
      align(4);
      const at = reserve(4 + 4 * node.list.length);
      bytes.writeUInt32LE(node.list.length, at);
      node.list.forEach((item, i) => {
        waiting.push({ pointer: at + 4 + 4 * i, node: item });
      });
      return at;
    }
    align(8, 4);
    const at = reserve(4 + 8 * node.longs.length);
    bytes.writeUInt32LE(node.longs.length / node.width, at);
    node.longs.forEach((value, i) => {
      bytes.writeBigInt64LE(BigInt(value), at + 4 + 8 * i);
    });
    return at;
  }

  function writeTable(fields: readonly FlatField[]): number {
    align(2);
    const index = reserve(4 + 2 * fields.length);
    align(8);
    const at = reserve(4);
    fields.forEach((field, i) => {
      if (!field) return;
      const size = 'bytes' in field ? field.bytes : 4;
      align(size);
      const place = reserve(size);
      bytes.writeUInt16LE(place - at, index + 4 + 2 * i);
      if (!('bytes' in field)) waiting.push({ pointer: place, node: field });
      else if (size === 8) bytes.writeBigInt64LE(BigInt(field.value), place);
      else bytes.writeIntLE(field.value, place, size);
    });
    bytes.writeUInt16LE(4 + 2 * fields.length, index);
    bytes.writeUInt16LE(end - at, index + 2);
    bytes.writeInt32LE(at - index, at);
    return at;
  }
}
