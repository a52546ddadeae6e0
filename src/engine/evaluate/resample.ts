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

/** Draws rows with replacement within each stratum. @param times how often each row was drawn; what it held is forgotten */
export function drawRows(strata: readonly Uint32Array[], times: Float64Array, rng: Rng): void {
  times.fill(0);
  for (const rows of strata)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[rng.below(rows.length)] as number;
      times[row] = (times[row] as number) + 1;
    }
}
