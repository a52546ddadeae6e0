/** A field of a Protocol Buffers message: its number, its place with its tag, and what it holds. */
export interface WireField {
  readonly number: number;
  /** Of the tag's first byte and past the last of the value, in the message's bytes. */
  readonly from: number;
  readonly to: number;
  /** A whole number; 0 for the other kinds. */
  readonly value: bigint;
  /** Text, bytes, a message or packed numbers; empty for the other kinds. */
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

/**
 * The fields of a message in their order (protobuf.dev/programming-guides/encoding).
 * @throws RangeError when the bytes are no message
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw new RangeError('a number is cut short');
  };
  while (at < bytes.length) {
    const from = at;
    const tag = Number(varint());
    // readers in C++ take the lower 32 bits: a tag beyond them would be another field there
    if (tag < 8 || tag > 0xffffffff) throw new RangeError('a field has no number');
    const kind = tag & 7;
    let value = 0n;
    let held: Uint8Array = NONE;
    if (kind === 0) value = varint();
    else {
      const length = kind === 1 ? 8 : kind === 5 ? 4 : kind === 2 ? Number(varint()) : -1;
      if (length < 0 || at + length > bytes.length) throw new RangeError('a field is cut short');
      held = bytes.subarray(at, at + length);
      at += length;
    }
    yield { number: Math.floor(tag / 8), from, to: at, value, bytes: held };
  }
}

/** The whole numbers of a repeated field, packed or one by one. */
export function wholeNumbers(field: WireField): bigint[] {
  if (field.bytes.length === 0) return [field.value];
  const found: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of field.bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      found.push(BigInt.asIntN(64, value));
      value = 0n;
      shift = 0n;
    } else if (shift > 63n) throw new RangeError('a number is too long');
  }
  return found;
}

/** A field with bytes, as it stands in a message. */
export function wireBytes(number: number, bytes: Uint8Array): Uint8Array {
  const head: number[] = [];
  for (let rest of [number * 8 + 2, bytes.length]) {
    for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) + 128);
    head.push(rest);
  }
  return concatenated([Uint8Array.from(head), bytes]);
}

/** A field with a whole number below 128. */
export const wireSmall = (number: number, value: number): Uint8Array => Uint8Array.of(number * 8, value);

/** The parts one after the other. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
