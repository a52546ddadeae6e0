import { log } from '../../../core/math.js';
import { inputCount, type Reference } from '../reference.js';

/**
 * How far some rows are from those of training: the mean over the input columns of the population stability index, less what chance gives so few rows.
 * @param codes of each row, by column
 * @returns from 0; 0.1 is a shift worth a look, 1 and more another population
 */
export function shiftOf(reference: Reference, codes: readonly Uint8Array[]): number {
  const n = codes.length;
  let total = 0;
  let columns = 0;
  for (let c = 0; c < inputCount(reference); c++) {
    if (reference.moving[c]) continue;
    const before = reference.sketch.counts[c] as Float64Array;
    const now = new Float64Array(before.length);
    for (const row of codes) now[row[c] as number] = (now[row[c] as number] as number) + 1;
    const all = reference.sketch.rows;
    let places = 0;
    for (let k = 0; k < now.length; k++) if ((before[k] as number) + (now[k] as number) > 0) places++;
    let psi = 0;
    for (let k = 0; k < now.length; k++) {
      if ((before[k] as number) + (now[k] as number) === 0) continue;
      const p = ((before[k] as number) + 0.5) / (all + 0.5 * places);
      const q = ((now[k] as number) + 0.5) / (n + 0.5 * places);
      psi += (q - p) * log(q / p);
    }
    total += Math.max(0, psi - (places - 1) * (1 / n + 1 / Math.max(1, all)));
    columns++;
  }
  return columns > 0 ? total / columns : 0;
}
