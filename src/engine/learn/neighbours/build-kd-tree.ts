import { argsort } from '../../../core/argsort.js';
import { isLeaf, kdNodes, middleOf } from '../../../model/kd-shape.js';
import { NearestRows } from '../../../model/nearest-rows.js';

/**
 * Sorts rows into a k-d tree: each range of rows is halved at the median of the coordinate in which it is widest.
 * @param columns coordinates, scaled
 * @returns the search, and for each of its rows the number it had
 */
export function buildKdTree(columns: readonly Float32Array[], count: number): { nearest: NearestRows; order: Uint32Array } {
  const width = columns.length;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const of = new Int32Array(kdNodes(count));
  const at = new Float32Array(of.length);
  const split = (node: number, low: number, high: number): void => {
    if (isLeaf(low, high)) return;
    const rows = order.slice(low, high);
    let widest = 0;
    let extent = -1;
    for (let j = 0; j < width; j++) {
      const column = columns[j] as Float32Array;
      let least = Number.POSITIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < rows.length; i++) {
        const v = column[rows[i] as number] as number;
        if (v < least) least = v;
        if (v > most) most = v;
      }
      if (most - least > extent) {
        extent = most - least;
        widest = j;
      }
    }
    const column = columns[widest];
    if (column) {
      const sorted = argsort(Float64Array.from(rows, (r) => column[r] as number));
      for (let i = 0; i < rows.length; i++) order[low + i] = rows[sorted[i] as number] as number;
    }
    const middle = middleOf(low, high);
    of[node] = widest;
    at[node] = column ? (column[order[middle - 1] as number] as number) : 0;
    split(2 * node + 1, low, middle);
    split(2 * node + 2, middle, high);
  };
  split(0, 0, count);
  const rows = new Float32Array(count * width);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < width; j++) rows[i * width + j] = (columns[j] as Float32Array)[order[i] as number] as number;
  return { nearest: new NearestRows(rows, width, count, of, at), order };
}
