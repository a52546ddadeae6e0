import type { Rng } from '../../core/rng.js';
import type { RowDistance } from './row-distance.js';

/** Rows that stand for all when it is asked how usual a row is. */
const WITNESSES = 300;

/**
 * Which rows to ask for together: unsure ones, of a usual kind, unlike each other. Each next row is the one with the greatest product of its uncertainty, its
 * density (mean nearness to other rows; Settles & Craven 2008) and its distance to the nearest row that was chosen before (as k-center, Sener & Savarese 2018),
 * so that a batch does not ask the same question twice.
 * @param uncertainty ≥ 0, one a row of `distance`
 * @returns rows in the order of their worth; fewer when there are no more
 * @example chooseRows({ uncertainty, distance: new RowDistance([table], weights), count: 50, rng: new Rng(0) })
 */
export function chooseRows(options: { uncertainty: Float64Array; distance: RowDistance; count: number; rng: Rng }): number[] {
  const { uncertainty, distance, count, rng } = options;
  const rows = uncertainty.length;
  const witnesses = rng.sample(rows, Math.min(rows, WITNESSES));
  let mostUnsure = 0;
  for (const u of uncertainty) mostUnsure = Math.max(mostUnsure, u);
  const density = Float64Array.from(uncertainty, (_, i) => {
    let sum = 0;
    for (const w of witnesses) sum += 1 - distance.between(i, w);
    return sum / witnesses.length;
  });
  const worth = density.map((d, i) => d * (mostUnsure > 0 ? (uncertainty[i] as number) / mostUnsure : 1));
  const nearest = new Float64Array(rows).fill(1);
  const chosen: number[] = [];
  const taken = new Uint8Array(rows);
  while (chosen.length < Math.min(count, rows)) {
    let best = -1;
    let most = -1;
    for (let i = 0; i < rows; i++) {
      if (taken[i] === 1) continue;
      const value = (worth[i] as number) * (nearest[i] as number);
      if (value > most) {
        most = value;
        best = i;
      }
    }
    taken[best] = 1;
    chosen.push(best);
    for (let i = 0; i < rows; i++) nearest[i] = Math.min(nearest[i] as number, distance.between(i, best));
  }
  return chosen;
}
