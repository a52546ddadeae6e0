import { Job, type KernelHost } from '../../kernels/kernel-host.js';
import type { BinMapper } from '../trees/bin-mapper.js';
import type { BinnedRows } from '../trees/binned-rows.js';

// The same offsets as in kernels/forest-slot.ts.
const SLOT = 128;
const STATE = 0;
const SEED = 4;
const COUNTER = 8;
const POINTERS = {
  rows: 12,
  spare: 16,
  bag: 20,
  pay: 24,
  leaves: 28,
  heap: 32,
  nodes: 36,
  order: 40,
  cells: 44,
  list: 48,
  heads: 52,
} as const;
const MORE = { ratios: 56, classes: 60, values: 64 } as const;
const LEAF_COUNT = 68;
const NODE_COUNT = 76;
const LEAF = 96;
const LEAF_ROWS = 4;
export const NODE = 64;

/** Cells that a tree looks at before it is put down for the clock to be read: some milliseconds of work. */
const BUDGET = 4_000_000;
/** Rows drawn for each row of weight. */
export const MOST_DRAWS = 8;
const BEGIN = 1;
const DONE = 3;

/** How trees of a forest grow. */
export interface ForestRules {
  /** 1: numbers, else classes. */
  readonly kinds: number;
  readonly columnsTried: number;
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly bootstrap: boolean;
  readonly drawn: boolean;
}

/** Views of a grown tree in kernel memory, to be read before the slot's next tree begins. */
export interface GrownTree {
  readonly nodes: DataView;
  readonly nodeCount: number;
  /** Mean target or shares of classes, leaf by leaf. */
  readonly values: Float64Array;
  readonly leafRows: Uint32Array;
}

/** Kernel memory for as many trees at a time as there are threads. */
export class ForestSlots {
  readonly #host: KernelHost;
  readonly #slots: number;
  readonly #table: number;
  readonly #kinds: number;
  readonly #columns: number[];
  readonly #job: { rules: ForestRules; rows: number; targets: number; weights: number; draws: number };
  readonly count: number;

  /**
   * @param targets whole numbers (`kinds` 1) or classes, a row each
   * @param weights whole weights; absent: 1 each
   */
  constructor(
    host: KernelHost,
    binned: BinnedRows,
    mappers: readonly BinMapper[],
    targets: BigInt64Array | Uint32Array,
    weights: Uint32Array | undefined,
    rules: ForestRules,
  ) {
    this.#host = host;
    this.#kinds = rules.kinds;
    this.count = host.threads;
    const { rows } = binned;
    this.#columns = mappers.flatMap((m, c) => (m.bins > 1 ? [c] : []));
    const table = host.allocate(mappers.length * 16);
    mappers.forEach((m, c) => {
      host.i32(table + c * 16, 3).set([m.bins, m.kind === 'category' ? 1 : 0, binned.column[c] as number]);
    });
    this.#table = table;
    const own = host.allocate(rows * targets.BYTES_PER_ELEMENT);
    host.u8(own, targets.byteLength).set(new Uint8Array(targets.buffer, targets.byteOffset, targets.byteLength));
    let weightsAt = 0;
    if (weights) {
      weightsAt = host.allocate(rows * 4);
      let sum = 0;
      host.u32(weightsAt, rows).set(rules.bootstrap ? weights.map((w) => (sum += w)) : weights);
    }
    this.#slots = host.allocate(this.count * SLOT);
    for (let i = 0; i < this.count; i++) this.#place(this.#slots + i * SLOT, rows, mappers.length, rules);
    this.#job = { rules, rows, targets: own, weights: weightsAt, draws: weights ? drawsOf(weights) : rows };
  }

  #place(slot: number, rows: number, columns: number, { kinds, maxLeaves }: ForestRules): void {
    const host = this.#host;
    const bytes: Record<keyof typeof POINTERS | keyof typeof MORE, number> = {
      rows: rows * 4,
      spare: rows * 4 + 4,
      bag: rows * 4,
      pay: rows * 16,
      leaves: maxLeaves * LEAF,
      heap: maxLeaves * 4,
      nodes: maxLeaves * NODE,
      order: columns * 4,
      cells: 256 * 16,
      list: 256 * 4,
      heads: 256 * 4,
      ratios: 256 * 8,
      classes: kinds * 24,
      values: maxLeaves * kinds * 8,
    };
    const at = { ...POINTERS, ...MORE };
    for (const name of Object.keys(at) as (keyof typeof at)[]) {
      const block = host.allocate(bytes[name]);
      host.u32(slot + at[name], 1)[0] = block;
      if (name === 'cells') host.u8(block, bytes.cells).fill(0);
      if (name === 'heads') host.i32(block, 256).fill(-1);
    }
  }

  /** Begins a tree in a slot; its draws come from the seed alone. */
  begin(slot: number, seed: number): void {
    const at = this.#slots + slot * SLOT;
    const host = this.#host;
    host.u32(at + STATE, 1)[0] = BEGIN;
    host.u32(at + SEED, 1)[0] = seed;
    host.u32(at + COUNTER, 1)[0] = 0;
    host.i32(host.u32(at + POINTERS.order, 1)[0] as number, this.#columns.length).set(this.#columns);
  }

  /** Goes on with the trees begun in the first `slots` slots, for some milliseconds; true when all are done. */
  grow(slots: number, minRowsInLeaf: number): boolean {
    const host = this.#host;
    const { rules, rows, targets, weights, draws } = this.#job;
    const values = [slots, this.#slots, 0, this.#table, this.#columns.length, rules.kinds, targets, weights, rules.columnsTried];
    values.push(minRowsInLeaf, rules.maxDepth, rules.maxLeaves, (rules.bootstrap ? 1 : 0) | (rules.drawn ? 2 : 0), rows, BUDGET, draws);
    for (const [i, value] of values.entries()) host.int(i, value);
    host.run(Job.growForest, slots === 1);
    for (let i = 0; i < slots; i++) if (host.u32(this.#slots + i * SLOT + STATE, 1)[0] !== DONE) return false;
    return true;
  }

  /** The tree of a slot that is done. */
  read(slot: number): GrownTree {
    const host = this.#host;
    const at = this.#slots + slot * SLOT;
    const pointer = (field: number): number => host.u32(at + field, 1)[0] as number;
    const leaves = pointer(LEAF_COUNT);
    const nodeCount = pointer(NODE_COUNT);
    const bytes = host.u8(pointer(POINTERS.nodes), nodeCount * NODE);
    const leafWords = host.u32(pointer(POINTERS.leaves), (leaves * LEAF) / 4);
    return {
      nodes: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      nodeCount,
      values: host.f64(pointer(MORE.values), leaves * this.#kinds),
      leafRows: Uint32Array.from({ length: leaves }, (_, i) => leafWords[(i * LEAF + LEAF_ROWS) / 4] as number),
    };
  }
}

/** As many draws as the rows would be if each were repeated by its weight, the least once; within eight a row. */
function drawsOf(weights: Uint32Array): number {
  let total = 0;
  let rows = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const w of weights) {
    if (w === 0) continue;
    total += w;
    rows++;
    least = Math.min(least, w);
  }
  return rows === 0 ? 0 : Math.min(MOST_DRAWS * rows, Math.max(rows, Math.round(total / least)));
}
