import type { Table } from '../../../core/table.js';
import { Job, type KernelHost, THREAD_SCRATCH } from '../../kernels/kernel-host.js';
import type { BinMapper } from './bin-mapper.js';
import type { BinnedTree } from './grow-tree.js';
import type { Split } from './histogram-source.js';

/** Columns of a leaf at most, as in kernels/linear.ts. */
const MOST = 8;
const LEAF_BYTES = 192;

/** A leaf that is a straight line in some columns: base + Σ coefficient · value, kept within what its training rows got. */
export interface LinearLeaf {
  readonly columns: readonly number[];
  readonly coefficients: readonly number[];
  readonly base: number;
  readonly low: number;
  readonly high: number;
}

interface Scale {
  readonly mean: number;
  /** 1 / standard deviation; 0: the column is not used. */
  readonly inverse: number;
}

/** Training rows from which on lines are fitted: with fewer they lose as often as they win. */
export const LINEAR_ROWS = 1000;
/** Below this many rows one thread does it alone. */
const ALONE_ROWS = 16_384;

/**
 * Ridge regressions in the leaves of one tree after the other (Shi et al. 2019; LightGBM's linear_tree), each on the numeric columns on the way to
 * its leaf. A row with a missing value gets the leaf's plain value, and no row gets more or less than the leaf's training rows did.
 */
export class LinearLeaves {
  readonly #host: KernelHost;
  readonly #scales: readonly Scale[];
  readonly #leaves: number;
  readonly #scratch: number;
  #columns: number[][] = [];
  /** Standardised training columns. */
  readonly train: Uint32Array;

  constructor(host: KernelHost, table: Table, maxLeaves: number) {
    this.#host = host;
    this.#scales = table.columns.map((c) => (c.kind === 'numeric' ? scaleOf(c.values) : { mean: 0, inverse: 0 }));
    this.train = this.place(table);
    this.#leaves = host.allocate(maxLeaves * LEAF_BYTES);
    this.#scratch = host.allocate(host.threads * THREAD_SCRATCH);
  }

  /** Puts standardised columns (f32) into kernel memory; their addresses, 0 for those that are not used. */
  place(table: Table): Uint32Array {
    return Uint32Array.from(table.columns, (column, c) => {
      const { mean, inverse } = this.#scales[c] as Scale;
      if (column.kind !== 'numeric' || inverse === 0) return 0;
      const at = this.#host.allocate(table.rows * 4);
      const out = this.#host.f32(at, table.rows);
      for (let i = 0; i < table.rows; i++) out[i] = ((column.values[i] as number) - mean) * inverse;
      return at;
    });
  }

  /**
   * Fits a line in every leaf.
   * @param values the leaves' plain values
   * @param entries leaves of 16 bytes: first row (in `rowIds`) at 8, rows at 12
   */
  fit(
    tree: BinnedTree,
    mappers: readonly BinMapper[],
    values: Float64Array,
    rows: { readonly entries: number; readonly ids: number; readonly gradients: number; readonly hessians: number; readonly all: number },
    rules: { readonly linearL2: number; readonly learningRate: number },
    unit: number,
  ): void {
    const host = this.#host;
    this.#columns = pathColumns(tree, mappers, this.train);
    const count = tree.leaves.length;
    const ints = host.u32(this.#leaves, (count * LEAF_BYTES) / 4);
    const numbers = host.f64(this.#leaves, (count * LEAF_BYTES) / 8);
    const entries = host.u32(rows.entries, count * 4);
    this.#columns.forEach((columns, leaf) => {
      const o = (leaf * LEAF_BYTES) / 4;
      ints[o] = columns.length;
      ints[o + 1] = rows.ids + (entries[leaf * 4 + 2] as number) * 4;
      ints[o + 2] = entries[leaf * 4 + 3] as number;
      numbers[o / 2 + 2] = values[leaf] as number;
    });
    this.#point(this.train);
    host.int(0, count);
    host.int(1, this.#leaves);
    host.int(2, rows.gradients);
    host.int(3, rows.hessians);
    host.int(4, this.#scratch);
    host.number(10, rules.linearL2);
    host.number(11, rules.learningRate);
    host.number(12, unit);
    host.run(Job.fitLeaves, rows.all < ALONE_ROWS);
  }

  /** Adds the fitted tree, whose nodes are in kernel memory, to the scores of a set of rows. */
  add(columns: Uint32Array, nodes: number, scores: number, rows: number, unit: number): void {
    const host = this.#host;
    this.#point(columns);
    host.int(0, rows);
    host.int(1, nodes);
    host.int(2, this.#leaves);
    host.int(3, scores);
    host.number(12, unit);
    host.run(Job.addLinear, rows < ALONE_ROWS);
  }

  /** The lines, in the columns' own units; undefined where a leaf has none. */
  read(): (LinearLeaf | undefined)[] {
    return this.#columns.map((columns, leaf) => {
      const at = this.#leaves + leaf * LEAF_BYTES;
      if (this.#host.i32(at, 1)[0] === 0) return undefined;
      const numbers = this.#host.f64(at, LEAF_BYTES / 8);
      let base = numbers[5] as number;
      const coefficients = columns.map((c, j) => {
        const { mean, inverse } = this.#scales[c] as Scale;
        const slope = (numbers[10 + j] as number) * inverse;
        base -= slope * mean;
        return slope;
      });
      return { columns, coefficients, base, low: numbers[3] as number, high: numbers[4] as number };
    });
  }

  /** Lets the leaves read a set's columns. */
  #point(columns: Uint32Array): void {
    const ints = this.#host.u32(this.#leaves, (this.#columns.length * LEAF_BYTES) / 4);
    this.#columns.forEach((own, leaf) => {
      for (const [j, c] of own.entries()) ints[(leaf * LEAF_BYTES) / 4 + 12 + j] = columns[c] as number;
    });
  }
}

/** Mean and spread of the present values. */
function scaleOf(values: Float64Array): Scale {
  let [count, sum, square, origin] = [0, 0, 0, 0];
  for (const x of values) {
    if (!(Math.abs(x) < 1e150)) continue;
    if (count === 0) origin = x;
    count++;
    sum += x - origin;
    square += (x - origin) * (x - origin);
  }
  const mean = sum / Math.max(1, count);
  const variance = square / Math.max(1, count) - mean * mean;
  const inverse = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  // far from 0 for its spread: a line through it would lose its digits
  return inverse < 1e100 && Math.abs(origin + mean) * inverse < 1e9 ? { mean: origin + mean, inverse } : { mean: 0, inverse: 0 };
}

/** Numeric columns on the way to each leaf, nearest first. */
function pathColumns(tree: BinnedTree, mappers: readonly BinMapper[], usable: Uint32Array): number[][] {
  const out: number[][] = tree.leaves.map(() => []);
  const walk = (at: number, path: readonly number[]): void => {
    if (at < 0) {
      out[-1 - at] = path.slice(0, MOST);
      return;
    }
    const { column } = tree.splits[at] as Split;
    const next = mappers[column]?.kind === 'numeric' && usable[column] !== 0 ? [column, ...path.filter((p) => p !== column)] : path;
    walk(tree.left[at] as number, next);
    walk(tree.right[at] as number, next);
  };
  if (tree.splits.length > 0) walk(0, []);
  return out;
}
