import type { Rng } from '../../../core/rng.js';

/** A share of the rows, ascending, by selection sampling (Knuth, algorithm S): no second array. Undefined: all. */
export function sampleRows(rng: Rng, rows: number, share: number): Uint32Array | undefined {
  if (share >= 1) return undefined;
  const want = Math.max(1, Math.round(rows * share));
  const picked = new Uint32Array(want);
  let count = 0;
  for (let i = 0; i < rows && count < want; i++) if (rng.uint32() * 2.3283064365386963e-10 * (rows - i) < want - count) picked[count++] = i;
  return picked.subarray(0, count);
}

/** A share of the columns, 1 for those that are in. Undefined: all. */
export function sampleColumns(rng: Rng, columns: number, share: number): Uint8Array | undefined {
  if (share >= 1) return undefined;
  const used = new Uint8Array(columns);
  for (const c of rng.sample(columns, Math.max(1, Math.round(columns * share)))) used[c] = 1;
  return used;
}
