import { lowerBound } from '../../../core/lower-bound.js';

/** Places of a latency: 20 µs to 20 s, each an eighth of an octave wide, and one beyond. */
const OCTAVES = 20;
const PARTS = 8;
const LOWEST = 20e-6;
export const LATENCY_PLACES = OCTAVES * PARTS + 1;

/** Seconds below which each place lies; the eighth root of two as a number, so that it is the same everywhere. */
const UPPERS = Float64Array.from({ length: LATENCY_PLACES - 1 }, () => 0);
const STEP = 1.0905077326652577;
for (let octave = 0, base = LOWEST; octave < OCTAVES; octave++, base *= 2)
  for (let part = 0, upper = base; part < PARTS; part++) {
    upper *= STEP;
    UPPERS[octave * PARTS + part] = upper;
  }

/** The place of a latency in seconds. */
export function latencyPlace(seconds: number): number {
  return lowerBound(UPPERS, seconds);
}

/** Seconds below which a share of the counted latencies lies, to 9 %; NaN for none. */
export function latencyQuantile(counts: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let k = 0; k < LATENCY_PLACES; k++) total += counts[k] as number;
  if (total === 0) return Number.NaN;
  let below = 0;
  for (let k = 0; k < LATENCY_PLACES; k++) {
    const here = counts[k] as number;
    if (below + here < share * total) {
      below += here;
      continue;
    }
    const upper = UPPERS[Math.min(k, UPPERS.length - 1)] as number;
    const lower = upper / STEP;
    return lower + (upper - lower) * (here > 0 ? (share * total - below) / here : 1);
  }
  return UPPERS[UPPERS.length - 1] as number;
}
