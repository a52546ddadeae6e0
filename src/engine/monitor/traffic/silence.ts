import { exp } from '../../../core/math.js';
import { Fields } from '../../../model/fields.js';

/** Pauses that are thought to have been there before any was seen, as long as chance makes them. */
const PRIOR = 5;
const MOST = 200;

/**
 * Pauses between requests, measured by how many were to be expected meanwhile: by chance alone they are exponential with mean 1, and longer where callers come in
 * bursts, which the pauses so far tell.
 */
export class Silence {
  /** Requests that were to be expected since the last. */
  expected = 0;
  /** When it began, UTC milliseconds. */
  from = Number.NaN;
  #pauses = 0;
  #sum = 0;

  /** @param expected requests that were to be expected in a time without any */
  quiet(time: number, expected: number): void {
    if (this.expected === 0) this.from = time;
    this.expected += expected;
  }

  /** A request has come, or nobody knows what came. */
  over(known: boolean): void {
    if (known && this.expected >= 1) {
      this.#pauses++;
      this.#sum += Math.min(this.expected, 12 * this.#mean()) - 1;
      if (this.#pauses >= MOST) {
        this.#pauses /= 2;
        this.#sum /= 2;
      }
    }
    this.expected = 0;
    this.from = Number.NaN;
  }

  /** Probability of a pause as long. */
  get p(): number {
    return exp(-this.expected / this.#mean());
  }

  #mean(): number {
    return Math.max(1, (this.#sum + PRIOR) / (this.#pauses + PRIOR));
  }

  toJSON(): unknown {
    return { pauses: this.#pauses, sum: this.#sum };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown): Silence {
    const fields = new Fields(json, 'silence');
    const silence = new Silence();
    silence.#pauses = fields.number('pauses');
    silence.#sum = fields.number('sum');
    return silence;
  }
}
