// The best split of one column in a leaf of a forest's tree for several classes: Gini's index, with one structure for all classes. The rows of each
// bin hang in a chain and pass from right to left one after the other, so many classes cost no more than few.
import { at, BITS, CLASSES, frequentBins, HEADS, LEAF_G, LEAF_GAIN, LEAF_ROWS, LEAF_W, LIST, listBins, next, PAY, RATIOS, SMOOTH, SPARE, sortBins, storeSplit } from './forest-slot';

/** Copies classes and weights of the leaf's rows side by side, and sums them; returns false when all are of one class. LEAF_G gets Σ over classes of their weight squared. */
export function gatherClasses(slot: usize, leaf: usize, rows: usize, bag: usize, targets: usize, classes: i32): bool {
  const count = load<u32>(leaf, LEAF_ROWS);
  const totals = at(slot, CLASSES);
  memory.fill(totals, 0, (<usize>classes) << 3);
  let p = at(slot, PAY);
  let all: f64 = 0;
  const end = rows + ((<usize>count) << 2);
  for (let r = rows; r < end; r += 4) {
    const row = <usize>load<u32>(r);
    const k = load<u32>(targets + (row << 2));
    const own = load<u32>(bag + (row << 2));
    store<u32>(p, k);
    store<u32>(p, own, 4);
    const total = totals + ((<usize>k) << 3);
    store<f64>(total, load<f64>(total) + <f64>own);
    all += <f64>own;
    p += 8;
  }
  let squares: f64 = 0;
  let present = 0;
  for (let k: usize = 0; k < <usize>classes; k++) {
    const total = load<f64>(totals + (k << 3));
    squares += total * total;
    if (total > 0) present++;
  }
  store<f64>(leaf, squares, LEAF_G);
  store<f64>(leaf, all, LEAF_W);
  return present > 1;
}

const ORDERS = 1 << 30;

/** As `tryNumbers`. */
export function tryClasses(slot: usize, leaf: usize, rows: usize, column: i32, bins: usize, binCount: i32, categorical: bool, minRows: i32, drawn: bool, classes: i32): bool {
  const count = load<i32>(leaf, LEAF_ROWS);
  const heads = at(slot, HEADS);
  const chain = at(slot, SPARE);
  const list = at(slot, LIST);
  memory.fill(slot + BITS, 0, 32);
  for (let i = count - 1; i >= 0; i--) {
    const b = <u32>load<u8>(bins + <usize>load<u32>(rows + ((<usize>i) << 2)));
    const head = heads + ((<usize>b) << 2);
    store<i32>(chain + ((<usize>i) << 2), load<i32>(head));
    store<i32>(head, i);
    const word = slot + BITS + ((<usize>(b >> 6)) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (b & 63)));
  }
  const n = listBins(slot);
  const varies = n + (load<i32>(heads) >= 0 ? 1 : 0) > 1;
  if (varies) scan(slot, leaf, column, binCount - 1, n, categorical, minRows, drawn, classes);
  store<i32>(heads, -1);
  for (let i = 0; i < n; i++) store<i32>(heads + ((<usize>load<i32>(list + ((<usize>i) << 2))) << 2), -1);
  return varies;
}

// what has passed to the left; one instance of the module a thread, so these are the thread's own
let leftRows: i32 = 0;
let leftW: f64 = 0;
let leftSquares: f64 = 0;
let rightSquares: f64 = 0;

/** Passes the rows of a bin from right to left. */
function pass(slot: usize, bin: i32, left: usize, right: usize): void {
  const chain = at(slot, SPARE);
  const pay = at(slot, PAY);
  for (let i = load<i32>(at(slot, HEADS) + ((<usize>bin) << 2)); i >= 0; i = load<i32>(chain + ((<usize>i) << 2))) {
    const p = pay + ((<usize>i) << 3);
    const k = (<usize>load<u32>(p)) << 3;
    const w = <f64>load<u32>(p, 4);
    const l = load<f64>(left + k);
    const r = load<f64>(right + k);
    leftSquares += w * (2 * l + w);
    rightSquares -= w * (2 * r - w);
    store<f64>(left + k, l + w);
    store<f64>(right + k, r - w);
    leftW += w;
    leftRows++;
  }
}

