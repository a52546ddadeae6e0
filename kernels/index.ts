// The kernels' one door: jobs, run by every thread of the team at once, and a few calls for the leading thread.
import { binCategory, binNumeric } from './bin';
import { claim, int, JOB, num, pointer, TOTALS } from './control';
import { growSlot } from './forest';
import { SLOT } from './forest-slot';
import { BLOCK, gradientBlock, lossBlock, quantiseBlock, SOFTMAX, softmaxBlock } from './gradient';
import { addHistogram, CHUNK, histogramBlock, subtract } from './histogram';
import { levelCategorical, levelNumeric } from './level';
import { addLinearTree, fitLeaf, LEAF } from './linear';
import { addToRows, addTree, partition } from './partition';
import { CANDIDATE, GAIN, splitCategorical, splitNumeric } from './split';
import { draw, splitNumericLimited } from './split-limited';
import { addVectorTree, classSums, projectBlock } from './vector';

const SUM_ROWS = 1;
const GRADIENT = 2;
const QUANTISE = 3;
const LOSS = 4;
const PARTITION = 5;
const ADD_LEAVES = 6;
const ADD_TREE = 7;
const SEARCH = 8;
const BIN_COLUMNS = 9;
const FIT_LEAVES = 10;
const ADD_LINEAR = 11;
const PROJECT = 12;
const SUM_CLASSES = 13;
const ADD_VECTORS = 14;
const SEARCH_LEVEL = 15;
const GROW_FOREST = 16;

/** Bytes a thread has to itself. */
const SCRATCH: usize = CHUNK * 72;

// Block: 16 bytes. bins u32, bytes a row i32, first column i32, columns i32. A column's histogram lies at 2048 × its slot; blocks hold whole
// eights of slots, and all but the last are full, so slot = column.
const BLOCK_ENTRY: usize = 16;
// Column: 8 bytes. bins i32, flags i32 (1: categorical, 2: not used in this tree, 4: outputs must rise with it, 8: must fall).
const COLUMN: usize = 8;

/** Sums a leaf's rows: task = block × part; part 0 goes to the leaf's histogram, the others to their own, joined by `search`. */
function sumRows(control: usize, thread: i32): void {
  const blocks = int(control, 0);
  const parts = int(control, 1);
  const rows = pointer(control, 3);
  const count = int(control, 4);
  const scratch = pointer(control, 10) + <usize>thread * SCRATCH;
  for (;;) {
    const task = claim(control);
    if (task >= blocks * parts) return;
    const part = task % parts;
    const block = pointer(control, 2) + <usize>(task / parts) * BLOCK_ENTRY;
    const begin = <usize>((<i64>count * part) / parts);
    const end = <usize>((<i64>count * (part + 1)) / parts);
    const base = part == 0 ? pointer(control, 6) : pointer(control, 12) + <usize>(part - 1) * <usize>int(control, 13);
    histogramBlock(
      <usize>load<u32>(block),
      <usize>load<i32>(block, 4),
      load<i32>(block, 12),
      rows == 0 ? 0 : rows + (begin << 2),
      begin,
      end - begin,
      pointer(control, 5),
      base + ((<usize>load<i32>(block, 8)) << 11),
      scratch,
    );
  }
}

/** Joins the parts, gets the large child by subtraction, and finds each column's best split; task = eight columns. */
function search(control: usize, thread: i32): void {
  const columns = int(control, 0);
  const parts = int(control, 1);
  const columnTable = pointer(control, 2);
  const small = pointer(control, 6);
  const large = pointer(control, 7); // the parent's, becomes the large child's; 0: none
  const smallOut = pointer(control, 8);
  const largeOut = pointer(control, 9);
  const scratch = pointer(control, 10) + <usize>thread * SCRATCH;
  const wanted = int(control, 11); // 1: the small child may split, 2: the large one
  const smallTotal = load<i64>(control + TOTALS);
  const largeTotal = load<i64>(control + TOTALS, 8);
  for (;;) {
    const task = claim(control);
    const first = task << 3;
    if (first >= columns) return;
    const offset = (<usize>first) << 11;
    for (let part = 1; part < parts; part++) addHistogram(small + offset, pointer(control, 12) + <usize>(part - 1) * <usize>int(control, 13) + offset, 8 << 11);
    if (large != 0) subtract(large + offset, small + offset, 8 << 11);
    const end = min<i32>(columns, first + 8);
    for (let c = first; c < end; c++) {
      const column = columnTable + <usize>c * COLUMN;
      const at = (<usize>c) << 11;
      if (wanted & 1) splitColumn(control, c, 0, column, small + at, smallTotal, smallOut + <usize>c * CANDIDATE, scratch);
      if (wanted & 2) splitColumn(control, c, 1, column, large + at, largeTotal, largeOut + <usize>c * CANDIDATE, scratch);
    }
  }
}

