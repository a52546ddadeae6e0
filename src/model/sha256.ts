/**
 * SHA-256 (FIPS 180-4) in lower-case hexadecimal; by the platform where it has one (browsers have none on plain http pages), else by our own code.
 * @example await sha256(new Uint8Array()) // e3b0c442…
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = typeof crypto === 'undefined' ? undefined : crypto.subtle;
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : ownSha256(bytes);
  let hex = '';
  for (const byte of digest) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/** The digest by our own code: 32 bytes. */
export function ownSha256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const { initial: state, round } = constants();
  const words = new Int32Array(64);
  for (let offset = 0; offset < padded.length; offset += 64) block(view, offset, words, state, round);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  state.forEach((word, i) => {
    out.setInt32(i * 4, word);
  });
  return digest;
}

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

function block(view: DataView, offset: number, w: Int32Array, state: Int32Array, round: Int32Array): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(offset + i * 4);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (round[i] as number) + (w[i] as number)) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((x, i) => {
    state[i] = (state[i] as number) + x;
  });
}

/** The first 32 bits of the fractional parts of square (initial) and cube (round) roots of the primes, exact in whole-number arithmetic. */
function constants(): { initial: Int32Array; round: Int32Array } {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 64; n++) if (primes.every((p) => n % p !== 0n)) primes.push(n);
  const bits = (x: bigint): number => Number(BigInt.asIntN(32, x));
  return {
    initial: Int32Array.from(primes.slice(0, 8), (p) => bits(root(p << 64n, (r) => r * r))),
    round: Int32Array.from(primes, (p) => bits(root(p << 96n, (r) => r * r * r))),
  };
}

/** The largest whole number whose power is no more than x. */
function root(x: bigint, power: (r: bigint) => bigint): bigint {
  let low = 0n;
  let high = 1n << 48n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (power(middle) <= x) low = middle;
    else high = middle;
  }
  return low;
}
