import type { Rng } from '../../core/rng.js';

/** Rows by class, in the order of the classes, so that resamples have as many of each; all together when not stratified. */
export function rowStrata(actual: Float64Array, stratify: boolean): Uint32Array[] {
  if (!stratify) return [Uint32Array.from(actual, (_, i) => i)];
  const byClass = new Map<number, number[]>();
  for (const [i, value] of actual.entries()) {
    const rows = byClass.get(value);
    if (rows) rows.push(i);
    else byClass.set(value, [i]);
  }
  return [...byClass.keys()].sort((a, b) => a - b).map((k) => Uint32Array.from(byClass.get(k) as number[]));
}

/**
 * Draws runs of neighbouring rows, as many rows as there are, going round at the end: neighbours in time are alike, and rows drawn one by one would make
 * chance look smaller than it is (circular block bootstrap; Politis and Romano 1992).
 */
export function drawBlocks(block: number, times: Float64Array, rng: Rng): void {
  times.fill(0);
  const n = times.length;
  for (let drawn = 0; drawn < n; drawn += block) {
    const from = rng.below(n);
    for (let i = 0; i < Math.min(block, n - drawn); i++) {
      const row = (from + i) % n;
      times[row] = (times[row] as number) + 1;
    }
  }
}

/** Draws rows with replacement within each stratum. @param times how often each row was drawn; what it held is forgotten */
export function drawRows(strata: readonly Uint32Array[], times: Float64Array, rng: Rng): void {
  times.fill(0);
  for (const rows of strata)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[rng.below(rows.length)] as number;
      times[row] = (times[row] as number) + 1;
    }
}
