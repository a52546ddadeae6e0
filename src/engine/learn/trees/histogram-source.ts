import type { KernelHost } from '../../kernels/kernel-host.js';
import { Job, THREAD_SCRATCH } from '../../kernels/kernel-host.js';
import type { BinMapper } from './bin-mapper.js';
import { type BinnedRows, HISTOGRAM_BYTES, histogramColumns } from './binned-rows.js';
import { clearLimits, type GrowLimits, LeafLimits, type LeafState } from './leaf-limits.js';
import { searchLevel, sumsOfSet } from './level-search.js';

/** Exact sums over a leaf's rows, in whole histogram units. */
export interface LeafSums {
  readonly rows: number;
  readonly gradient: number;
  readonly hessian: number;
  /** Bounds of the leaf's output in histogram units, where there are some. */
  readonly low?: number;
  readonly high?: number;
}

/** The best split found in a leaf. */
export interface Split {
  readonly column: number;
  /** Loss reduction, in histogram units. */
  readonly gain: number;
  readonly left: { readonly gradient: number; readonly hessian: number };
  /** 256 bits: the bins that go left. */
  readonly set: Uint32Array;
  /** Numeric: last bin that goes left; 0 for categorical splits. */
  readonly bin: number;
  readonly missingLeft: boolean;
}

/** A leaf to divide; the children get the ids `left` (its own) and `right`. */
export interface Division {
  readonly leaf: number;
  readonly right: number;
  readonly split: Split;
  /** Children that are too deep or too small are not searched. */
  readonly searchLeft: boolean;
  readonly searchRight: boolean;
  /** Sum the children's histograms although neither is searched. */
  readonly sum?: boolean;
}

/**
 * Where the tree grower gets its sums from: this process's memory, and later other processes or a database. Sums are whole numbers, so any
 * number of shards in any order gives the same tree. Divisions are asked for together, so that a remote source answers a whole level at once.
 */
export interface HistogramSource {
  /** Starts a tree; leaf 0 holds all rows of it. */
  root(): LeafSums | Promise<LeafSums>;
  /** Divides leaves; the children's sums and best splits can be asked for afterwards. */
  divide(divisions: readonly Division[]): void | Promise<void>;
  sums(leaf: number): LeafSums;
  /** The best split of a leaf, or undefined when none is worth it. */
  best(leaf: number): Split | undefined;
}

/** Growing rules, in real units. */
export interface GrowRules {
  readonly l1: number;
  readonly l2: number;
  readonly minChildWeight: number;
  readonly minRowsInLeaf: number;
  readonly minSplitGain: number;
  readonly catSmooth: number;
  readonly catL2: number;
  readonly minRowsPerSet: number;
}

interface Leaf {
  begin: number;
  count: number;
  gradient: number;
  hessian: number;
  /** Histogram address, or 0 when it holds none. */
  histogram: number;
  split: Split | undefined;
  state?: LeafState;
}

const CANDIDATE = 64;
/** Microseconds of work below which waking other threads costs more than it saves, most of all on a busy machine. */
const ALONE_MICROSECONDS = 120;
const CELL_MICROSECONDS = 0.0008;
const SEARCH_MICROSECONDS = 1.5;
const ALONE_ROWS = 16_384;
/** Below this many rows a second histogram costs more than it saves. */
const PART_ROWS = 4096;
const HISTOGRAM_LIMIT = 768 * 2 ** 20;

/** Histograms from rows in this process's kernel memory. */
export class LocalHistograms implements HistogramSource {
  readonly #host: KernelHost;
  readonly #binned: BinnedRows;
  readonly #mappers: readonly BinMapper[];
  readonly #rowIds: number;
  readonly #spare: number;
  readonly #blocks: number;
  readonly #parts: number;
  readonly #columns: number;
  readonly #candidates: [number, number];
  readonly #scratch: number;
  readonly #set: number;
  readonly #counts: number;
  readonly #slotBytes: number;
  readonly #level: number;
  /** Leaves that can hold histograms at once. */
  readonly slots: number;
  readonly #free: number[] = [];
  readonly #leaves: Leaf[] = [];
  readonly #limits: LeafLimits | undefined;
  #l1 = 0;
  #l2 = 0;
  #seed = 0;
  #gh = 0;
  #rows = 0;
  #allRows = true;

