/** A run of elements within a FlatBuffer. */
export interface FlatVector {
  /** Where the first element is. */
  readonly at: number;
  readonly length: number;
}

/**
 * A table of a FlatBuffer, field by field. Nothing is followed that was not asked for, and what would lie outside the message throws a `RangeError`: hostile bytes can neither loop nor be read beyond.
 * Format: https://flatbuffers.dev/internals/
 */
export class FlatTable {
  constructor(
    readonly view: DataView,
    readonly at: number,
  ) {}

  /** The outermost table of a message. */
  static root(view: DataView): FlatTable {
    return new FlatTable(view, view.getUint32(0, true));
  }

  has(field: number): boolean {
    return this.#place(field) !== 0;
  }

  byte(field: number): number {
    const at = this.#place(field);
    return at === 0 ? 0 : this.view.getUint8(at);
  }

  short(field: number, absent = 0): number {
    const at = this.#place(field);
    return at === 0 ? absent : this.view.getInt16(at, true);
  }

  int(field: number, absent = 0): number {
    const at = this.#place(field);
    return at === 0 ? absent : this.view.getInt32(at, true);
  }

  /** @throws RangeError beyond the whole numbers that a double holds */
  long(field: number): number {
    const at = this.#place(field);
    return at === 0 ? 0 : longAt(this.view, at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#place(field);
    return at === 0 ? undefined : this.#tableAt(at);
  }

  /** @param width bytes of an element */
  vector(field: number, width: number): FlatVector {
    const place = this.#place(field);
    if (place === 0) return { at: 0, length: 0 };
    const at = place + this.view.getUint32(place, true);
    const length = this.view.getUint32(at, true);
    if (at + 4 + length * width > this.view.byteLength) throw new RangeError('a list goes beyond its message');
    return { at: at + 4, length };
  }

  /** The tables of a list, one at a time. */
  *tables(field: number): Generator<FlatTable> {
    const { at, length } = this.vector(field, 4);
    for (let i = 0; i < length; i++) yield this.#tableAt(at + 4 * i);
  }

  /** @param most bytes */
  text(field: number, most: number): string {
    const { at, length } = this.vector(field, 1);
    if (length > most) throw new RangeError(`a name is longer than ${most} bytes`);
    return Buffer.from(this.view.buffer, this.view.byteOffset + at, length).toString('utf8');
  }

  #tableAt(at: number): FlatTable {
    return new FlatTable(this.view, at + this.view.getUint32(at, true));
  }

  /** Where a field is; 0 when it is absent. */
  #place(field: number): number {
    const { view, at } = this;
    const fields = at - view.getInt32(at, true);
    const entry = 4 + 2 * field;
    const offset = entry < view.getUint16(fields, true) ? view.getUint16(fields + entry, true) : 0;
    return offset === 0 ? 0 : at + offset;
  }
}

/** @throws RangeError beyond the whole numbers that a double holds */
export function longAt(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true));
  if (!Number.isSafeInteger(value)) throw new RangeError('a number is out of range');
  return value;
}
