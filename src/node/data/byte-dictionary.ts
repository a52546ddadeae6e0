/** Numbers the different byte strings that it is shown, in order of first appearance: open addressing over one arena. */
export class ByteDictionary {
  #table = new Int32Array(1024).fill(-1);
  #hashes = new Int32Array(512);
  #ends = new Float64Array(512);
  #arena: Buffer = Buffer.allocUnsafe(8192);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** One hash a code. */
  get hashes(): Int32Array {
    return this.#hashes.subarray(0, this.#size);
  }

  /** The code of a byte string; a new one when it has not been seen. */
  code(source: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (source[i] as number), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const code = this.#table[slot] as number;
      if (code < 0) return this.#add(source, start, end, hash, slot);
      if (this.#hashes[code] === hash && this.#equal(code, source, start, end)) return code;
      slot = (slot + 1) & mask;
    }
  }

  text(code: number): string {
    return this.#arena.toString('utf8', code === 0 ? 0 : (this.#ends[code - 1] as number), this.#ends[code] as number);
  }

  #equal(code: number, source: Uint8Array, start: number, end: number): boolean {
    const from = code === 0 ? 0 : (this.#ends[code - 1] as number);
    const length = end - start;
    if ((this.#ends[code] as number) - from !== length) return false;
    for (let i = 0; i < length; i++) if (this.#arena[from + i] !== source[start + i]) return false;
    return true;
  }

  #add(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const code = this.#size++;
    const from = code === 0 ? 0 : (this.#ends[code - 1] as number);
    const to = from + end - start;
    if (to > this.#arena.length) {
      const wider = Buffer.allocUnsafe(Math.max(to, this.#arena.length * 2));
      this.#arena.copy(wider, 0, 0, from);
      this.#arena = wider;
    }
    this.#arena.set(source.subarray(start, end), from);
    if (code === this.#hashes.length) {
      const hashes = new Int32Array(code * 2);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
      const ends = new Float64Array(code * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#hashes[code] = hash;
    this.#ends[code] = to;
    this.#table[slot] = code;
    if (this.#size * 2 > this.#table.length) this.#grow();
    return code;
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 4).fill(-1);
    const mask = table.length - 1;
    for (let code = 0; code < this.#size; code++) {
      let slot = (this.#hashes[code] as number) & mask;
      while ((table[slot] as number) >= 0) slot = (slot + 1) & mask;
      table[slot] = code;
    }
    this.#table = table;
  }
}
