import { argsort } from '../../../core/argsort.js';

const BINS = 16;
const MOST_ROWS = 20_000;

/**
 * How much of the answer's variance each column explains by itself, 0–1: correlation ratio η² over up to 16 bins of equal weight, less what bins of noise would
 * explain (ε², Kelley 1935). For classes the mean over their indicators, weighted by variance.
 * @param columns finite numbers
 * @param share row weights that sum to 1
 * @param classes 0 for a regression
 */
export function columnRelevance(
  columns: readonly Float64Array[],
  target: Float64Array,
  share: Float64Array,
  classes: number,
): Float64Array {
  const stride = Math.max(1, Math.ceil(target.length / MOST_ROWS));
  const rows = Uint32Array.from({ length: Math.ceil(target.length / stride) }, (_, i) => i * stride);
  const outputs = Math.max(1, classes);
  const answer = (row: number, o: number): number => (classes === 0 ? (target[row] as number) : target[row] === o ? 1 : 0);
  let weight = 0;
  let squares = 0;
  const mean = new Float64Array(outputs);
  for (const row of rows) {
    const w = share[row] as number;
    weight += w;
    squares += w * w;
    for (let o = 0; o < outputs; o++) mean[o] = (mean[o] as number) + w * answer(row, o);
  }
  let total = 0;
  for (let o = 0; o < outputs; o++) {
    mean[o] = (mean[o] as number) / weight;
    for (const row of rows) {
      const d = answer(row, o) - (mean[o] as number);
      total += (share[row] as number) * d * d;
    }
  }
  // rows that equal weights would stand for
  const effective = (weight * weight) / squares;
  return Float64Array.from(columns, (column) => {
    if (!(total > 0)) return 0;
    const values = Float64Array.from(rows, (row) => column[row] as number);
    const order = argsort(values);
    let between = 0;
    let parts = 0;
    let bound = 0;
    let inside = 0;
    const sums = new Float64Array(outputs);
    let passed = 0;
    for (let i = 0; i < order.length; i++) {
      const at = order[i] as number;
      const row = rows[at] as number;
      const w = share[row] as number;
      inside += w;
      passed += w;
      for (let o = 0; o < outputs; o++) sums[o] = (sums[o] as number) + w * (answer(row, o) - (mean[o] as number));
      const last = i + 1 === order.length;
      // equal values stay together
      if (!last && values[at] === values[order[i + 1] as number]) continue;
      if (!last && passed < bound + weight / BINS) continue;
      if (inside > 0) for (let o = 0; o < outputs; o++) between += ((sums[o] as number) * (sums[o] as number)) / inside;
      parts++;
      bound = passed;
      inside = 0;
      sums.fill(0);
    }
    const explained = between / total;
    const free = effective - parts;
    return free > 0 ? Math.max(0, Math.min(1, 1 - ((1 - explained) * (effective - 1)) / free)) : Math.min(1, explained);
  });
}
