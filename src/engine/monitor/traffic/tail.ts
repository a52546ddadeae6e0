import { exp } from '../../../core/math.js';
import { Fields } from '../../../model/fields.js';

const WIDTH = 0.25;
const PLACES = 80;
/** Share of the values that the tail is made of. */
const BEYOND = 0.05;
/** Where so many have come, half of what is known is forgotten. */
const MOST = 20_000;
/** What is thought of the tail before anything was seen: so many exceedances, of this mean. */
const PRIOR = 8;
const PRIOR_EXCESS = 0.5;

/**
 * How far deviations have gone so far, to tell how unlikely one is: beyond their 95 % quantile an exponential tail is fitted (peaks over a threshold, as Siffer et al.,
 * KDD 2017, without a shape). What comes from heavy tails needs more to be unlikely.
 */
export class Tail {
  readonly #counts = new Float64Array(PLACES);
  #total = 0;

  /** @param size of a deviation in its standard deviations, not negative */
  add(size: number): void {
    const place = Math.min(PLACES - 1, Math.floor(size / WIDTH));
    this.#counts[place] = (this.#counts[place] as number) + 1;
    if (++this.#total < MOST) return;
    this.#total = 0;
    for (let k = 0; k < PLACES; k++) {
      this.#counts[k] = Math.floor((this.#counts[k] as number) / 2);
      this.#total += this.#counts[k] as number;
    }
  }

  /** Probability of a deviation of that size or more. */
  beyond(size: number): number {
    let first = PLACES;
    let above = 0;
    let sum = 0;
    while (first > 8 && above < BEYOND * this.#total) {
      first--;
      above += this.#counts[first] as number;
    }
    const from = first * WIDTH;
    for (let k = first; k < PLACES; k++) sum += (this.#counts[k] as number) * ((k + 0.5) * WIDTH - from);
    const excess = (sum + PRIOR * PRIOR_EXCESS) / (above + PRIOR);
    const share = (above + PRIOR) / (this.#total + PRIOR / BEYOND);
    return size <= from ? 1 : Math.min(1, share * exp(-(size - from) / excess));
  }

  toJSON(): unknown {
    return Array.from(this.#counts);
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown): Tail {
    const tail = new Tail();
    tail.#counts.set(new Fields({ counts: json }, 'tail').numbers('counts', PLACES));
    tail.#total = tail.#counts.reduce((a, b) => a + b, 0);
    return tail;
  }
}
