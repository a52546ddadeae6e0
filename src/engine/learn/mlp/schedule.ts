import { log } from '../../../core/math.js';

/** Moments of a fit, as shares of it, at which the rate is 0: there weights are settled. */
export const TROUGHS: readonly number[] = [1 / 15, 3 / 15, 7 / 15, 1];

/** sin(πx) for x in [0, 1]; error below 1e−9. */
function sinPi(x: number): number {
  const v = Math.PI * Math.min(x, 1 - x);
  const s = v * v;
  return v * (1 - (s / 6) * (1 - (s / 20) * (1 - (s / 42) * (1 - (s / 72) * (1 - (s / 110) * (1 - s / 156))))));
}

/**
 * The schedule coslog4 of RealMLP: ½ − ½ cos(2π log₂(1 + 15 t)), four waves, each twice as long as the one before.
 * @param t share of the fit that is done, 0–1
 * @returns share of the full learning rate, 0–1
 * @example coslog4(1 / 15) // ≈ 0, after the first wave
 */
export function coslog4(t: number): number {
  const waves = log(1 + 15 * t) / Math.LN2;
  const s = sinPi(waves - Math.floor(waves));
  return s * s;
}
