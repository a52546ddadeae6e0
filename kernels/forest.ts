// Whole trees of a forest: a thread grows a tree by itself, some work at a time so that a deadline is heard. Columns are drawn by leaf, and only
// theirs are looked at. Trees grow by the greatest gain first, which matters when their leaves are capped.
import { gatherClasses, tryClasses } from './forest-classes';
import { gatherNumbers, tryNumbers } from './forest-numbers';
import {
  at, BAG, CLASSES, HEAP, HEAP_COUNT, LEAF, LEAF_BEGIN, LEAF_BIN, LEAF_COLUMN, LEAF_COUNT, LEAF_DEPTH, LEAF_FLAGS, LEAF_G, LEAF_GAIN, LEAF_HANGS, LEAF_ROWS,
  LEAF_SET, LEAF_W, LEAVES, next, NODE, NODE_BIN, NODE_COLUMN, NODE_COUNT, NODE_FLAGS, NODE_GAIN, NODE_LEFT, NODE_RIGHT, NODE_ROWS, NODE_SET, NODES, ORDER,
  ROWS, SPARE, STATE, VALUES,
} from './forest-slot';
import { int, pointer } from './control';
import { partition } from './partition';

// Parameters of the job.
const COLUMN_TABLE = 3; // 16 bytes each: bins i32, flags i32 (1: categorical), bins of the rows u32
const USABLE = 4; // columns in ORDER
const KINDS = 5; // 1: numbers, else classes
const TARGETS = 6;
const WEIGHTS = 7; // u32 a row, for a bootstrap summed up to and with the row; 0: 1 each
const TRIED = 8;
const MIN_ROWS = 9;
const MAX_DEPTH = 10;
const MAX_LEAVES = 11;
const FLAGS = 12; // 1: bootstrap, 2: drawn thresholds
const ALL_ROWS = 13;
const BUDGET = 14; // cells looked at before the tree is put down
const DRAWS = 15; // rows that a bootstrap draws

/** Goes on with a slot's tree until it is done or the budget is spent. */
export function growSlot(control: usize, slot: usize): void {
  let budget = <i64>int(control, BUDGET);
  if (load<u32>(slot, STATE) == 1) {
    fillBag(control, slot);
    store<u32>(slot, 2, STATE);
    budget -= <i64>int(control, ALL_ROWS) + 4 * <i64>int(control, DRAWS);
    budget -= search(control, slot, 0);
  }
  while (load<u32>(slot, STATE) == 2) {
    if (load<i32>(slot, HEAP_COUNT) == 0 || load<i32>(slot, LEAF_COUNT) >= int(control, MAX_LEAVES)) {
      valueLeaves(control, slot);
      store<u32>(slot, 3, STATE);
      return;
    }
    if (budget <= 0) return;
    budget -= divide(control, slot, pop(slot));
  }
}

/** Draws rows with replacement, by their weight, or takes all with their weight; and makes the root. */
function fillBag(control: usize, slot: usize): void {
  const count = int(control, ALL_ROWS);
  const bag = at(slot, BAG);
  const weights = pointer(control, WEIGHTS);
  const rows = at(slot, ROWS);
  if (int(control, FLAGS) & 1) {
    memory.fill(bag, 0, (<usize>count) << 2);
    const total = weights == 0 ? count : load<i32>(weights + ((<usize>(count - 1)) << 2));
    const draws = total > 0 ? int(control, DRAWS) : 0;
    for (let i = 0; i < draws; i++) {
      const drawn = next(slot, total);
      const place = bag + ((<usize>(weights == 0 ? drawn : rowAt(weights, count, drawn))) << 2);
      store<u32>(place, load<u32>(place) + 1);
    }
  } else if (weights != 0) memory.copy(bag, weights, (<usize>count) << 2);
  else for (let i = 0; i < count; i++) store<u32>(bag + ((<usize>i) << 2), 1);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if (load<u32>(bag + ((<usize>i) << 2)) == 0) continue;
    store<u32>(rows + ((<usize>kept) << 2), <u32>i);
    kept++;
  }
  const root = at(slot, LEAVES);
  store<u32>(root, 0, LEAF_BEGIN);
  store<i32>(root, kept, LEAF_ROWS);
  store<i32>(root, 0, LEAF_DEPTH);
  store<i32>(root, -1, LEAF_HANGS);
  store<i32>(slot, 1, LEAF_COUNT);
  store<i32>(slot, 0, HEAP_COUNT);
  store<i32>(slot, 0, NODE_COUNT);
}

