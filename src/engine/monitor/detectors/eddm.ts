import type { Detector } from './detector.js';
import { RunningMean } from './running-mean.js';

export interface EddmOptions {
  /** Errors before it may speak; default 30. */
  warmUp?: number;
  /** Share of the best distance between errors below which there is a warning; default 0.95. */
  warning?: number;
  /** The same for drift; default 0.9. */
  drift?: number;
}

/** The early drift detection method (Baena-García and others, 2006): errors follow each other closer than they did. The same as river's `EDDM`. */
export class Eddm implements Detector {
  readonly #options: Required<EddmOptions>;
  #distances = new RunningMean();
  #n = 0;
  #last = 0;
  #best = -1;
  #warned = false;

  constructor({ warmUp = 30, warning = 0.95, drift = 0.9 }: EddmOptions = {}) {
    this.#options = { warmUp, warning, drift };
  }

  update(error: number): 'steady' | 'warning' | 'drift' {
    const { warmUp, warning, drift } = this.#options;
    this.#n++;
    if (error !== 1) return this.#warned ? 'warning' : 'steady';
    this.#distances.add(this.#n - this.#last);
    this.#last = this.#n;
    if (this.#n > warmUp) {
      const reach = this.#distances.mean + 2 * Math.sqrt(this.#distances.variance);
      if (reach > this.#best) this.#best = reach;
      else if (this.#distances.n > warmUp) {
        const level = reach / this.#best;
        if (level < drift) {
          this.#distances = new RunningMean();
          this.#n = 0;
          this.#last = 0;
          this.#best = -1;
          this.#warned = false;
          return 'drift';
        }
        this.#warned = level < warning;
      }
    }
    return this.#warned ? 'warning' : 'steady';
  }
}
