// Trees with a value for every class in each leaf. Their shape is grown on one random projection of the classes' gradients
// (Iosipoi and Vakhrushev 2022, SketchBoost), their values are fitted class by class.
import { goesLeft, NODE, NODE_BINS, NODE_LEFT, NODE_RIGHT, NODE_SET, NODE_STRIDE } from './partition';

/** Projects a block on a direction: gradient Σ factor·g, hessian Σ factor²·h; `sums` gets Σ|g| and Σh of the block. */
export function projectBlock(begin: i32, end: i32, rows: i32, classes: i32, gradients: usize, hessians: usize, factors: usize, outG: usize, outH: usize, sums: usize): void {
  const stride = (<usize>rows) << 2;
  let sumG: f64 = 0;
  let sumH: f64 = 0;
  for (let i = begin; i < end; i++) {
    const o = (<usize>i) << 2;
    let g: f64 = 0;
    let h: f64 = 0;
    for (let k: usize = 0; k < <usize>classes; k++) {
      const f = load<f64>(factors + (k << 3));
      g += f * <f64>load<f32>(gradients + k * stride + o);
      h += f * f * <f64>load<f32>(hessians + k * stride + o);
    }
    sumG += abs<f64>(g);
    sumH += h;
    store<f32>(outG + o, <f32>g);
    store<f32>(outH + o, <f32>h);
  }
  store<f64>(sums, sumG);
  store<f64>(sums, sumH, 8);
}

/** Σg and Σh of every class over the rows of a leaf, in their order. `out`: 16 bytes a class. */
export function classSums(rows: usize, count: i32, all: i32, classes: i32, gradients: usize, hessians: usize, out: usize): void {
  const end = rows + ((<usize>count) << 2);
  const stride = (<usize>all) << 2;
  for (let k: usize = 0; k < <usize>classes; k++) {
    let g: f64 = 0;
    let h: f64 = 0;
    for (let p = rows; p < end; p += 4) {
      const o = k * stride + ((<usize>load<u32>(p)) << 2);
      g += <f64>load<f32>(gradients + o);
      h += <f64>load<f32>(hessians + o);
    }
    store<f64>(out + (k << 4), g);
    store<f64>(out + (k << 4), h, 8);
  }
}

/** Adds a tree's leaf vectors to class-major scores, rows begin…end−1. */
export function addVectorTree(nodes: usize, leaves: usize, scores: usize, rows: i32, classes: i32, begin: i32, end: i32): void {
  const stride = (<usize>rows) << 3;
  for (let i = begin; i < end; i++) {
    const r = <usize>i;
    let at = 0;
    do {
      const node = nodes + <usize>at * NODE;
      const bin = <u32>load<u8>(<usize>load<u32>(node, NODE_BINS) + r * <usize>load<i32>(node, NODE_STRIDE));
      at = goesLeft(node + NODE_SET, bin) ? load<i32>(node, NODE_LEFT) : load<i32>(node, NODE_RIGHT);
    } while (at >= 0);
    let s = scores + (r << 3);
    const values = leaves + ((<usize>((-1 - at) * classes)) << 3);
    for (let k: usize = 0; k < <usize>classes; k++) {
      store<f64>(s, load<f64>(s) + load<f64>(values + (k << 3)));
      s += stride;
    }
  }
}
