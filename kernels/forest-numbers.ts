// The best split of one column in a leaf of a forest's tree: least squared error. For two classes, coded 0 and 1, that is Gini's index.
import { at, BITS, CELLS, frequentBins, LEAF_G, LEAF_GAIN, LEAF_ROWS, LEAF_W, LIST, listBins, next, PAY, RATIOS, SMOOTH, sortBins, storeSplit } from './forest-slot';

/** Above this many rows bins are listed from their cells instead of bit by bit. */
const MANY = 512;
const ORDERS = 1 << 30;

/** Copies weights and targets of the leaf's rows side by side, and sums them; returns false when all targets are the same. */
export function gatherNumbers(slot: usize, leaf: usize, rows: usize, bag: usize, targets: usize): bool {
  const count = load<u32>(leaf, LEAF_ROWS);
  let p = at(slot, PAY);
  let g: i64 = 0;
  let w: i64 = 0;
  let least: i64 = i64.MAX_VALUE;
  let most: i64 = i64.MIN_VALUE;
  const end = rows + ((<usize>count) << 2);
  for (let r = rows; r < end; r += 4) {
    const row = <usize>load<u32>(r);
    const y = load<i64>(targets + (row << 3));
    const own = <i64>load<u32>(bag + (row << 2));
    least = min<i64>(least, y);
    most = max<i64>(most, y);
    g += y * own;
    w += own;
    store<i64>(p, y * own);
    store<i64>(p, ((<i64>1) << 32) | own, 8);
    p += 16;
  }
  store<f64>(leaf, <f64>g, LEAF_G);
  store<f64>(leaf, <f64>w, LEAF_W);
  return least < most;
}

/**
 * Tries a column and keeps its best split in the leaf when it beats the one there.
 * @returns false when the column is the same in all rows
 */
export function tryNumbers(slot: usize, leaf: usize, rows: usize, column: i32, bins: usize, binCount: i32, categorical: bool, minRows: i32, drawn: bool): bool {
  const count = load<i32>(leaf, LEAF_ROWS);
  const cells = at(slot, CELLS);
  const list = at(slot, LIST);
  const end = rows + ((<usize>count) << 2);
  let p = at(slot, PAY);
  memory.fill(slot + BITS, 0, 32);
  if (count > MANY) {
    for (let r = rows; r < end; r += 4) {
      const cell = cells + ((<usize>load<u8>(bins + <usize>load<u32>(r))) << 4);
      v128.store(cell, i64x2.add(v128.load(cell), v128.load(p)));
      p += 16;
    }
    for (let b = 0; b < binCount; b++)
      if (load<i64>(cells + ((<usize>b) << 4), 8) != 0) {
        const word = slot + BITS + ((<usize>(b >> 6)) << 3);
        store<u64>(word, load<u64>(word) | ((<u64>1) << (b & 63)));
      }
  } else {
    for (let r = rows; r < end; r += 4) {
      const b = <u32>load<u8>(bins + <usize>load<u32>(r));
      const cell = cells + ((<usize>b) << 4);
      v128.store(cell, i64x2.add(v128.load(cell), v128.load(p)));
      const word = slot + BITS + ((<usize>(b >> 6)) << 3);
      store<u64>(word, load<u64>(word) | ((<u64>1) << (b & 63)));
      p += 16;
    }
  }
  const n = listBins(slot);
  const missing = v128.load(cells);
  const missingRows = <i32>(i64x2.extract_lane(missing, 1) >> 32);
  const varies = n + (missingRows > 0 ? 1 : 0) > 1;
  if (varies) scan(slot, leaf, column, binCount - 1, n, missing, missingRows, categorical, minRows, drawn);
  v128.store(cells, i64x2.splat(0));
  for (let i = 0; i < n; i++) v128.store(cells + ((<usize>load<i32>(list + ((<usize>i) << 2))) << 4), i64x2.splat(0));
  return varies;
}

function scan(slot: usize, leaf: usize, column: i32, top: i32, listed: i32, missing: v128, missingRows: i32, categorical: bool, minRows: i32, drawn: bool): void {
  const cells = at(slot, CELLS);
  const list = at(slot, LIST);
  const count = load<i32>(leaf, LEAF_ROWS);
  const allG = load<f64>(leaf, LEAF_G);
  const allW = load<f64>(leaf, LEAF_W);
  const parent = (allG * allG) / allW;
  let n = listed;
  let others = missingRows;
  if (categorical) {
    const ratios = at(slot, RATIOS);
    for (let i = 0; i < listed; i++) {
      const bin = load<i32>(list + ((<usize>i) << 2));
      // drawn sets of categories are drawn without a look at the target
      store<f64>(ratios + ((<usize>bin) << 3), drawn ? <f64>next(slot, ORDERS) : <f64>(load<i64>(cells + ((<usize>bin) << 4), 8) >> 32));
    }
    if (!drawn) {
      n = frequentBins(slot, listed);
      if (n == 0) return;
      others += listed - n;
      const mean = allG / allW;
      const smooth = (SMOOTH * allW) / <f64>count;
      for (let i = 0; i < n; i++) {
        const bin = load<i32>(list + ((<usize>i) << 2));
        const cell = cells + ((<usize>bin) << 4);
        const w = <f64>(<u32>load<i64>(cell, 8));
        store<f64>(ratios + ((<usize>bin) << 3), (<f64>load<i64>(cell) - mean * w) / (w + smooth));
      }
    }
    sortBins(slot, n);
  }
  // numbers: the rows of bin 0 on either side; categories: they stay right, and the sorted bins are cut from both ends
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
    let left = side == 1 && !categorical ? missing : i64x2.splat(0);
    for (let step = 0; step <= last; step++) {
      const i = backward ? n - 1 - step : step;
      left = i64x2.add(left, v128.load(cells + ((<usize>load<i32>(list + ((<usize>i) << 2))) << 4)));
      if (only >= 0 && step != only) continue;
      const packed = i64x2.extract_lane(left, 1);
      const leftRows = <i32>(packed >> 32);
      if (leftRows < minRows || count - leftRows < minRows) continue;
      const g = <f64>i64x2.extract_lane(left, 0);
      const w = <f64>(<u32>packed);
      const rest = allG - g;
      const gain = (g * g) / w + (rest * rest) / (allW - w) - parent;
      if (gain <= load<f64>(leaf, LEAF_GAIN)) continue;
      // a threshold in the middle of the bins that no row is in; missing cells apart from all others, known here or not
      const bin = load<i32>(list + ((<usize>i) << 2));
      const cut = i + 1 == n ? top : drawn ? threshold : (bin + load<i32>(list + ((<usize>(i + 1)) << 2)) - 1) >> 1;
      storeSplit(slot, leaf, max<f64>(gain, 0), column, categorical, backward, backward ? i - 1 : i, n, cut, side == 1, others, leftRows);
    }
  }
}
