import { isLeaf, middleOf } from './kd-shape.js';
import { SearchKernel } from './search-kernel.js';

/**
 * Exact nearest rows by squared Euclidean distance in a k-d tree (Friedman, Bentley, Finkel 1977) with incremental bounds (Arya, Mount 1993). The
 * rows lie in the tree's order, each half of a range being a child, so that the tree is two arrays. Distances are sums of 32-bit floats over the
 * coordinates in their order, in WebAssembly or, to the same bits, here.
 */
export class NearestRows {
  /** Squared distances of the last search, the nearest first. */
  distances: Float32Array = new Float32Array(0);
  /** Their row numbers. */
  found: Int32Array = new Int32Array(0);
  readonly #offsets: Float64Array;
  #kernel: SearchKernel | undefined | null = null;
  #query: Float32Array = new Float32Array(0);
  #most = 0;
  #held = 0;
  #skip = -1;
  #worst = 0;

  /**
   * @param rows row-major; squares of their differences must be finite
   * @param of the coordinate that each inner node splits
   * @param at its value there: the lower half of the rows is at or below it
   */
  constructor(
    readonly rows: Float32Array,
    readonly width: number,
    readonly count: number,
    readonly of: Int32Array,
    readonly at: Float32Array,
  ) {
    this.#offsets = new Float64Array(width);
  }

  /**
   * Finds the `k` nearest rows, or all when there are fewer; `distances` and `found` hold them until the next search.
   * @param skip a row that does not count
   * @returns how many were found
   */
  find(query: Float32Array, k: number, skip = -1): number {
    if (this.#kernel === null) this.#kernel = this.width > 0 ? SearchKernel.of(this) : undefined;
    if (this.#kernel) {
      const held = this.#kernel.find(query, k, skip);
      this.distances = this.#kernel.distances;
      this.found = this.#kernel.found;
      return held;
    }
    if (this.distances.length < k) {
      this.distances = new Float32Array(k);
      this.found = new Int32Array(k);
    }
    this.#query = query;
    this.#most = k;
    this.#held = 0;
    this.#skip = skip;
    this.#worst = Number.POSITIVE_INFINITY;
    this.#offsets.fill(0);
    if (this.width > 0) this.#visit(0, 0, this.count, 0);
    // without coordinates all rows are at the same place
    else this.#scan(0, this.count);
    return this.#held;
  }

  #visit(node: number, low: number, high: number, bound: number): void {
    if (isLeaf(low, high)) {
      this.#scan(low, high);
      return;
    }
    const j = this.of[node] as number;
    const offsets = this.#offsets;
    const away = (this.#query[j] as number) - (this.at[node] as number);
    const middle = middleOf(low, high);
    const before = offsets[j] as number;
    const farther = bound - before * before + away * away;
    if (away <= 0) this.#visit(2 * node + 1, low, middle, bound);
    else this.#visit(2 * node + 2, middle, high, bound);
    if (farther >= this.#worst) return;
    offsets[j] = away;
    if (away <= 0) this.#visit(2 * node + 2, middle, high, farther);
    else this.#visit(2 * node + 1, low, middle, farther);
    offsets[j] = before;
  }

  #scan(low: number, high: number): void {
    const { rows, width, distances, found } = this;
    const query = this.#query;
    const most = this.#most;
    for (let row = low; row < high; row++) {
      if (row === this.#skip) continue;
      const base = row * width;
      let sum = 0;
      for (let j = 0; j < width && sum < this.#worst; j++) {
        const d = Math.fround((query[j] as number) - (rows[base + j] as number));
        sum = Math.fround(sum + Math.fround(d * d));
      }
      if (!(sum < this.#worst)) continue;
      let place = this.#held < most ? this.#held++ : most - 1;
      for (; place > 0 && (distances[place - 1] as number) > sum; place--) {
        distances[place] = distances[place - 1] as number;
        found[place] = found[place - 1] as number;
      }
      distances[place] = sum;
      found[place] = row;
      if (this.#held === most) this.#worst = distances[most - 1] as number;
    }
  }
}
