/** Writes one Protocol Buffers message: fields by number, in the order given. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** A whole number (int64, enum), wire type 0. Exact up to 2^53 either way. */
  whole(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  /** Text, wire type 2. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Bytes, wire type 2. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#push(value);
    return this;
  }

  /** A message within, wire type 2. */
  message(field: number, value: Message): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.#length);
    for (const part of value.#parts) this.#push(part);
    return this;
  }

  /** Whole numbers as one packed field. */
  wholes(field: number, values: ArrayLike<number>): this {
    const packed: number[] = [];
    for (let i = 0; i < values.length; i++) varint(values[i] as number, packed);
    return this.bytes(field, Uint8Array.from(packed));
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  #varint(value: number): void {
    const out: number[] = [];
    varint(value, out);
    this.#push(Uint8Array.from(out));
  }
}

/** Appends a whole number, seven bits a byte, the lowest first. */
function varint(value: number, out: number[]): void {
  let rest = value;
  if (rest < 0 || rest > 0x7fffffff) {
    // negative ones are written as 64 bits, in two's complement
    let wide = BigInt.asUintN(64, BigInt(value));
    for (; wide > 0x7fffffffn; wide >>= 7n) out.push(Number(wide & 127n) | 128);
    rest = Number(wide);
  }
  for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
  out.push(rest);
}