/** The best split of each column for all leaves of a level together; task = a column. */
function searchLevel(control: usize, thread: i32): void {
  const columns = int(control, 0);
  const leaves = pointer(control, 1);
  const count = int(control, 3);
  const scratch = pointer(control, 10) + <usize>thread * SCRATCH;
  for (;;) {
    const c = claim(control);
    if (c >= columns) return;
    const column = pointer(control, 2) + <usize>c * COLUMN;
    const out = pointer(control, 8) + <usize>c * CANDIDATE;
    const flags = load<i32>(column, 4);
    const at = (<usize>c) << 11;
    if (flags & 2) store<f64>(out, 0, GAIN);
    else if (flags & 1) levelCategorical(control, leaves, count, at, load<i32>(column), num(control, 8), out, scratch);
    else levelNumeric(control, leaves, count, at, load<i32>(column), out, scratch);
  }
}

const DRAWN = 1;
const BOUNDED = 2;

/** @param which 0: the small child, 1: the large one; each has rows per hessian, seed, mask of columns and bounds of its own */
function splitColumn(control: usize, c: i32, which: i32, column: usize, histogram: usize, total: i64, out: usize, scratch: usize): void {
  const flags = load<i32>(column, 4);
  const mask = pointer(control, 16 + which); // u8 a column; 0: all
  if ((flags & 2) != 0 || (mask != 0 && load<u8>(mask + <usize>c) == 0)) {
    store<f64>(out, 0, GAIN);
    return;
  }
  const limits = int(control, 18);
  const bins = load<i32>(column);
  const perHessian = num(control, 8 + which);
  if (limits == 0 && (flags & 1) == 0) {
    splitNumeric(control, histogram, bins, total, perHessian, out);
    return;
  }
  const bounded = (limits & BOUNDED) != 0;
  const low = bounded ? num(control, 12 + which * 2) : -Infinity;
  const high = bounded ? num(control, 13 + which * 2) : Infinity;
  const drawn = (limits & DRAWN) != 0;
  const random = drawn ? draw(<u32>int(control, 14 + which), <u32>c) : 0;
  if (flags & 1) splitCategorical(control, histogram, bins, total, perHessian, out, scratch, low, high, drawn, random);
  else splitNumericLimited(control, histogram, bins, total, perHessian, out, low, high, flags & 4 ? 1 : flags & 8 ? -1 : 0, drawn, random);
}

function gradient(control: usize): void {
  const rows = int(control, 0);
  const classes = int(control, 1);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    const end = min<i32>(rows, begin + BLOCK);
    const sums = pointer(control, 8) + ((<usize>(block * classes)) << 4);
    if (int(control, 2) == SOFTMAX)
      softmaxBlock(begin, end, rows, classes, pointer(control, 3), pointer(control, 4), pointer(control, 5), pointer(control, 6), pointer(control, 7), sums);
    else
      gradientBlock(int(control, 2), begin, end, pointer(control, 3), pointer(control, 4), pointer(control, 5), num(control, 10), pointer(control, 6), pointer(control, 7), sums);
  }
}

function quantise(control: usize): void {
  const rows = int(control, 0);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    quantiseBlock(begin, min<i32>(rows, begin + BLOCK), pointer(control, 1), pointer(control, 2), num(control, 10), num(control, 11), pointer(control, 3));
  }
}

function losses(control: usize): void {
  const rows = int(control, 0);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    const sum = lossBlock(int(control, 2), begin, min<i32>(rows, begin + BLOCK), rows, int(control, 1), pointer(control, 3), pointer(control, 4), pointer(control, 5), num(control, 10));
    store<f64>(pointer(control, 6) + ((<usize>block) << 3), sum);
  }
}

/** The leaf's rows in `parts` equal parts; each part is divided on its own and its count of left rows stored. */
function partitionParts(control: usize): void {
  const count = int(control, 0);
  const parts = int(control, 1);
  for (;;) {
    const part = claim(control);
    if (part >= parts) return;
    const begin = <i32>((<i64>count * part) / parts);
    const end = <i32>((<i64>count * (part + 1)) / parts);
    const offset = (<usize>begin) << 2;
    const left = partition(pointer(control, 2) + offset, end - begin, pointer(control, 3), pointer(control, 5), pointer(control, 6) + offset);
    store<i32>(pointer(control, 7) + ((<usize>part) << 2), left);
  }
}

/** scores += leaf values over the leaves' own rows; a leaf is 16 bytes: value f64, first row u32 (in `rows`), count i32. */
function addLeaves(control: usize): void {
  const leaves = int(control, 0);
  for (;;) {
    const leaf = claim(control);
    if (leaf >= leaves) return;
    const entry = pointer(control, 1) + ((<usize>leaf) << 4);
    addToRows(pointer(control, 2), pointer(control, 3) + ((<usize>load<u32>(entry, 8)) << 2), load<i32>(entry, 12), load<f64>(entry));
  }
}

function addTreeBlocks(control: usize): void {
  const count = int(control, 0);
  const blocks = (count + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    addTree(pointer(control, 1), pointer(control, 2), pointer(control, 3), pointer(control, 4), begin, min<i32>(count, begin + BLOCK));
  }
}

