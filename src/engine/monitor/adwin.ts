import { log } from '../../core/math.js';
import { sum } from '../../core/statistics.js';
import { type Fields, unreadable } from '../../model/fields.js';

/** How an `Adwin` watches; the defaults are river's. */
export interface AdwinOptions {
  /** Probability of a false alarm, in (0, 1). */
  delta?: number;
  /** Values between two looks for a change. */
  clock?: number;
  /** Buckets of one size that are kept before two are merged. */
  maxBuckets?: number;
  /** Values that either part of a cut must have. */
  minWindow?: number;
  /** Values before the first look. */
  grace?: number;
}

/** Rows of buckets: 2^40 values are more than any stream has. */
const MOST_ROWS = 40;

/**
 * ADWIN: a window over a stream that drops its oldest values as soon as their mean differs from the newer ones'; memory grows with the logarithm of its width.
 * The window stays after a change (a caller who wants a fresh one makes it). Bifet and Gavaldà, SDM 2007; follows river's `AdaptiveWindowing`.
 * @example const adwin = new Adwin({ delta: 0.001 }); for (const error of errors) if (adwin.update(error)) retrain();
 */
export class Adwin {
  readonly #delta: number;
  readonly #clock: number;
  readonly #maxBuckets: number;
  readonly #minWindow: number;
  readonly #grace: number;
  /** Sums and squared distances of buckets of 2^row values, the oldest first. */
  #totals: number[][] = [[]];
  #squares: number[][] = [[]];
  #width = 0;
  #total = 0;
  #square = 0;
  #tick = 0;
  #detections = 0;

  constructor(options: AdwinOptions = {}) {
    this.#delta = options.delta ?? 0.002;
    this.#clock = options.clock ?? 32;
    this.#maxBuckets = options.maxBuckets ?? 5;
    this.#minWindow = options.minWindow ?? 5;
    this.#grace = options.grace ?? 10;
  }

  /** Values in the window. */
  get width(): number {
    return this.#width;
  }

  /** Their mean; 0 for none. */
  get mean(): number {
    return this.#width > 0 ? this.#total / this.#width : 0;
  }

  /** Their variance (divisor n); 0 for none. */
  get variance(): number {
    return this.#width > 0 ? this.#square / this.#width : 0;
  }

  /** Changes found so far. */
  get detections(): number {
    return this.#detections;
  }

  /**
   * Takes the next value, at best in [0, 1].
   * @returns whether the mean has changed; the window then holds the newer part alone
   */
  update(value: number): boolean {
    this.#insert(value);
    this.#tick++;
    if (this.#tick % this.#clock !== 0 || this.#width <= this.#grace) return false;
    let changed = false;
    while (this.#cutOnce()) changed = true;
    if (changed) this.#detections++;
    return changed;
  }

  #insert(value: number): void {
    (this.#totals[0] as number[]).push(value);
    (this.#squares[0] as number[]).push(0);
    this.#width++;
    if (this.#width > 1) {
      const before = this.#width - 1;
      const far = value - this.#total / before;
      this.#square += (before * far * far) / this.#width;
    }
    this.#total += value;
    for (let row = 0, size = 1; row < this.#totals.length; row++, size *= 2) {
      const totals = this.#totals[row] as number[];
      const squares = this.#squares[row] as number[];
      if (totals.length <= this.#maxBuckets) break;
      if (row + 1 === this.#totals.length) {
        this.#totals.push([]);
        this.#squares.push([]);
      }
      const [a, b] = [totals.shift() as number, totals.shift() as number];
      const far = a / size - b / size;
      (this.#totals[row + 1] as number[]).push(a + b);
      (this.#squares[row + 1] as number[]).push(
        (squares.shift() as number) + (squares.shift() as number) + (size * size * far * far) / (size + size),
      );
    }
  }

  /** Looks for the first cut, oldest first, whose sides differ; drops the oldest bucket when there is one. */
  #cutOnce(): boolean {
    let n0 = 0;
    let n1 = this.#width;
    let u0 = 0;
    let u1 = this.#total;
    let size = 1;
    for (let row = 1; row < this.#totals.length; row++) size *= 2;
    const strictness = log((2 * log(this.#width)) / this.#delta);
    const spread = this.#square / this.#width;
    for (let row = this.#totals.length - 1; row >= 0; row--, size /= 2) {
      const totals = this.#totals[row] as number[];
      for (let k = 0; k < totals.length; k++) {
        n0 += size;
        n1 -= size;
        u0 += totals[k] as number;
        u1 -= totals[k] as number;
        if (n0 < this.#minWindow || n1 < this.#minWindow) continue;
        const m = 1 / (n0 - this.#minWindow + 1) + 1 / (n1 - this.#minWindow + 1);
        const bound = Math.sqrt(2 * m * spread * strictness) + (2 / 3) * strictness * m;
        if (Math.abs(u0 / n0 - u1 / n1) <= bound) continue;
        this.#dropOldest();
        return true;
      }
    }
    return false;
  }

  #dropOldest(): void {
    const row = this.#totals.length - 1;
    let size = 1;
    for (let i = 0; i < row; i++) size *= 2;
    const totals = this.#totals[row] as number[];
    const total = totals.shift() as number;
    const square = (this.#squares[row] as number[]).shift() as number;
    this.#width -= size;
    this.#total -= total;
    const far = total / size - this.#total / this.#width;
    this.#square -= square + (size * this.#width * far * far) / (size + this.#width);
    if (totals.length > 0) return;
    this.#totals.pop();
    this.#squares.pop();
  }

  /** Plain data that `restore` reads; the options are not part of it. */
  save(): object {
    return {
      lengths: this.#totals.map((row) => row.length),
      totals: this.#totals.flat(),
      squares: this.#squares.flat(),
      total: this.#total,
      square: this.#square,
      tick: this.#tick,
      detections: this.#detections,
    };
  }

  /** Goes on where `save` was, under the same options. @throws MillwrightError `BUNDLE_UNREADABLE` */
  restore(fields: Fields): this {
    const lengths = fields.numbers('lengths');
    const fits = (n: number): boolean => Number.isInteger(n) && n >= 0 && n <= this.#maxBuckets;
    if (lengths.length < 1 || lengths.length > MOST_ROWS || !lengths.every(fits))
      throw unreadable(`${fields.where}.lengths is not 1 to ${MOST_ROWS} rows of buckets.`);
    const held = sum(lengths);
    const totals = fields.numbers('totals', held);
    const squares = fields.numbers('squares', held);
    this.#totals = [];
    this.#squares = [];
    this.#width = 0;
    for (let row = 0, at = 0, size = 1; row < lengths.length; row++, size *= 2) {
      const length = lengths[row] as number;
      this.#totals.push(totals.slice(at, at + length));
      this.#squares.push(squares.slice(at, at + length));
      this.#width += length * size;
      at += length;
    }
    if (lengths.length > 1 && lengths[lengths.length - 1] === 0) throw unreadable(`${fields.where}.lengths ends with an empty row.`);
    this.#total = fields.number('total');
    this.#square = fields.number('square');
    this.#tick = fields.whole('tick', 0, Number.MAX_SAFE_INTEGER);
    this.#detections = fields.whole('detections', 0, Number.MAX_SAFE_INTEGER);
    return this;
  }
}
