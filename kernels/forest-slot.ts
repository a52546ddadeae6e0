// What a tree of a forest is grown in: one slot of kernel memory a tree, filled by one thread at a time, so that any number of threads gives the
// same trees. src/engine/learn/forest/slots.ts says the same. All fields are u32 unless noted.
import { below, draw } from './split-limited';

export const STATE: usize = 0; // 1: to begin, 2: growing, 3: done
const SEED: usize = 4;
const COUNTER: usize = 8;
export const ROWS: usize = 12; // u32 row numbers in the bag, leaf by leaf
export const SPARE: usize = 16; // as many, for dividing; chains of rows while searching
export const BAG: usize = 20; // u32 a row of the table: times drawn × weight
export const PAY: usize = 24; // 16 bytes a row of the leaf being searched
export const LEAVES: usize = 28;
export const HEAP: usize = 32; // i32 leaves to divide, the greatest gain first
export const NODES: usize = 36;
export const ORDER: usize = 40; // i32 usable columns, in the order of the last draw
export const CELLS: usize = 44; // 256 × 16 bytes, all zero between columns
export const LIST: usize = 48; // 256 × i32 bins present, ascending or as sorted
export const HEADS: usize = 52; // 256 × i32 first row of each bin's chain, all −1 between columns
export const RATIOS: usize = 56; // 256 × f64
export const CLASSES: usize = 60; // 3 × classes × f64: total, left, right
export const VALUES: usize = 64; // f64: classes a leaf
export const LEAF_COUNT: usize = 68;
export const HEAP_COUNT: usize = 72;
export const NODE_COUNT: usize = 76;
export const BITS: usize = 96; // 32 bytes: bins present
export const SLOT: usize = 128;

// Leaf: 96 bytes, with the best split found in it.
export const LEAF_BEGIN: usize = 0;
export const LEAF_ROWS: usize = 4;
export const LEAF_GAIN: usize = 8; // f64, < 0: none
export const LEAF_COLUMN: usize = 16;
export const LEAF_BIN: usize = 20;
export const LEAF_FLAGS: usize = 24; // 1: missing goes left, 2: categorical
export const LEAF_DEPTH: usize = 28;
export const LEAF_HANGS: usize = 32; // i32 node × 2 + side; −1: the root
export const LEAF_G: usize = 40; // f64 Σ weight × target
export const LEAF_W: usize = 48; // f64 Σ weight
export const LEAF_SET: usize = 56; // 32 bytes, the bins that go left
export const LEAF: usize = 96;

// Node: 64 bytes.
export const NODE_COLUMN: usize = 0;
export const NODE_BIN: usize = 4;
export const NODE_FLAGS: usize = 8;
export const NODE_LEFT: usize = 12;
export const NODE_RIGHT: usize = 16;
export const NODE_ROWS: usize = 20;
export const NODE_GAIN: usize = 24; // f64
export const NODE_SET: usize = 32;
export const NODE: usize = 64;

/** Categories' means are drawn to the leaf's by this many rows when they are ordered. */
export const SMOOTH: f64 = 10;

export function at(slot: usize, field: usize): usize {
  return <usize>load<u32>(slot + field);
}

/** The tree's next whole number in [0, n). */
export function next(slot: usize, n: i32): i32 {
  const counter = load<u32>(slot, COUNTER) + 1;
  store<u32>(slot, counter, COUNTER);
  return below(draw(load<u32>(slot, SEED), counter), n);
}

/** Lists the bins whose bits are set, bin 0 left out; returns how many. */
export function listBins(slot: usize): i32 {
  const list = at(slot, LIST);
  let n = 0;
  for (let word = 0; word < 4; word++) {
    let bits = load<u64>(slot + BITS + ((<usize>word) << 3));
    while (bits != 0) {
      const bin = (word << 6) + <i32>ctz<u64>(bits);
      bits &= bits - 1;
      if (bin == 0) continue;
      store<i32>(list + ((<usize>n) << 2), bin);
      n++;
    }
  }
  return n;
}

/** More categories than this in a leaf, and those of few rows stay right with the missing cells: sorted by their targets they would fit noise. */
const FEW_CATEGORIES = 4;
const RARE_ROWS: f64 = 5;

/** Moves bins of few rows (in RATIOS) behind the others in the list; returns how many stay in front. */
export function frequentBins(slot: usize, n: i32): i32 {
  if (n <= FEW_CATEGORIES) return n;
  const list = at(slot, LIST);
  const rows = at(slot, RATIOS);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const place = list + ((<usize>i) << 2);
    const bin = load<i32>(place);
    if (load<f64>(rows + ((<usize>bin) << 3)) < RARE_ROWS) continue;
    const front = list + ((<usize>kept) << 2);
    store<i32>(place, load<i32>(front));
    store<i32>(front, bin);
    kept++;
  }
  return kept;
}

/** Sorts the first n bins of the list by their ratios. */
export function sortBins(slot: usize, n: i32): void {
  const list = at(slot, LIST);
  const ratios = at(slot, RATIOS);
  for (let i = 1; i < n; i++) {
    const bin = load<i32>(list + ((<usize>i) << 2));
    const ratio = load<f64>(ratios + ((<usize>bin) << 3));
    let j = i;
    while (j > 0 && load<f64>(ratios + ((<usize>load<i32>(list + ((<usize>(j - 1)) << 2))) << 3)) > ratio) {
      store<i32>(list + ((<usize>j) << 2), load<i32>(list + ((<usize>(j - 1)) << 2)));
      j--;
    }
    store<i32>(list + ((<usize>j) << 2), bin);
  }
}

/**
 * Writes the split after place `i` of the n bins listed into the leaf.
 * @param missing rows of bin 0 in the leaf, or of categories too rare to be listed; when there are none, missing cells and new categories follow the larger side
 * @param leftRows rows that go left
 */
export function storeSplit(slot: usize, leaf: usize, gain: f64, column: i32, categorical: bool, backward: bool, i: i32, n: i32, cut: i32, missingLeft: bool, missing: i32, leftRows: i32): void {
  const list = at(slot, LIST);
  const set = leaf + LEAF_SET;
  const largerLeft = 2 * leftRows > load<i32>(leaf, LEAF_ROWS);
  store<f64>(leaf, gain, LEAF_GAIN);
  store<i32>(leaf, column, LEAF_COLUMN);
  memory.fill(set, 0, 32);
  if (categorical) {
    // the set is of the smaller side where no rows of bin 0 say otherwise: categories not met here go right
    const other = missing == 0 && largerLeft;
    for (let j = 0; j < n; j++) {
      const isLeft = backward ? j > i : j <= i;
      if (isLeft == other) continue;
      const bin = load<i32>(list + ((<usize>j) << 2));
      const word = set + ((<usize>(bin >> 5)) << 2);
      store<u32>(word, load<u32>(word) | ((<u32>1) << (bin & 31)));
    }
    store<i32>(leaf, 0, LEAF_BIN);
    store<i32>(leaf, 2, LEAF_FLAGS);
    return;
  }
  const left = missing == 0 ? largerLeft : missingLeft;
  for (let bin = left ? 0 : 1; bin <= cut; bin++) {
    const word = set + ((<usize>(bin >> 5)) << 2);
    store<u32>(word, load<u32>(word) | ((<u32>1) << (bin & 31)));
  }
  store<i32>(leaf, cut, LEAF_BIN);
  store<i32>(leaf, left ? 1 : 0, LEAF_FLAGS);
}
