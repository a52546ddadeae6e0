import { Adwin, type AdwinOptions } from '../adwin.js';
import type { Detector } from './detector.js';

/** ADWIN as a detector: after a change it begins with an empty window, as river's `ADWIN` does. */
export class AdwinDetector implements Detector {
  #adwin: Adwin;

  constructor(readonly options: AdwinOptions = {}) {
    this.#adwin = new Adwin(options);
  }

  /** Mean of what it takes for unchanged; 0 for none. */
  get mean(): number {
    return this.#adwin.mean;
  }

  update(value: number): 'steady' | 'drift' {
    if (!this.#adwin.update(value)) return 'steady';
    this.#adwin = new Adwin(this.options);
    return 'drift';
  }
}