/** A chunk of rows to bins, a task a column. Entry: 32 bytes: values u32, table u32 (bounds, or bin of each code), levels i32 (−1: numeric), row-major out u32, stride i32, column-major out u32. */
function binColumns(control: usize): void {
  const columns = int(control, 0);
  const count = <usize>int(control, 1);
  for (;;) {
    const column = claim(control);
    if (column >= columns) return;
    const entry = pointer(control, 2) + ((<usize>column) << 5);
    const levels = load<i32>(entry, 8);
    const values = <usize>load<u32>(entry);
    const table = <usize>load<u32>(entry, 4);
    const out = <usize>load<u32>(entry, 12);
    const stride = <usize>load<i32>(entry, 16);
    const own = <usize>load<u32>(entry, 20);
    if (levels < 0) binNumeric(values, count, table, out, stride, own);
    else binCategory(values, count, table, <u32>levels, out, stride, own);
  }
}

/** Goes on with the trees of a forest, a task a slot. */
function growForest(control: usize): void {
  for (;;) {
    const slot = claim(control);
    if (slot >= int(control, 0)) return;
    growSlot(control, pointer(control, 1) + <usize>slot * SLOT);
  }
}

/** Ridge regressions in leaves. */
function fitLeaves(control: usize, thread: i32): void {
  const leaves = int(control, 0);
  for (;;) {
    const leaf = claim(control);
    if (leaf >= leaves) return;
    fitLeaf(pointer(control, 1) + <usize>leaf * LEAF, pointer(control, 2), pointer(control, 3), num(control, 10), num(control, 11), num(control, 12), pointer(control, 4) + <usize>thread * SCRATCH);
  }
}

/** scores += trees with linear leaves. */
function addLinearBlocks(control: usize): void {
  const count = int(control, 0);
  const blocks = (count + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    addLinearTree(pointer(control, 1), pointer(control, 2), pointer(control, 3), num(control, 12), begin, min<i32>(count, begin + BLOCK));
  }
}

/** Projects the gradients of all classes on one direction. */
function project(control: usize): void {
  const rows = int(control, 0);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    projectBlock(begin, min<i32>(rows, begin + BLOCK), rows, int(control, 1), pointer(control, 2), pointer(control, 3), pointer(control, 4), pointer(control, 5), pointer(control, 6), pointer(control, 8) + ((<usize>block) << 4));
  }
}

/** A leaf a task: 16 bytes, its first row u32 at 8 and its count at 12, as in addLeaves. */
function sumClasses(control: usize): void {
  const leaves = int(control, 0);
  const classes = int(control, 5);
  for (;;) {
    const leaf = claim(control);
    if (leaf >= leaves) return;
    const entry = pointer(control, 1) + ((<usize>leaf) << 4);
    classSums(pointer(control, 3) + ((<usize>load<u32>(entry, 8)) << 2), load<i32>(entry, 12), int(control, 4), classes, pointer(control, 6), pointer(control, 7), pointer(control, 8) + ((<usize>(leaf * classes)) << 4));
  }
}

/** Class-major scores += trees with vector leaves. */
function addVectorBlocks(control: usize): void {
  const count = int(control, 0);
  const blocks = (count + BLOCK - 1) / BLOCK;
  for (;;) {
    const block = claim(control);
    if (block >= blocks) return;
    const begin = block * BLOCK;
    addVectorTree(pointer(control, 1), pointer(control, 2), pointer(control, 3), count, int(control, 4), begin, min<i32>(count, begin + BLOCK));
  }
}

/** Takes part in the present job until no task is left. */
export function work(control: usize, thread: i32): void {
  const job = load<i32>(control + JOB);
  if (job == SUM_ROWS) sumRows(control, thread);
  else if (job == SEARCH) search(control, thread);
  else if (job == GRADIENT) gradient(control);
  else if (job == QUANTISE) quantise(control);
  else if (job == LOSS) losses(control);
  else if (job == PARTITION) partitionParts(control);
  else if (job == ADD_LEAVES) addLeaves(control);
  else if (job == ADD_TREE) addTreeBlocks(control);
  else if (job == BIN_COLUMNS) binColumns(control);
  else if (job == SEARCH_LEVEL) searchLevel(control, thread);
  else if (job == FIT_LEAVES) fitLeaves(control, thread);
  else if (job == ADD_LINEAR) addLinearBlocks(control);
  else if (job == PROJECT) project(control);
  else if (job == SUM_CLASSES) sumClasses(control);
  else if (job == ADD_VECTORS) addVectorBlocks(control);
  else if (job == GROW_FOREST) growForest(control);
}

/** Index of the candidate with the greatest gain (the first of equals), or −1. */
export function best(candidates: usize, columns: i32): i32 {
  let at = -1;
  let most: f64 = 0;
  for (let c = 0; c < columns; c++) {
    const gain = load<f64>(candidates + <usize>c * CANDIDATE, GAIN);
    if (gain > most) {
      most = gain;
      at = c;
    }
  }
  return at;
}

/** Σ of packed gradient and hessian over rows (all rows 0…count−1 when `rows` is 0). */
export function total(gh: usize, rows: usize, count: i32, out: usize): void {
  let sum: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) sum += load<i64>(gh + (rows == 0 ? i : <usize>load<u32>(rows + (i << 2))) * 8);
  store<i64>(out, sum);
}