/** The first row whose summed weight is above `drawn`. */
function rowAt(sums: usize, count: i32, drawn: i32): i32 {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<i32>(sums + ((<usize>middle) << 2)) > drawn) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Finds a leaf's best split among some drawn columns and queues it; returns the cells looked at. Columns that are the same in all rows do not count as drawn. */
function search(control: usize, slot: usize, number: i32): i64 {
  const leaf = at(slot, LEAVES) + <usize>number * LEAF;
  const count = load<i32>(leaf, LEAF_ROWS);
  const rows = at(slot, ROWS) + ((<usize>load<u32>(leaf, LEAF_BEGIN)) << 2);
  const kinds = int(control, KINDS);
  const targets = pointer(control, TARGETS);
  store<f64>(leaf, -Infinity, LEAF_GAIN);
  const mixed = kinds == 1 ? gatherNumbers(slot, leaf, rows, at(slot, BAG), targets) : gatherClasses(slot, leaf, rows, at(slot, BAG), targets, kinds);
  const minRows = int(control, MIN_ROWS);
  if (!mixed || count < 2 * minRows || load<i32>(leaf, LEAF_DEPTH) >= int(control, MAX_DEPTH)) return <i64>count;
  const drawn = (int(control, FLAGS) & 2) != 0;
  const usable = int(control, USABLE);
  const order = at(slot, ORDER);
  let left = int(control, TRIED);
  let tried: i64 = 1;
  for (let i = 0; i < usable && left > 0; i++) {
    const place = order + ((<usize>i) << 2);
    const other = order + ((<usize>(i + next(slot, usable - i))) << 2);
    const column = load<i32>(other);
    store<i32>(other, load<i32>(place));
    store<i32>(place, column);
    const entry = pointer(control, COLUMN_TABLE) + ((<usize>column) << 4);
    const bins = <usize>load<u32>(entry, 8);
    const categorical = (load<i32>(entry, 4) & 1) != 0;
    const varies =
      kinds == 1
        ? tryNumbers(slot, leaf, rows, column, bins, load<i32>(entry), categorical, minRows, drawn)
        : tryClasses(slot, leaf, rows, column, bins, load<i32>(entry), categorical, minRows, drawn, kinds);
    if (varies) left--;
    tried++;
  }
  if (load<f64>(leaf, LEAF_GAIN) >= 0) push(slot, number);
  return <i64>count * tried;
}

/** Divides a leaf: it keeps the left rows, and a new leaf gets the right ones; returns the cells looked at. */
function divide(control: usize, slot: usize, number: i32): i64 {
  const leaves = at(slot, LEAVES);
  const leaf = leaves + <usize>number * LEAF;
  const count = load<i32>(leaf, LEAF_ROWS);
  const begin = load<u32>(leaf, LEAF_BEGIN);
  const rows = at(slot, ROWS) + ((<usize>begin) << 2);
  const spare = at(slot, SPARE);
  const column = load<i32>(leaf, LEAF_COLUMN);
  const bins = <usize>load<u32>(pointer(control, COLUMN_TABLE) + ((<usize>column) << 4), 8);
  const leftRows = partition(rows, count, bins, leaf + LEAF_SET, spare);
  memory.copy(rows + ((<usize>leftRows) << 2), spare, (<usize>(count - leftRows)) << 2);
  const right = load<i32>(slot, LEAF_COUNT);
  store<i32>(slot, right + 1, LEAF_COUNT);
  const node = load<i32>(slot, NODE_COUNT);
  store<i32>(slot, node + 1, NODE_COUNT);
  const nodes = at(slot, NODES);
  const hangs = load<i32>(leaf, LEAF_HANGS);
  if (hangs >= 0) store<i32>(nodes + <usize>(hangs >> 1) * NODE + ((<usize>(hangs & 1)) << 2), node, NODE_LEFT);
  const record = nodes + <usize>node * NODE;
  store<i32>(record, column, NODE_COLUMN);
  store<i32>(record, load<i32>(leaf, LEAF_BIN), NODE_BIN);
  store<i32>(record, load<i32>(leaf, LEAF_FLAGS), NODE_FLAGS);
  store<i32>(record, -1 - number, NODE_LEFT);
  store<i32>(record, -1 - right, NODE_RIGHT);
  store<i32>(record, count, NODE_ROWS);
  store<f64>(record, load<f64>(leaf, LEAF_GAIN), NODE_GAIN);
  memory.copy(record + NODE_SET, leaf + LEAF_SET, 32);
  const other = leaves + <usize>right * LEAF;
  const depth = load<i32>(leaf, LEAF_DEPTH) + 1;
  store<i32>(leaf, leftRows, LEAF_ROWS);
  store<i32>(leaf, depth, LEAF_DEPTH);
  store<i32>(leaf, node * 2, LEAF_HANGS);
  store<u32>(other, begin + <u32>leftRows, LEAF_BEGIN);
  store<i32>(other, count - leftRows, LEAF_ROWS);
  store<i32>(other, depth, LEAF_DEPTH);
  store<i32>(other, node * 2 + 1, LEAF_HANGS);
  return <i64>count + search(control, slot, number) + search(control, slot, right);
}

