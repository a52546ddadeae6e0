/** Rows of a block: small enough that a block of every column stays in the cache between the two sweeps of an evaluation. */
export const BLOCK = 512;

/** Columns of numbers, complete and finite; never copied. Sums run in row order within blocks, so results never vary. */
export class DenseMatrix {
  constructor(
    readonly columns: readonly Float64Array[],
    readonly rows: number,
  ) {}

  /** `z[at + i] += Σ weight[from + j] · column j` for the rows of a block. */
  addProducts(weight: Float64Array, from: number, first: number, count: number, z: Float64Array, at: number): void {
    const d = this.columns.length;
    let j = 0;
    for (; j + 3 < d; j += 4) {
      const w0 = weight[from + j] as number;
      const w1 = weight[from + j + 1] as number;
      const w2 = weight[from + j + 2] as number;
      const w3 = weight[from + j + 3] as number;
      const x0 = this.columns[j] as Float64Array;
      const x1 = this.columns[j + 1] as Float64Array;
      const x2 = this.columns[j + 2] as Float64Array;
      const x3 = this.columns[j + 3] as Float64Array;
      for (let i = 0; i < count; i++) {
        const r = first + i;
        z[at + i] =
          (z[at + i] as number) + (w0 * (x0[r] as number) + w1 * (x1[r] as number) + (w2 * (x2[r] as number) + w3 * (x3[r] as number)));
      }
    }
    for (; j < d; j++) {
      const w0 = weight[from + j] as number;
      const x0 = this.columns[j] as Float64Array;
      for (let i = 0; i < count; i++) z[at + i] = (z[at + i] as number) + w0 * (x0[first + i] as number);
    }
  }

  /** `out[to + j] += Σ residual[at + i] · column j` over the rows of a block. */
  addDots(residual: Float64Array, at: number, first: number, count: number, out: Float64Array, to: number): void {
    const d = this.columns.length;
    let j = 0;
    for (; j + 3 < d; j += 4) {
      const x0 = this.columns[j] as Float64Array;
      const x1 = this.columns[j + 1] as Float64Array;
      const x2 = this.columns[j + 2] as Float64Array;
      const x3 = this.columns[j + 3] as Float64Array;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let i = 0; i < count; i++) {
        const r = residual[at + i] as number;
        s0 += r * (x0[first + i] as number);
        s1 += r * (x1[first + i] as number);
        s2 += r * (x2[first + i] as number);
        s3 += r * (x3[first + i] as number);
      }
      out[to + j] = (out[to + j] as number) + s0;
      out[to + j + 1] = (out[to + j + 1] as number) + s1;
      out[to + j + 2] = (out[to + j + 2] as number) + s2;
      out[to + j + 3] = (out[to + j + 3] as number) + s3;
    }
    for (; j < d; j++) {
      const x0 = this.columns[j] as Float64Array;
      let s = 0;
      for (let i = 0; i < count; i++) s += (residual[at + i] as number) * (x0[first + i] as number);
      out[to + j] = (out[to + j] as number) + s;
    }
  }

  /** Weighted means of the columns; `share` sums to 1. */
  means(share: Float64Array): Float64Array {
    const out = new Float64Array(this.columns.length);
    for (let first = 0; first < this.rows; first += BLOCK) {
      const count = Math.min(BLOCK, this.rows - first);
      this.addDots(share.subarray(first, first + count), 0, first, count, out, 0);
    }
    return out;
  }

  /**
   * Weighted covariance of the columns (d × d, row-major, symmetric) over every `stride`-th block of rows.
   * @param breathe awaited between blocks of columns; a false answer ends the work
   */
  async covariance(
    share: Float64Array,
    means: Float64Array,
    stride: number,
    proceed: () => Promise<boolean>,
  ): Promise<Float64Array | undefined> {
    const d = this.columns.length;
    const gram = new Float64Array(d * d);
    const scaled = Array.from({ length: d }, () => new Float64Array(BLOCK));
    const plain = Array.from({ length: d }, () => new Float64Array(BLOCK));
    let total = 0;
    for (let first = 0; first < this.rows; first += BLOCK * stride) {
      if (!(await proceed())) return undefined;
      const count = Math.min(BLOCK, this.rows - first);
      for (let i = 0; i < count; i++) total += share[first + i] as number;
      for (let j = 0; j < d; j++) {
        const x = this.columns[j] as Float64Array;
        const m = means[j] as number;
        const p = plain[j] as Float64Array;
        const s = scaled[j] as Float64Array;
        for (let i = 0; i < count; i++) {
          const v = (x[first + i] as number) - m;
          p[i] = v;
          s[i] = v * (share[first + i] as number);
        }
      }
      addGram(gram, plain, scaled, d, count);
    }
    const scale = total > 0 ? 1 / total : 0;
    for (let a = 0; a < d; a++)
      for (let b = 0; b <= a; b++) {
        const v = (gram[a * d + b] as number) * scale;
        gram[a * d + b] = v;
        gram[b * d + a] = v;
      }
    return gram;
  }
}

/** Adds the products of a block to the lower triangle, two by two columns at a time. */
function addGram(gram: Float64Array, plain: Float64Array[], scaled: Float64Array[], d: number, count: number): void {
  for (let a = 0; a < d; a += 2) {
    const s0 = scaled[a] as Float64Array;
    const s1 = (scaled[a + 1] ?? s0) as Float64Array;
    for (let b = 0; b <= a + 1 && b < d; b += 2) {
      const p0 = plain[b] as Float64Array;
      const p1 = (plain[b + 1] ?? p0) as Float64Array;
      let t00 = 0;
      let t01 = 0;
      let t10 = 0;
      let t11 = 0;
      for (let i = 0; i < count; i++) {
        const u0 = s0[i] as number;
        const u1 = s1[i] as number;
        const v0 = p0[i] as number;
        const v1 = p1[i] as number;
        t00 += u0 * v0;
        t01 += u0 * v1;
        t10 += u1 * v0;
        t11 += u1 * v1;
      }
      gram[a * d + b] = (gram[a * d + b] as number) + t00;
      if (b + 1 < d) gram[a * d + b + 1] = (gram[a * d + b + 1] as number) + t01;
      if (a + 1 < d) gram[(a + 1) * d + b] = (gram[(a + 1) * d + b] as number) + t10;
      if (a + 1 < d && b + 1 < d) gram[(a + 1) * d + b + 1] = (gram[(a + 1) * d + b + 1] as number) + t11;
    }
  }
}
