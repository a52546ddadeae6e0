// The kernels' one door: jobs, run by every thread of the team at once, and a few calls for the leading thread.
import { binCategory, binNumeric } from './bin';
import { DONE, EPOCH, JOB, NEXT, STARTED, TOTALS, claim, int, num, pointer } from './control';
import { BLOCK, SOFTMAX, gradientBlock, lossBlock, quantiseBlock, softmaxBlock } from './gradient';
import { histogramGroup, subtract } from './histogram';
import { addToRows, addTree, partition } from './partition';
import { CANDIDATE, GAIN, splitCategorical, splitNumeric } from './split';

const QUIT = 0;
const GROW = 1;
const GRADIENT = 2;
const QUANTISE = 3;
const LOSS = 4;
const PARTITION = 5;
const ADD_LEAVES = 6;
const ADD_TREE = 7;

const SPINS = 20000;

// Group: 16 bytes. bins u32, width i32, first column i32, columns i32. Histograms of group i begin at the sum of earlier widths × 2048.
const GROUP: usize = 16;
// Column: 8 bytes. bins i32, flags i32 (1: categorical, 2: not used in this tree).
const COLUMN: usize = 8;

function grow(control: usize, thread: i32): void {
  const groups = int(control, 0);
  const groupTable = pointer(control, 1);
  const columnTable = pointer(control, 2);
  const rows = pointer(control, 3);
  const count = int(control, 4);
  const gh = pointer(control, 5);
  const small = pointer(control, 6); // histogram to build
  const large = pointer(control, 7); // the parent's, becomes the other child's; 0 at the root
  const smallOut = pointer(control, 8);
  const largeOut = pointer(control, 9);
  const scratch = pointer(control, 10) + <usize>thread * 4096;
  const smallTotal = load<i64>(control + TOTALS);
  const largeTotal = load<i64>(control + TOTALS, 8);
  const smallPer = num(control, 8);
  const largePer = num(control, 9);
  const search = int(control, 11); // 1: the small child may split, 2: the large one
  for (;;) {
    const task = claim(control);
    if (task >= groups) return;
    const group = groupTable + <usize>task * GROUP;
    const first = load<i32>(group, 8);
    const columns = load<i32>(group, 12);
    const width = load<i32>(group, 4);
    let used = false;
    for (let c = 0; c < columns; c++) if ((load<i32>(columnTable + <usize>(first + c) * COLUMN, 4) & 2) == 0) used = true;
    if (!used) {
      for (let c = 0; c < columns; c++) {
        store<f64>(smallOut + <usize>(first + c) * CANDIDATE, 0, GAIN);
        if (large != 0) store<f64>(largeOut + <usize>(first + c) * CANDIDATE, 0, GAIN);
      }
      continue;
    }
    const base = (<usize>load<i32>(group, 8)) << 11; // 2048 bytes a column, columns in group order
    histogramGroup(<usize>load<u32>(group), width, rows, count, gh, small + base);
    if (large != 0) subtract(large + base, small + base, (<usize>width) << 11);
    for (let c = 0; c < columns; c++) {
      const column = columnTable + <usize>(first + c) * COLUMN;
      const offset = base + ((<usize>c) << 11);
      if (search & 1) splitColumn(control, column, small + offset, smallTotal, smallPer, smallOut + <usize>(first + c) * CANDIDATE, scratch);
      if (large != 0 && search & 2) splitColumn(control, column, large + offset, largeTotal, largePer, largeOut + <usize>(first + c) * CANDIDATE, scratch);
    }
  }
}

// @ts-ignore: decorator
@inline
function splitColumn(control: usize, column: usize, histogram: usize, total: i64, perHessian: f64, out: usize, scratch: usize): void {
  const flags = load<i32>(column, 4);
  if (flags & 2) store<f64>(out, 0, GAIN);
  else if (flags & 1) splitCategorical(control, histogram, load<i32>(column), total, perHessian, out, scratch);
  else splitNumeric(control, histogram, load<i32>(column), total, perHessian, out);
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
    const left = partition(pointer(control, 2) + offset, end - begin, pointer(control, 3), int(control, 4), pointer(control, 5), pointer(control, 6) + offset);
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

function work(control: usize, thread: i32): void {
  const job = load<i32>(control + JOB);
  if (job == GROW) grow(control, thread);
  else if (job == GRADIENT) gradient(control);
  else if (job == QUANTISE) quantise(control);
  else if (job == LOSS) losses(control);
  else if (job == PARTITION) partitionParts(control);
  else if (job == ADD_LEAVES) addLeaves(control);
  else if (job == ADD_TREE) addTreeBlocks(control);
}

/** Runs a job on `threads` threads and returns when all are through. */
export function run(control: usize, job: i32, threads: i32): void {
  store<i32>(control + JOB, job);
  store<i32>(control + NEXT, 0);
  if (ASC_FEATURE_THREADS) {
    if (threads > 1) {
      atomic.store<i32>(control + DONE, 0);
      atomic.add<i32>(control + EPOCH, 1);
      atomic.notify(control + EPOCH, -1);
      work(control, 0);
      const others = threads - 1;
      let spins = 0;
      for (;;) {
        const done = atomic.load<i32>(control + DONE);
        if (done == others) break;
        if (++spins > SPINS) atomic.wait<i32>(control + DONE, done, 1000000);
      }
      return;
    }
  }
  work(control, 0);
}

/** What a helping thread runs until it is told to quit. */
export function serve(control: usize, thread: i32): void {
  if (ASC_FEATURE_THREADS) {
    let seen = atomic.load<i32>(control + STARTED);
    for (;;) {
      let spins = 0;
      while (atomic.load<i32>(control + EPOCH) == seen) if (++spins > SPINS) atomic.wait<i32>(control + EPOCH, seen, -1);
      seen = atomic.load<i32>(control + EPOCH);
      if (load<i32>(control + JOB) == QUIT) return;
      work(control, thread);
      atomic.add<i32>(control + DONE, 1);
      atomic.notify(control + DONE, 1);
    }
  }
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

export { binCategory, binNumeric };
