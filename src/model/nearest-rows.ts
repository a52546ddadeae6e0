/** Rows of a leaf at most. */
const LEAF = 16;

/** Inner nodes of the tree over so many rows, as an implicit heap. */
export function kdNodes(rows: number): number {
  let nodes = 0;
  for (let size = rows, level = 1; size > LEAF; size = (size + 1) >> 1, level *= 2) nodes += level;
  return nodes;
}

/** Whether a range of rows is a leaf, and where its two halves meet. */
export const isLeaf = (low: number, high: number): boolean => high - low <= LEAF;
export const middleOf = (low: number, high: number): number => (low + high + 1) >> 1;

/**
 * Exact nearest rows by squared Euclidean distance in a k-d tree (Friedman, Bentley, Finkel 1977) with incremental bounds (Arya, Mount 1993). The
 * rows lie in the tree's order, each half of a range being a child, so that the tree is two arrays.
 */
export class NearestRows {
  /** Squared distances of the last search, the nearest first. */
  distances: Float64Array = new Float64Array(0);
  /** Their row numbers. */
  found: Int32Array = new Int32Array(0);
  readonly count: number;
  readonly #offsets: Float64Array;
  #query: Float64Array = new Float64Array(0);
  #most = 0;
  #held = 0;
  #skip = -1;

  /**
   * @param rows row-major
   * @param of the coordinate that each inner node splits
   * @param at its value there: the lower half of the rows is at or below it
   */
  constructor(
    readonly rows: Float32Array,
    readonly width: number,
    count: number,
    readonly of: Int32Array,
    readonly at: Float32Array,
  ) {
    this.count = count;
    this.#offsets = new Float64Array(width);
  }

  /**
   * Finds the `k` nearest rows, or all when there are fewer; `distances` and `found` hold them until the next search.
   * @param skip a row that does not count
   * @returns how many were found
   */
  find(query: Float64Array, k: number, skip = -1): number {
    if (this.distances.length < k) {
      this.distances = new Float64Array(k);
      this.found = new Int32Array(k);
    }
    this.#query = query;
    this.#most = k;
    this.#held = 0;
    this.#skip = skip;
    this.#offsets.fill(0);
    this.#visit(0, 0, this.count, 0);
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
    if (this.#held === this.#most && farther >= (this.distances[this.#most - 1] as number)) return;
    offsets[j] = away;
    if (away <= 0) this.#visit(2 * node + 2, middle, high, farther);
    else this.#visit(2 * node + 1, low, middle, farther);
    offsets[j] = before;
  }

  #scan(low: number, high: number): void {
    const { rows, width, distances, found } = this;
    const query = this.#query;
    const most = this.#most;
    const eights = width - (width % 8);
    let held = this.#held;
    let worst = held === most ? (distances[most - 1] as number) : Number.POSITIVE_INFINITY;
    for (let row = low; row < high; row++) {
      if (row === this.#skip) continue;
      const base = row * width;
      let sum = 0;
      let j = 0;
      // four sums at once: the processor need not wait for each
      for (; j < eights && sum < worst; j += 8) {
        const a = (query[j] as number) - (rows[base + j] as number);
        const b = (query[j + 1] as number) - (rows[base + j + 1] as number);
        const c = (query[j + 2] as number) - (rows[base + j + 2] as number);
        const d = (query[j + 3] as number) - (rows[base + j + 3] as number);
        const e = (query[j + 4] as number) - (rows[base + j + 4] as number);
        const f = (query[j + 5] as number) - (rows[base + j + 5] as number);
        const g = (query[j + 6] as number) - (rows[base + j + 6] as number);
        const h = (query[j + 7] as number) - (rows[base + j + 7] as number);
        sum += a * a + b * b + (c * c + d * d) + (e * e + f * f + (g * g + h * h));
      }
      if (!(sum < worst)) continue;
      for (; j < width; j++) {
        const d = (query[j] as number) - (rows[base + j] as number);
        sum += d * d;
      }
      if (!(sum < worst)) continue;
      let place = held < most ? held++ : most - 1;
      for (; place > 0 && (distances[place - 1] as number) > sum; place--) {
        distances[place] = distances[place - 1] as number;
        found[place] = found[place - 1] as number;
      }
      distances[place] = sum;
      found[place] = row;
      if (held === most) worst = distances[most - 1] as number;
    }
    this.#held = held;
  }
}
