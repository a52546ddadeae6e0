import { Job, type KernelHost } from '../../kernels/kernel-host.js';
import { HISTOGRAM_BYTES } from './binned-rows.js';

/** A leaf that holds its histogram. */
export interface SummedLeaf {
  readonly histogram: number;
  readonly count: number;
  readonly gradient: number;
  readonly hessian: number;
}

/** Microseconds of a column in a leaf, and of work below which one thread does it alone. */
const COLUMN_MICROSECONDS = 1.5;
const ALONE_MICROSECONDS = 120;

/**
 * Finds each column's best split of all leaves of a level together.
 * @param entries room for 16 bytes a leaf
 * @param columns the columns' table, and where their candidates go
 */
export function searchLevel(
  host: KernelHost,
  leaves: readonly SummedLeaf[],
  entries: number,
  columns: { readonly count: number; readonly table: number; readonly candidates: number; readonly scratch: number },
): void {
  const list = host.i32(entries, leaves.length * 4);
  let [rows, hessian] = [0, 0];
  leaves.forEach((leaf, i) => {
    list.set([leaf.histogram, 0, leaf.hessian, leaf.gradient], i * 4);
    rows += leaf.count;
    hessian += leaf.hessian;
  });
  host.int(0, columns.count);
  host.int(1, entries);
  host.int(2, columns.table);
  host.int(3, leaves.length);
  host.int(8, columns.candidates);
  host.int(10, columns.scratch);
  host.number(8, rows / Math.max(1, hessian));
  host.run(Job.searchLevel, columns.count * leaves.length * COLUMN_MICROSECONDS < ALONE_MICROSECONDS);
}

/** Exact sums of a leaf's rows whose bin of a column is in a set. */
export function sumsOfSet(host: KernelHost, leaf: SummedLeaf, column: number, set: Uint32Array): { gradient: number; hessian: number } {
  const at = leaf.histogram + column * HISTOGRAM_BYTES;
  const gradients = host.i32(at, 512);
  const hessians = host.u32(at, 512);
  let [gradient, hessian] = [0, 0];
  for (let b = 0; b < 256; b++)
    if (((set[b >> 5] as number) >>> (b & 31)) & 1) {
      hessian += hessians[b * 2] as number;
      gradient += gradients[b * 2 + 1] as number;
    }
  return { gradient, hessian };
}
