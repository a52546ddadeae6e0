import { Fields } from '../../model/fields.js';
import { type Binning, codeCount } from './binning.js';

/** Columns of which every pair is watched: the first ones. */
export const MOST_PAIRED = 64;

/** What is counted for, in order. */
export interface SketchShape {
  readonly binnings: readonly Binning[];
  /** Of a season; 1 where there is none. */
  readonly slots: number;
}

/**
 * What is kept of any number of rows: for every column counts by code, moments in whole numbers, sums of scores by season slot, and for the first ones
 * sums of the products of every two columns' scores. All are whole numbers below 2⁵³, so that sketches add up to the same bits in any order.
 */
export class Sketch {
  rows = 0;
  /** By column, by code. */
  readonly counts: readonly Float64Array[];
  /** Σ and Σ² of what lies how far from the centre, in 4096ths of the spread (64ths for squares); 0 for categories. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Of score products, by `pairIndex`. */
  readonly products: Float64Array;
  readonly scoreSums: Float64Array;
  readonly slotRows: Float64Array;
  /** By slot, by column: Σ of scores. */
  readonly slotScores: Float64Array;
  readonly #scores: readonly Int32Array[];
  /** All that adds up, in one piece, and its lists. */
  readonly #all: Float64Array;
  readonly #lists: readonly Float64Array[];
  readonly #row: Int32Array;

  constructor(readonly shape: SketchShape) {
    const { binnings, slots } = shape;
    const d = binnings.length;
    const sizes = [...binnings.map(codeCount), d, d, pairCount(d), d, slots, slots * d];
    this.#all = new Float64Array(sizes.reduce((a, b) => a + b, 0));
    let at = 0;
    this.#lists = sizes.map((size) => {
      at += size;
      return this.#all.subarray(at - size, at);
    });
    this.counts = this.#lists.slice(0, d);
    [this.sums, this.squares, this.products, this.scoreSums, this.slotRows, this.slotScores] = this.#lists.slice(d) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.#scores = scoresOf(binnings);
    this.#row = new Int32Array(d);
  }

  /** Adds one row: a code a column, and its slot. */
  add(codes: ArrayLike<number>, slot: number): void {
    const d = this.counts.length;
    const row = this.#row;
    const { products, scoreSums, slotScores } = this;
    this.rows++;
    this.slotRows[slot] = (this.slotRows[slot] as number) + 1;
    for (let c = 0, at = 0; c < d; c++) {
      const code = codes[c] as number;
      const counts = this.counts[c] as Float64Array;
      counts[code] = (counts[code] as number) + 1;
      const score = (this.#scores[c] as Int32Array)[code] as number;
      row[c] = score;
      scoreSums[c] = (scoreSums[c] as number) + score;
      slotScores[slot * d + c] = (slotScores[slot * d + c] as number) + score;
      if (c >= MOST_PAIRED) continue;
      for (let o = 0; o <= c; o++, at++) products[at] = (products[at] as number) + score * (row[o] as number);
    }
  }

  /** Adds a number to a column's moments; NaN is left out, what is farther than 3000 spreads away counts as that far. */
  addMoment(column: number, value: number): void {
    const binning = this.shape.binnings[column] as Binning;
    if (binning.kind !== 'number' || Number.isNaN(value)) return;
    const z = Math.max(-3000, Math.min(3000, (value - binning.center) / binning.spread));
    this.sums[column] = (this.sums[column] as number) + Math.round(z * 4096);
    this.squares[column] = (this.squares[column] as number) + Math.round(z * z * 64);
  }

  /** Adds what another has seen; both must be of one reference. */
  merge(other: Sketch): this {
    this.rows += other.rows;
    const mine = this.#all;
    const theirs = other.#all;
    for (let i = 0; i < mine.length; i++) mine[i] = (mine[i] as number) + (theirs[i] as number);
    return this;
  }

  toJSON(): { rows: number; lists: number[][] } {
    return { rows: this.rows, lists: this.#lists.map((list) => Array.from(list)) };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when it is not of that shape */
  static fromJSON(json: unknown, shape: SketchShape, where = 'sketch'): Sketch {
    const fields = new Fields(json, where);
    const sketch = new Sketch(shape);
    sketch.rows = fields.whole('rows', 0, Number.MAX_SAFE_INTEGER);
    const lists = new Fields({ ...(fields.raw('lists') as object) }, `${where}.lists`);
    for (const [i, list] of sketch.#lists.entries()) list.set(lists.numbers(String(i), list.length));
    return sketch;
  }
}

const scores = new WeakMap<readonly Binning[], Int32Array[]>();

/** The scores of each binning by code, made once for a reference. */
function scoresOf(binnings: readonly Binning[]): Int32Array[] {
  let found = scores.get(binnings);
  if (!found) {
    found = binnings.map((b) => Int32Array.from(b.scores));
    scores.set(binnings, found);
  }
  return found;
}

/** Pairs of the first columns, each with itself among them. */
export function pairCount(columns: number): number {
  const paired = Math.min(columns, MOST_PAIRED);
  return (paired * (paired + 1)) / 2;
}

/** Index of a pair in the triangle of products, row-major with its diagonal. */
export function pairIndex(a: number, b: number): number {
  return a >= b ? (a * (a + 1)) / 2 + b : (b * (b + 1)) / 2 + a;
}
