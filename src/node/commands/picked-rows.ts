import { RowPicker } from '../data/row-picker.js';

/** Rows that are asked about at a time. */
const BLOCK = 1 << 16;

/**
 * The places in the source, from 0, of the rows that reading at most `maxRows` of `total` takes; `undefined` when that is all of them.
 * They are drawn as the reader draws them: by the seed and the counts alone.
 */
export function pickedRows(total: number, maxRows: number | undefined, seed: number): Uint32Array | undefined {
  if (maxRows === undefined || maxRows >= total) return undefined;
  const picker = new RowPicker(total, { maxRows, seed });
  const rows = new Uint32Array(maxRows);
  let count = 0;
  for (let from = 0; from < total; from += BLOCK)
    for (const i of picker.next(Math.min(BLOCK, total - from)) ?? []) rows[count++] = from + i;
  return rows;
}
