import { log } from '../../../core/math.js';
import type { Detector } from './detector.js';

export interface AdwinOptions {
  /** Confidence: smaller raises fewer false alarms; default 0.002. */
  delta?: number;
  /** Values between two looks; default 32. */
  clock?: number;
  /** Buckets of each size before two become one; default 5. */
  buckets?: number;
  /** Values that either side of a cut needs; default 5. */
  side?: number;
  /** Values before it may speak; default 10. */
  warmUp?: number;
}

interface Bucket {
  total: number;
  /** Sum of squared deviations from the bucket's mean. */
  squares: number;
}

/**
 * Adaptive windowing (Bifet and Gavaldà, 2007): a window of exponential buckets that forgets its older part when the means of the two differ by more than
 * chance allows. Memory grows with the logarithm of the window. Speaks where river's `ADWIN` does.
 */
export class Adwin implements Detector {
  readonly #options: Required<AdwinOptions>;
  /** By size: row k holds buckets of 2^k values, the oldest first. */
  #rows: Bucket[][] = [[]];
  #width = 0;
  #total = 0;
  #squares = 0;
  #ticks = 0;

  constructor({ delta = 0.002, clock = 32, buckets = 5, side = 5, warmUp = 10 }: AdwinOptions = {}) {
    this.#options = { delta, clock, buckets, side, warmUp };
  }

  /** Values in the window, and their mean. */
  get window(): { width: number; mean: number } {
    return { width: this.#width, mean: this.#width > 0 ? this.#total / this.#width : 0 };
  }

  update(value: number): 'steady' | 'drift' {
    this.#rows[0]?.push({ total: value, squares: 0 });
    if (this.#width > 0) {
      const d = value - this.#total / this.#width;
      this.#squares += (this.#width * d * d) / (this.#width + 1);
    }
    this.#width++;
    this.#total += value;
    this.#compress();
    this.#ticks++;
    if (this.#ticks % this.#options.clock !== 0 || this.#width <= this.#options.warmUp) return 'steady';
    if (!this.#cut()) return 'steady';
    // one detection is one beginning
    while (this.#cut());
    this.#rows = [[]];
    this.#width = 0;
    this.#total = 0;
    this.#squares = 0;
    this.#ticks = 0;
    return 'drift';
  }

  /** Two of the oldest buckets of a size that has too many become one of the next. */
  #compress(): void {
    for (let k = 0; k < this.#rows.length; k++) {
      const row = this.#rows[k] as Bucket[];
      if (row.length <= this.#options.buckets) return;
      const [a, b] = row.splice(0, 2) as [Bucket, Bucket];
      const size = 2 ** k;
      const d = (a.total - b.total) / size;
      const next = this.#rows[k + 1] ?? [];
      next.push({ total: a.total + b.total, squares: a.squares + b.squares + (size * d * d) / 2 });
      this.#rows[k + 1] = next;
    }
  }

  /** Looks for a cut whose sides differ, from the oldest bucket on. @returns whether the oldest bucket was dropped */
  #cut(): boolean {
    let old = 0;
    let oldTotal = 0;
    for (let k = this.#rows.length - 1; k >= 0; k--) {
      const row = this.#rows[k] as Bucket[];
      for (let i = 0; i < row.length; i++) {
        old += 2 ** k;
        oldTotal += (row[i] as Bucket).total;
        const young = this.#width - old;
        const { side } = this.#options;
        if (young < side || old < side) continue;
        const difference = oldTotal / old - (this.#total - oldTotal) / young;
        if (Math.abs(difference) > this.#bound(old, young)) {
          this.#drop();
          return true;
        }
      }
    }
    return false;
  }

  #bound(old: number, young: number): number {
    const { delta, side } = this.#options;
    const confidence = log((2 * log(this.#width)) / delta);
    const inverse = 1 / (old - side + 1) + 1 / (young - side + 1);
    return Math.sqrt(2 * inverse * (this.#squares / this.#width) * confidence) + (2 / 3) * confidence * inverse;
  }

  #drop(): void {
    const k = this.#rows.length - 1;
    const row = this.#rows[k] as Bucket[];
    const { total, squares } = row.shift() as Bucket;
    const n = 2 ** k;
    this.#width -= n;
    this.#total -= total;
    const d = total / n - this.#total / this.#width;
    this.#squares -= squares + (n * this.#width * d * d) / (n + this.#width);
    if (row.length === 0 && k > 0) this.#rows.pop();
  }
}
