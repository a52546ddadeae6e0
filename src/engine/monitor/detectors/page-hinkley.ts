import type { Detector } from './detector.js';
import { RunningMean } from './running-mean.js';

export interface PageHinkleyOptions {
  /** Values before it may speak; default 30. */
  warmUp?: number;
  /** Change of the mean that is borne; default 0.005. */
  tolerance?: number;
  /** Sum of deviations that counts as drift; default 50. */
  threshold?: number;
  /** Share of the sums that is kept at each value; default 0.9999. */
  memory?: number;
}

/** Page and Hinkley's test, both ways (Page, 1954): the mean has risen or fallen. The same as river's `PageHinkley`. */
export class PageHinkley implements Detector {
  readonly #warmUp: number;
  readonly #tolerance: number;
  readonly #threshold: number;
  readonly #memory: number;
  #mean = new RunningMean();
  #rise = 0;
  #fall = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = -1;

  constructor({ warmUp = 30, tolerance = 0.005, threshold = 50, memory = 0.9999 }: PageHinkleyOptions = {}) {
    this.#warmUp = warmUp;
    this.#tolerance = tolerance;
    this.#threshold = threshold;
    this.#memory = memory;
  }

  update(value: number): 'steady' | 'drift' {
    this.#mean.add(value);
    const deviation = value - this.#mean.mean;
    this.#rise = this.#memory * this.#rise + deviation - this.#tolerance;
    this.#fall = this.#memory * this.#fall + deviation + this.#tolerance;
    this.#least = Math.min(this.#least, this.#rise);
    this.#most = Math.max(this.#most, this.#fall);
    if (this.#mean.n < this.#warmUp) return 'steady';
    if (this.#rise - this.#least <= this.#threshold && this.#most - this.#fall <= this.#threshold) return 'steady';
    this.#mean = new RunningMean();
    this.#rise = 0;
    this.#fall = 0;
    this.#least = Number.POSITIVE_INFINITY;
    this.#most = -1;
    return 'drift';
  }
}