  /**
   * @param maxLeaves leaves a tree at most
   * @param histogramBytes room for the leaves' histograms; when it is short they are summed again
   */
  constructor(
    host: KernelHost,
    binned: BinnedRows,
    mappers: readonly BinMapper[],
    maxLeaves: number,
    histogramBytes = HISTOGRAM_LIMIT,
    limits?: GrowLimits,
  ) {
    this.#host = host;
    this.#binned = binned;
    this.#mappers = mappers;
    this.#rowIds = host.allocate(binned.rows * 4);
    this.#spare = host.allocate(binned.rows * 4 + 4);
    this.#blocks = host.allocate(binned.blocks.length * 16);
    this.#columns = host.allocate(mappers.length * 8);
    this.#candidates = [host.allocate(mappers.length * CANDIDATE), host.allocate(mappers.length * CANDIDATE)];
    this.#scratch = host.allocate(host.threads * THREAD_SCRATCH);
    this.#set = host.allocate(32);
    this.#level = host.allocate(maxLeaves * 16);
    this.#counts = host.allocate(host.threads * 4 + 64);
    this.#slotBytes = histogramColumns(mappers.length) * HISTOGRAM_BYTES;
    this.slots = Math.min(maxLeaves, Math.max(2, Math.floor(histogramBytes / this.#slotBytes)));
    for (let i = 0; i < this.slots; i++) this.#free.push(host.allocate(this.#slotBytes));
    this.#free.reverse();
    this.#parts = host.allocate((host.threads - 1) * this.#slotBytes);
    const blocks = host.i32(this.#blocks, binned.blocks.length * 4);
    for (const [i, b] of binned.blocks.entries()) blocks.set([b.address, b.stride, b.first, b.columns], i * 4);
    this.#limits = limits && new LeafLimits(host, limits, mappers.length);
    this.useColumns(undefined);
  }

  /** Which columns the next tree may split on; undefined: all. */
  useColumns(used: Uint8Array | undefined): void {
    const table = this.#host.i32(this.#columns, this.#mappers.length * 2);
    const usable: number[] = [];
    this.#mappers.forEach((m, c) => {
      const skip = m.bins < 2 || (used !== undefined && used[c] === 0);
      if (!skip) usable.push(c);
      table.set([m.bins, (m.kind === 'category' ? 1 : 0) | (skip ? 2 : 0) | (this.#limits?.flags(c) ?? 0)], c * 2);
    });
    this.#limits?.begin(usable);
  }

  /**
   * Sets the gradients of the next tree.
   * @param gh address of packed gradients and hessians
   * @param rows the rows of the tree, ascending; undefined: all
   * @param seed what the tree's draws come from
   */
  begin(gh: number, rows: Uint32Array | undefined, rules: GrowRules, scaleG: number, scaleH: number, seed = 0): void {
    this.#gh = gh;
    this.#l1 = rules.l1 * scaleG;
    this.#l2 = rules.l2 * scaleH;
    this.#seed = seed;
    this.#allRows = rows === undefined;
    this.#rows = rows ? rows.length : this.#binned.rows;
    const ids = this.#host.u32(this.#rowIds, this.#rows);
    if (rows) ids.set(rows);
    else for (let i = 0; i < ids.length; i++) ids[i] = i;
    const host = this.#host;
    host.number(0, rules.l1 * scaleG);
    host.number(1, rules.l2 * scaleH);
    host.number(2, Math.max(rules.minChildWeight * scaleH, 1e-9));
    host.number(3, rules.minRowsInLeaf);
    host.number(4, (rules.minSplitGain * scaleG * scaleG) / scaleH);
    host.number(5, rules.catSmooth);
    host.number(6, rules.catL2 * scaleH);
    host.number(7, rules.minRowsPerSet);
  }

  root(): LeafSums {
    const host = this.#host;
    for (const leaf of this.#leaves) if (leaf.histogram) this.#free.push(leaf.histogram);
    this.#leaves.length = 0;
    host.kernels.total(this.#gh, this.#allRows ? 0 : this.#rowIds, this.#rows, this.#set);
    const [hessian, gradient] = [host.u32(this.#set, 1)[0] as number, host.i32(this.#set + 4, 1)[0] as number];
    const leaf: Leaf = { begin: 0, count: this.#rows, gradient, hessian, histogram: this.#take(), split: undefined };
    leaf.state = this.#limits?.root(this.#seed);
    this.#leaves.push(leaf);
    this.#build(leaf, undefined, true, false);
    return { rows: leaf.count, gradient, hessian };
  }

  divide(divisions: readonly Division[]): void {
    for (const d of divisions) this.#divide(d);
  }

  sums(leaf: number): LeafSums {
    const l = this.#leaves[leaf] as Leaf;
    return { rows: l.count, gradient: l.gradient, hessian: l.hessian, low: l.state?.low, high: l.state?.high };
  }

  best(leaf: number): Split | undefined {
    return (this.#leaves[leaf] as Leaf).split;
  }

  /** The split that is best for all of these leaves together; its sums are not those of any leaf. */
  bestOfLevel(leaves: readonly number[]): Split | undefined {
    const columns = { count: this.#mappers.length, table: this.#columns, candidates: this.#candidates[0], scratch: this.#scratch };
    const own = leaves.map((id) => this.#leaves[id] as Leaf);
    searchLevel(this.#host, own, this.#level, columns);
    return this.#read(0);
  }

  /** A split with the sums of a leaf that holds its histogram. */
  splitOf(leaf: number, split: Split): Split {
    return { ...split, left: sumsOfSet(this.#host, this.#leaves[leaf] as Leaf, split.column, split.set) };
  }

  /** Row numbers of a leaf. */
  rowsOf(leaf: number): Uint32Array {
    const l = this.#leaves[leaf] as Leaf;
    return this.#host.u32(this.#rowIds + l.begin * 4, l.count);
  }

  /** Address of the row numbers, and where each leaf's begin. */
  get rowIds(): number {
    return this.#rowIds;
  }
  range(leaf: number): { begin: number; count: number } {
    return this.#leaves[leaf] as Leaf;
  }

  #divide({ leaf, right, split, searchLeft, searchRight, sum }: Division): void {
    const parent = this.#leaves[leaf] as Leaf;
    const leftRows = this.#partition(parent, split);
    const a: Leaf = { begin: parent.begin, count: leftRows, ...split.left, histogram: 0, split: undefined };
    const b: Leaf = {
      begin: parent.begin + leftRows,
      count: parent.count - leftRows,
      gradient: parent.gradient - split.left.gradient,
      hessian: parent.hessian - split.left.hessian,
      histogram: 0,
      split: undefined,
    };
    this.#leaves[leaf] = a;
    this.#leaves[right] = b;
    if (parent.state && this.#limits)
      [a.state, b.state] = this.#limits.children(parent.state, split.column, right, [this.#step(a), this.#step(b)]);
    const aIsSmall = a.count <= b.count;
    const [small, large] = aIsSmall ? [a, b] : [b, a];
    const [searchSmall, searchLarge] = aIsSmall ? [searchLeft, searchRight] : [searchRight, searchLeft];
    if (!searchSmall && !searchLarge && !sum) {
      if (parent.histogram) this.#free.push(parent.histogram);
      return;
    }
    const inherited = parent.histogram;
    parent.histogram = 0;
    // taken first: when room is short it must not be the inherited one that is taken
    small.histogram = this.#take();
    large.histogram = inherited;
    if (inherited) this.#build(small, large, searchSmall, searchLarge);
    else {
      this.#build(small, undefined, searchSmall, false);
      large.histogram = this.#take();
      this.#build(large, undefined, searchLarge, false);
    }
  }

  /** A leaf's Newton step, in histogram units. */
  #step({ gradient, hessian }: Leaf): number {
    const shrunk = Math.max(0, Math.abs(gradient) - this.#l1);
    return (gradient > 0 ? -shrunk : shrunk) / (hessian + this.#l2);
  }

  /** A free histogram; when there is none, the one of the leaf least likely to be divided next. */
  #take(): number {
    const free = this.#free.pop();
    if (free) return free;
    let least: Leaf | undefined;
    for (const leaf of this.#leaves) if (leaf.histogram && (!least || (leaf.split?.gain ?? 0) < (least.split?.gain ?? 0))) least = leaf;
    const taken = (least as Leaf).histogram;
    (least as Leaf).histogram = 0;
    return taken;
  }

  /** Sums `small`'s rows, gets `large` (which holds the parent's sums) by subtraction, and finds the best split of both. */
  #build(small: Leaf, large: Leaf | undefined, searchSmall: boolean, searchLarge: boolean): void {
    const host = this.#host;
    const identity = this.#allRows && small.count === this.#rows;
    const columns = this.#mappers.length;
    const alone = columns * (small.count * CELL_MICROSECONDS + SEARCH_MICROSECONDS * (large ? 2 : 1)) < ALONE_MICROSECONDS;
    // many blocks share the work by columns; few share it by rows, each thread summing into a histogram of its own
    const parts = alone || this.#binned.blocks.length >= 2 * host.threads || small.count < PART_ROWS ? 1 : host.threads;
    host.int(0, this.#binned.blocks.length);
    host.int(1, parts);
    host.int(2, this.#blocks);
    host.int(3, identity ? 0 : this.#rowIds + small.begin * 4);
    host.int(4, small.count);
    host.int(5, this.#gh);
    host.int(6, small.histogram);
    host.int(7, large ? large.histogram : 0);
    host.int(8, this.#candidates[0]);
    host.int(9, this.#candidates[1]);
    host.int(10, this.#scratch);
    host.int(11, (searchSmall ? 1 : 0) | (searchLarge ? 2 : 0));
    host.int(12, this.#parts);
    host.int(13, this.#slotBytes);
    host.run(Job.sumRows, alone || (parts === 1 && this.#binned.blocks.length === 1));
    host.sums(0, small.gradient, small.hessian);
    host.number(8, small.count / Math.max(1, small.hessian));
    if (large) {
      host.sums(1, large.gradient, large.hessian);
      host.number(9, large.count / Math.max(1, large.hessian));
    }
    if (small.state) this.#limits?.place(0, small.state);
    else clearLimits(host);
    if (large?.state) this.#limits?.place(1, large.state);
    host.int(0, columns);
    host.int(2, this.#columns);
    host.run(Job.search, alone);
    small.split = searchSmall ? this.#read(0) : undefined;
    if (large) large.split = searchLarge ? this.#read(1) : undefined;
  }

  #read(which: 0 | 1): Split | undefined {
    const host = this.#host;
    const column = host.kernels.best(this.#candidates[which], this.#mappers.length);
    if (column < 0) return undefined;
    const at = this.#candidates[which] + column * CANDIDATE;
    const [bin, flags] = host.i32(at + 16, 2) as unknown as [number, number];
    const categorical = (flags & 2) !== 0;
    const missingLeft = (flags & 1) !== 0;
    const set = new Uint32Array(8);
    if (categorical) set.set(host.u32(at + 24, 8));
    else for (let b = missingLeft ? 0 : 1; b <= bin; b++) set[b >> 5] = (set[b >> 5] as number) | (1 << (b & 31));
    return {
      column,
      gain: host.f64(at, 1)[0] as number,
      left: { hessian: host.u32(at + 8, 1)[0] as number, gradient: host.i32(at + 12, 1)[0] as number },
      set,
      bin: categorical ? 0 : bin,
      missingLeft,
    };
  }

  /** Moves the leaf's rows so that the left child's come first; returns how many they are. */
  #partition(leaf: Leaf, split: Split): number {
    const host = this.#host;
    const alone = leaf.count < ALONE_ROWS;
    const parts = alone ? 1 : host.threads;
    host.u32(this.#set, 8).set(split.set);
    const rows = this.#rowIds + leaf.begin * 4;
    host.int(0, leaf.count);
    host.int(1, parts);
    host.int(2, rows);
    host.int(3, this.#binned.column[split.column] as number);
    host.int(5, this.#set);
    host.int(6, this.#spare);
    host.int(7, this.#counts);
    host.run(Job.partition, alone);
    // join the parts: left rows forward, then right rows from the spare room
    const counts = host.i32(this.#counts, parts);
    const ids = host.u32(rows, leaf.count);
    const spare = host.u32(this.#spare, leaf.count);
    let left = counts[0] as number;
    for (let p = 1; p < parts; p++) {
      const begin = Math.floor((leaf.count * p) / parts);
      const count = counts[p] as number;
      ids.copyWithin(left, begin, begin + count);
      left += count;
    }
    let right = left;
    for (let p = 0; p < parts; p++) {
      const begin = Math.floor((leaf.count * p) / parts);
      const end = Math.floor((leaf.count * (p + 1)) / parts);
      const count = end - begin - (counts[p] as number);
      ids.set(spare.subarray(begin, begin + count), right);
      right += count;
    }
    return left;
  }
}
