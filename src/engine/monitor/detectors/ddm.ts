import type { Detector } from './detector.js';
import { RunningMean } from './running-mean.js';

export interface DdmOptions {
  /** Values before it may speak; default 30. */
  warmUp?: number;
  /** Deviations above the best error rate that count as a warning; default 2. */
  warning?: number;
  /** The same for drift; default 3. */
  drift?: number;
}

/** The drift detection method (Gama and others, 2004): the rate of errors has risen above its best. The same as river's `DDM`. */
export class Ddm implements Detector {
  readonly #options: Required<DdmOptions>;
  #rate = new RunningMean();
  #best = { rate: 0, spread: 0, sum: Number.POSITIVE_INFINITY };

  constructor({ warmUp = 30, warning = 2, drift = 3 }: DdmOptions = {}) {
    this.#options = { warmUp, warning, drift };
  }

  update(error: number): 'steady' | 'warning' | 'drift' {
    this.#rate.add(error);
    const { mean: rate, n } = this.#rate;
    const spread = Math.sqrt((rate * (1 - rate)) / n);
    if (n <= this.#options.warmUp) return 'steady';
    if (rate + spread <= this.#best.sum) this.#best = { rate, spread, sum: rate + spread };
    const beyond = (deviations: number) => rate + spread > this.#best.rate + deviations * this.#best.spread;
    if (beyond(this.#options.drift)) {
      this.#rate = new RunningMean();
      this.#best = { rate: 0, spread: 0, sum: Number.POSITIVE_INFINITY };
      return 'drift';
    }
    return beyond(this.#options.warning) ? 'warning' : 'steady';
  }
}
