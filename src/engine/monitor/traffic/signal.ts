import { log } from '../../../core/math.js';
import { normalTails } from '../../../core/tails.js';
import { Fields } from '../../../model/fields.js';
import { Baseline } from './baseline.js';
import { Tail } from './tail.js';

/** Windows that must have come before one can be odd. */
const FEWEST = 30;

/** A value of a window, ready to be judged. */
export interface SignalValue {
  /** Middle of the window, UTC milliseconds. */
  time: number;
  value: number;
  /** Variance of the value by chance alone, given what is expected. */
  chance: (expected: number) => number;
  /** Probability of a count so far out, if all that differs from what was expected is chance. */
  exact?: (expected: number, up: boolean) => number;
  /** Of counts in few places: how far out it is is told by that probability, not by standard deviations. */
  rare?: boolean;
}

/** How odd a value is. */
export interface Odd {
  up: boolean;
  /** Probability of one so far out on its side, by the past and by chance: the greater of both. */
  p: number;
  expected: number;
  /** Standard deviation of a value about what is expected. */
  deviation: number;
}

/** One figure of a stream of requests, in windows of one length: what to expect of it, and how far it has strayed so far. */
export class Signal {
  #baseline: Baseline;
  #up = new Tail();
  #down = new Tail();

  /** @param seasonal it is judged only in hours that are known: of the day, and around weekends of the week */
  constructor(
    floor: number,
    private readonly seasonal = false,
  ) {
    this.#baseline = new Baseline(floor);
  }

  /** Windows that were learnt from. */
  get count(): number {
    return this.#baseline.count;
  }

  /** The least that is to be expected at a time, if such an hour is known. */
  least(time: number): number | undefined {
    return this.seasonal && !this.#baseline.familiar(time) ? undefined : this.#baseline.least(time);
  }

  /** What is to be expected, for a chart; undefined at the beginning. */
  expected(time: number): number | undefined {
    return this.#baseline.judge(time, 0, () => 0)?.expected;
  }

  /**
   * Judges a value by those before, then learns from it.
   * @param gentle something is wrong: it is hardly learnt from
   * @returns undefined while there is too little to judge by
   */
  take({ time, value, chance, exact, rare }: SignalValue, gentle: boolean): Odd | undefined {
    const judged = this.#baseline.judge(time, value, chance);
    const ready = this.#baseline.count >= FEWEST && (!this.seasonal || this.#baseline.familiar(time));
    let odd: Odd | undefined;
    if (judged && ready) {
      const { z, expected, deviation } = judged;
      const up = z > 0;
      const tail = up ? this.#up : this.#down;
      const byChance = exact?.(expected, up) ?? 0;
      // a normal variable goes about as far out with that probability
      const size = rare ? Math.sqrt(Math.max(0, -2 * log(Math.max(1e-300, 2 * byChance)))) : Math.abs(z);
      const p = Math.max(rare ? 0 : normalTails(z) / 2, tail.beyond(size), byChance);
      odd = { up, p, expected, deviation };
      if (!gentle) tail.add(size);
    }
    this.#baseline.learn(time, value, chance, gentle);
    return odd;
  }

  toJSON(): unknown {
    return { baseline: this.#baseline, up: this.#up, down: this.#down };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown, floor: number, seasonal = false): Signal {
    const fields = new Fields(json, 'signal');
    const signal = new Signal(floor, seasonal);
    signal.#baseline = Baseline.fromJSON(fields.raw('baseline'), floor);
    signal.#up = Tail.fromJSON(fields.raw('up'));
    signal.#down = Tail.fromJSON(fields.raw('down'));
    return signal;
  }
}
