// Linear models in the leaves of a tree: a ridge regression on the columns that lead to the leaf (Shi et al. 2019, GBDT with piecewise linear trees).
// A leaf is one task and its rows are summed in their order, so any number of threads gives the same numbers.
import { goesLeft, NODE, NODE_BINS, NODE_LEFT, NODE_RIGHT, NODE_SET, NODE_STRIDE } from './partition';

// A leaf with at most eight columns: 192 bytes.
const L_COUNT: usize = 0; // i32 columns; 0: constant
const L_ROWS: usize = 4; // u32 first row number
const L_ROWCOUNT: usize = 8; // i32
const L_VALUE: usize = 16; // f64, the constant
const L_LOW: usize = 24; // f64
const L_HIGH: usize = 32; // f64
const L_BASE: usize = 40; // f64
const L_COLUMN: usize = 48; // 8 × u32 address of the column's values (f32)
const L_COEF: usize = 80; // 8 × f64
export const LEAF: usize = 192;

/** Fits one leaf. `scratch`: 1 KiB. */
export function fitLeaf(leaf: usize, gradients: usize, hessians: usize, lambda: f64, rate: f64, unit: f64, scratch: usize): void {
  const d = load<i32>(leaf, L_COUNT);
  if (d == 0) return;
  const size = d + 1;
  const rows = <usize>load<u32>(leaf, L_ROWS);
  const end = rows + ((<usize>load<i32>(leaf, L_ROWCOUNT)) << 2);
  const x = scratch; // size f64
  const b = scratch + 80;
  const a = scratch + 160; // size × size f64, lower triangle
  memory.fill(scratch, 0, 1024);
  store<f64>(x, 1);
  let used = 0;
  for (let p = rows; p < end; p += 4) {
    const r = (<usize>load<u32>(p)) << 2;
    let whole = true;
    for (let j = 0; j < d; j++) {
      const v = <f64>load<f32>(<usize>load<u32>(leaf + ((<usize>j) << 2), L_COLUMN) + r);
      if (!(abs<f64>(v) < 1e30)) whole = false;
      store<f64>(x + ((<usize>(j + 1)) << 3), v);
    }
    const h = <f64>load<f32>(hessians + r);
    // a missing value, or a row of weight 0
    if (!whole || h == 0) continue;
    used++;
    const g = <f64>load<f32>(gradients + r);
    for (let i = 0; i < size; i++) {
      const xi = load<f64>(x + ((<usize>i) << 3));
      store<f64>(b + ((<usize>i) << 3), load<f64>(b + ((<usize>i) << 3)) - g * xi);
      const hx = h * xi;
      const row = a + ((<usize>(i * size)) << 3);
      for (let j = 0; j <= i; j++) {
        const o = row + ((<usize>j) << 3);
        store<f64>(o, load<f64>(o) + hx * load<f64>(x + ((<usize>j) << 3)));
      }
    }
  }
  if (used <= 2 * size) {
    store<i32>(leaf, 0, L_COUNT);
    return;
  }
  // Cholesky in place, then two triangular solves
  for (let i = 0; i < size; i++) {
    const at = a + ((<usize>(i * size + i)) << 3);
    store<f64>(at, load<f64>(at) + (i == 0 ? 1e-9 : lambda));
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let s = load<f64>(a + ((<usize>(i * size + j)) << 3));
      for (let k = 0; k < j; k++) s -= load<f64>(a + ((<usize>(i * size + k)) << 3)) * load<f64>(a + ((<usize>(j * size + k)) << 3));
      if (i == j) {
        if (!(s > 1e-12)) {
          store<i32>(leaf, 0, L_COUNT);
          return;
        }
        store<f64>(a + ((<usize>(i * size + i)) << 3), sqrt(s));
      } else store<f64>(a + ((<usize>(i * size + j)) << 3), s / load<f64>(a + ((<usize>(j * size + j)) << 3)));
    }
  }
  for (let i = 0; i < size; i++) {
    let s = load<f64>(b + ((<usize>i) << 3));
    for (let k = 0; k < i; k++) s -= load<f64>(a + ((<usize>(i * size + k)) << 3)) * load<f64>(b + ((<usize>k) << 3));
    store<f64>(b + ((<usize>i) << 3), s / load<f64>(a + ((<usize>(i * size + i)) << 3)));
  }
  for (let i = size - 1; i >= 0; i--) {
    let s = load<f64>(b + ((<usize>i) << 3));
    for (let k = i + 1; k < size; k++) s -= load<f64>(a + ((<usize>(k * size + i)) << 3)) * load<f64>(b + ((<usize>k) << 3));
    store<f64>(b + ((<usize>i) << 3), s / load<f64>(a + ((<usize>(i * size + i)) << 3)));
  }
  store<f64>(leaf, load<f64>(b) * rate, L_BASE);
  for (let j = 0; j < d; j++) store<f64>(leaf + ((<usize>j) << 3), load<f64>(b + ((<usize>(j + 1)) << 3)) * rate, L_COEF);
  store<f64>(leaf, -Infinity, L_LOW);
  store<f64>(leaf, Infinity, L_HIGH);
  let low: f64 = Infinity;
  let high: f64 = -Infinity;
  for (let p = rows; p < end; p += 4) {
    const r = <usize>load<u32>(p);
    if (load<f32>(hessians + (r << 2)) == 0) continue;
    const v = leafValue(leaf, r, unit);
    low = min<f64>(low, v);
    high = max<f64>(high, v);
  }
  store<f64>(leaf, low, L_LOW);
  store<f64>(leaf, high, L_HIGH);
}

/** The value of a row in a leaf; a whole multiple of `unit`. */
function leafValue(leaf: usize, row: usize, unit: f64): f64 {
  const d = load<i32>(leaf, L_COUNT);
  if (d == 0) return load<f64>(leaf, L_VALUE);
  let v = load<f64>(leaf, L_BASE);
  for (let j = 0; j < d; j++)
    v += load<f64>(leaf + ((<usize>j) << 3), L_COEF) * <f64>load<f32>(<usize>load<u32>(leaf + ((<usize>j) << 2), L_COLUMN) + (row << 2));
  if (v != v) return load<f64>(leaf, L_VALUE);
  return nearest<f64>(min<f64>(load<f64>(leaf, L_HIGH), max<f64>(load<f64>(leaf, L_LOW), v)) / unit) * unit;
}

/** scores[row] += what the tree gives the row, rows begin…end−1. */
export function addLinearTree(nodes: usize, leaves: usize, scores: usize, unit: f64, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const r = <usize>i;
    let at = 0;
    do {
      const node = nodes + <usize>at * NODE;
      const bin = <u32>load<u8>(<usize>load<u32>(node, NODE_BINS) + r * <usize>load<i32>(node, NODE_STRIDE));
      at = goesLeft(node + NODE_SET, bin) ? load<i32>(node, NODE_LEFT) : load<i32>(node, NODE_RIGHT);
    } while (at >= 0);
    const s = scores + (r << 3);
    store<f64>(s, load<f64>(s) + leafValue(leaves + <usize>(-1 - at) * LEAF, r, unit));
  }
}
