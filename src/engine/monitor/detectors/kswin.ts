import { exp } from '../../../core/math.js';
import { Rng } from '../../../core/rng.js';
import { logGamma } from '../../../core/tails.js';
import { kolmogorovSmirnov } from '../distances.js';
import type { Detector } from './detector.js';

export interface KswinOptions {
  /** Probability below which there is drift; default 0.005. Each value is a test, so small values are right. */
  alpha?: number;
  /** Values kept; default 100. */
  window?: number;
  /** Latest values, compared with as many of the others; default 30. */
  latest?: number;
  seed?: number;
}

/**
 * Kolmogorov–Smirnov windowing (Raab and others, 2020): the latest values are compared with as many drawn from the older ones of the window.
 * As river's `KSWIN`, but for the draws.
 */
export class Kswin implements Detector {
  readonly #options: Required<KswinOptions>;
  readonly #rng: Rng;
  #values: number[] = [];

  constructor({ alpha = 0.005, window = 100, latest = 30, seed = 0 }: KswinOptions = {}) {
    this.#options = { alpha, window, latest, seed };
    this.#rng = new Rng(seed);
  }

  update(value: number): 'steady' | 'drift' {
    const { alpha, window, latest } = this.#options;
    this.#values.push(value);
    if (this.#values.length > window) this.#values.shift();
    if (this.#values.length < window) return 'steady';
    const drawn = Float64Array.from(this.#rng.sample(window - latest, latest), (i) => this.#values[i] as number).sort();
    const young = Float64Array.from(this.#values.slice(window - latest)).sort();
    const { statistic } = kolmogorovSmirnov({ values: drawn }, { values: young });
    if (statistic <= 0.1 || equalSizesTail(statistic, latest) > alpha) return 'steady';
    this.#values = [];
    return 'drift';
  }
}

/** P(D ≥ d) for two samples of n values each, exactly (Gnedenko and Koroljuk, 1951); scipy's `ks_2samp(method="exact")`. */
export function equalSizesTail(d: number, n: number): number {
  const h = Math.round(d * n);
  if (h <= 0) return 1;
  const whole = logGamma(2 * n + 1);
  const all = whole - 2 * logGamma(n + 1);
  let sum = 0;
  for (let j = 1; j * h <= n; j++) {
    const term = exp(whole - logGamma(n - j * h + 1) - logGamma(n + j * h + 1) - all);
    sum += j % 2 === 1 ? term : -term;
  }
  return Math.min(1, 2 * sum);
}