/** Mean target, or each class's share, of every leaf. */
function valueLeaves(control: usize, slot: usize): void {
  const leaves = at(slot, LEAVES);
  const values = at(slot, VALUES);
  const kinds = int(control, KINDS);
  const count = load<i32>(slot, LEAF_COUNT);
  for (let i = 0; i < count; i++) {
    const leaf = leaves + <usize>i * LEAF;
    const w = load<f64>(leaf, LEAF_W);
    if (kinds == 1) {
      store<f64>(values + ((<usize>i) << 3), w > 0 ? load<f64>(leaf, LEAF_G) / w : 0);
      continue;
    }
    const own = values + <usize>i * ((<usize>kinds) << 3);
    gatherClasses(slot, leaf, at(slot, ROWS) + ((<usize>load<u32>(leaf, LEAF_BEGIN)) << 2), at(slot, BAG), pointer(control, TARGETS), kinds);
    for (let k: usize = 0; k < <usize>kinds; k++) store<f64>(own + (k << 3), w > 0 ? load<f64>(at(slot, CLASSES) + (k << 3)) / w : 0);
  }
}

/** True when leaf a is to be divided before leaf b. */
function before(slot: usize, a: i32, b: i32): bool {
  const leaves = at(slot, LEAVES);
  const first = load<f64>(leaves + <usize>a * LEAF, LEAF_GAIN);
  const second = load<f64>(leaves + <usize>b * LEAF, LEAF_GAIN);
  return first > second || (first == second && a < b);
}

function push(slot: usize, leaf: i32): void {
  const heap = at(slot, HEAP);
  let i = load<i32>(slot, HEAP_COUNT);
  store<i32>(slot, i + 1, HEAP_COUNT);
  while (i > 0) {
    const up = (i - 1) >> 1;
    const parent = load<i32>(heap + ((<usize>up) << 2));
    if (!before(slot, leaf, parent)) break;
    store<i32>(heap + ((<usize>i) << 2), parent);
    i = up;
  }
  store<i32>(heap + ((<usize>i) << 2), leaf);
}

function pop(slot: usize): i32 {
  const heap = at(slot, HEAP);
  const top = load<i32>(heap);
  const count = load<i32>(slot, HEAP_COUNT) - 1;
  store<i32>(slot, count, HEAP_COUNT);
  const last = load<i32>(heap + ((<usize>count) << 2));
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= count) break;
    if (child + 1 < count && before(slot, load<i32>(heap + ((<usize>(child + 1)) << 2)), load<i32>(heap + ((<usize>child) << 2)))) child++;
    const down = load<i32>(heap + ((<usize>child) << 2));
    if (!before(slot, down, last)) break;
    store<i32>(heap + ((<usize>i) << 2), down);
    i = child;
  }
  store<i32>(heap + ((<usize>i) << 2), last);
  return top;
}
