const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes have each length, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function codeOf(lengths: ArrayLike<number>): Code {
  const counts = new Uint16Array(16);
  const places = new Uint16Array(16);
  const symbols = new Uint16Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i] as number] = (counts[lengths[i] as number] as number) + 1;
  counts[0] = 0;
  for (let l = 1; l < 15; l++) places[l + 1] = (places[l] as number) + (counts[l] as number);
  for (let i = 0; i < lengths.length; i++) {
    const l = lengths[i] as number;
    if (l > 0) {
      symbols[places[l] as number] = i;
      places[l] = (places[l] as number) + 1;
    }
  }
  return { counts, symbols };
}

/**
 * Inflates raw deflate data (RFC 1951) without waiting, which the platform's decompressor cannot. For standalone files, where few bytes of code count more
 * than speed.
 * @param size bytes that it must give
 * @throws RangeError when the data is damaged or not of this size
 */
export function inflateAtOnce(data: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  let next = 0;
  let held = 0;
  let count = 0;
  const damaged = (): never => {
    throw new RangeError('The data is damaged.');
  };
  const bits = (need: number): number => {
    for (; count < need; count += 8) held |= (next < data.length ? (data[next++] as number) : damaged()) << count;
    const value = held & ((1 << need) - 1);
    held >>>= need;
    count -= need;
    return value;
  };
  const symbol = ({ counts, symbols }: Code): number => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let l = 1; l < 16; l++) {
      code |= bits(1);
      const n = counts[l] as number;
      if (code - first < n) return symbols[index + code - first] as number;
      index += n;
      first = (first + n) << 1;
      code <<= 1;
    }
    return damaged();
  };
  const put = (byte: number): void => {
    out[at < size ? at++ : damaged()] = byte;
  };
  const distance = (n: number): number => (n < 4 ? 1 + n : 1 + ((2 + (n & 1)) << ((n >> 1) - 1)) + bits((n >> 1) - 1));
  for (let last = 0; last === 0; ) {
    last = bits(1);
    const type = bits(2);
    if (type === 0) {
      held = 0;
      count = 0;
      const length = bits(16);
      bits(16);
      for (let i = 0; i < length; i++) put(bits(8));
      continue;
    }
    if (type === 3) damaged();
    const lengths = new Uint8Array(320);
    let literals = 288;
    if (type === 1) lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288).fill(5, 288);
    else {
      literals = bits(5) + 257;
      const all = literals + bits(5) + 1;
      const own = new Uint8Array(19);
      for (let i = 0, n = bits(4) + 4; i < n; i++) own[ORDER[i] as number] = bits(3);
      const code = codeOf(own);
      for (let i = 0; i < all; ) {
        const s = symbol(code);
        if (s < 16) lengths[i++] = s;
        else {
          const before = s === 16 ? (lengths[i - 1] ?? damaged()) : 0;
          for (let n = s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7); n > 0; n--) lengths[i++] = before;
        }
      }
    }
    const literal = codeOf(lengths.subarray(0, literals));
    const far = codeOf(lengths.subarray(literals));
    for (let s = symbol(literal); s !== 256; s = symbol(literal)) {
      if (s < 256) put(s);
      else {
        let n = (LENGTH_BASE[s - 257] ?? damaged()) + bits(LENGTH_BITS[s - 257] as number);
        const back = distance(symbol(far));
        if (back > at) damaged();
        for (; n > 0; n--) put(out[at - back] as number);
      }
    }
  }
  return at === size ? out : damaged();
}