/** The share of one class, drawn by its weight in the leaf, in each bin: the order of categories. */
function shares(slot: usize, count: i32, n: i32, allW: f64): void {
  const list = at(slot, LIST);
  const chain = at(slot, SPARE);
  const pay = at(slot, PAY);
  const ratios = at(slot, RATIOS);
  const chosen = load<u32>(pay + ((<usize>next(slot, count)) << 3));
  const smooth = (SMOOTH * allW) / <f64>count;
  const mean = load<f64>(at(slot, CLASSES) + ((<usize>chosen) << 3)) / allW;
  for (let j = 0; j < n; j++) {
    const bin = load<i32>(list + ((<usize>j) << 2));
    let own: f64 = 0;
    let all: f64 = 0;
    for (let i = load<i32>(at(slot, HEADS) + ((<usize>bin) << 2)); i >= 0; i = load<i32>(chain + ((<usize>i) << 2))) {
      const w = <f64>load<u32>(pay + ((<usize>i) << 3), 4);
      all += w;
      if (load<u32>(pay + ((<usize>i) << 3)) == chosen) own += w;
    }
    store<f64>(ratios + ((<usize>bin) << 3), (own - mean * all) / (all + smooth));
  }
}

/** Rows in a bin's chain. */
function rowsIn(slot: usize, bin: i32): i32 {
  const chain = at(slot, SPARE);
  let rows = 0;
  for (let i = load<i32>(at(slot, HEADS) + ((<usize>bin) << 2)); i >= 0; i = load<i32>(chain + ((<usize>i) << 2))) rows++;
  return rows;
}

function scan(slot: usize, leaf: usize, column: i32, top: i32, listed: i32, categorical: bool, minRows: i32, drawn: bool, classes: i32): void {
  const list = at(slot, LIST);
  const count = load<i32>(leaf, LEAF_ROWS);
  const allW = load<f64>(leaf, LEAF_W);
  const squares = load<f64>(leaf, LEAF_G);
  const bytes = (<usize>classes) << 3;
  const totals = at(slot, CLASSES);
  const left = totals + bytes;
  const right = left + bytes;
  const missingRows = rowsIn(slot, 0);
  let n = listed;
  let others = missingRows;
  if (categorical) {
    const ratios = at(slot, RATIOS);
    for (let i = 0; i < listed; i++) {
      const bin = load<i32>(list + ((<usize>i) << 2));
      // drawn sets of categories are drawn without a look at the target
      store<f64>(ratios + ((<usize>bin) << 3), drawn ? <f64>next(slot, ORDERS) : <f64>rowsIn(slot, bin));
    }
    if (!drawn) {
      n = frequentBins(slot, listed);
      if (n == 0) return;
      others += listed - n;
      shares(slot, count, n, allW);
    }
    sortBins(slot, n);
  }
  const sides = others > 0 ? 2 : 1;
  const last = others > 0 ? n - 1 : n - 2;
  let only = -1;
  let threshold = 0;
  if (drawn) {
    if (categorical) only = next(slot, last + 1);
    else {
      const low = load<i32>(list);
      const high = load<i32>(list + ((<usize>(n - 1)) << 2));
      threshold = low + next(slot, high - low + (missingRows > 0 ? 1 : 0));
      only = 0;
      while (only < n - 1 && load<i32>(list + ((<usize>(only + 1)) << 2)) <= threshold) only++;
    }
  }
  for (let side = 0; side < sides; side++) {
    const backward = categorical && side == 1;
    memory.fill(left, 0, bytes);
    memory.copy(right, totals, bytes);
    leftRows = 0;
    leftW = 0;
    leftSquares = 0;
    rightSquares = squares;
    if (side == 1 && !categorical) pass(slot, 0, left, right);
    for (let step = 0; step <= last; step++) {
      const i = backward ? n - 1 - step : step;
      const bin = load<i32>(list + ((<usize>i) << 2));
      pass(slot, bin, left, right);
      if (only >= 0 && step != only) continue;
      if (only >= 0 && step > only) break;
      if (leftRows < minRows || count - leftRows < minRows) continue;
      const gain = leftSquares / leftW + rightSquares / (allW - leftW) - squares / allW;
      if (gain <= load<f64>(leaf, LEAF_GAIN)) continue;
      const cut = i + 1 == n ? top : drawn ? threshold : (bin + load<i32>(list + ((<usize>(i + 1)) << 2)) - 1) >> 1;
      storeSplit(slot, leaf, max<f64>(gain, 0), column, categorical, backward, backward ? i - 1 : i, n, cut, side == 1, others, leftRows);
    }
  }
}
