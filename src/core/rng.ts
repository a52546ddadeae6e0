/**
 * A seeded random source: xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32.
 * The same seed gives the same numbers on every machine.
 * @example new Rng(7).child('fold', 0).float()
 */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    let s = this.#seed;
    const next = (): number => {
      s = (s + 0x9e3779b9) | 0;
      let t = s ^ (s >>> 16);
      t = Math.imul(t, 0x21f0aaad);
      t ^= t >>> 15;
      t = Math.imul(t, 0x735a2d97);
      return t ^ (t >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** An independent source for a named part of the work, whatever was drawn from this one before. */
  child(...path: (string | number)[]): Rng {
    let h = this.#seed ^ 0x811c9dc5;
    for (const ch of path.join('\u0000')) h = Math.imul(h ^ (ch.codePointAt(0) as number), 0x01000193);
    return new Rng(h);
  }

  /** A whole number in [0, 2³²). */
  uint32(): number {
    const t5 = Math.imul(this.#b, 5);
    const result = Math.imul((t5 << 7) | (t5 >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  float(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A whole number in [0, n), n ≤ 2³², without bias. */
  below(n: number): number {
    const limit = 4294967296 - (4294967296 % n);
    let x = this.uint32();
    while (x >= limit) x = this.uint32();
    return x % n;
  }

  /** Shuffles in place (Fisher–Yates) and returns its argument. */
  shuffle<A extends Uint32Array | unknown[]>(array: A): A {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const t = array[i] as never;
      array[i] = array[j] as never;
      array[j] = t;
    }
    return array;
  }

  /** `count` distinct indices of [0, n), ascending. */
  sample(n: number, count: number): Uint32Array {
    const all = new Uint32Array(n);
    for (let i = 0; i < n; i++) all[i] = i;
    for (let i = 0; i < count; i++) {
      const j = i + this.below(n - i);
      const t = all[i] as number;
      all[i] = all[j] as number;
      all[j] = t;
    }
    return all.slice(0, count).sort();
  }
}
