// A neural network forward, for the scorer: a module of its own. Sums are f32 in the order of the inputs, so that a row gives the same bits alone as
// among others.
import { exp4 } from './mlp-maths';

/**
 * One layer for a few rows: `out = biases + Σ value · weights`, over the inputs that each row lists.
 * @param values f32, `stride` a row
 * @param places i32: byte offset of each input's weights in a panel; `placeStride` bytes from a row's to the next row's, 0 when all share one list
 * @param counts i32: inputs that each row lists
 * @param weights panels of 16 outputs: [panel][input][16]
 * @param panel bytes of a panel
 * @param outputs a multiple of 16
 * @param out f32, `stride` a row
 */
export function layer(
  rows: i32,
  values: usize,
  stride: usize,
  places: usize,
  placeStride: usize,
  counts: usize,
  weights: usize,
  panel: usize,
  biases: usize,
  outputs: i32,
  out: usize,
): void {
  for (let o = 0; o < outputs; o += 16) {
    const bias = biases + (<usize>o << 2);
    for (let row = 0; row < rows; row++) {
      let a = v128.load(bias);
      let b = v128.load(bias, 16);
      let c = v128.load(bias, 32);
      let d = v128.load(bias, 48);
      let value = values + <usize>row * stride;
      let place = places + <usize>row * placeStride;
      const end = value + (<usize>load<i32>(counts + (<usize>row << 2)) << 2);
      while (value < end) {
        const v = v128.load32_splat(value);
        const w = weights + <usize>load<u32>(place);
        a = f32x4.add(a, f32x4.mul(v, v128.load(w)));
        b = f32x4.add(b, f32x4.mul(v, v128.load(w, 16)));
        c = f32x4.add(c, f32x4.mul(v, v128.load(w, 32)));
        d = f32x4.add(d, f32x4.mul(v, v128.load(w, 48)));
        value += 4;
        place += 4;
      }
      const to = out + <usize>row * stride + (<usize>o << 2);
      v128.store(to, a);
      v128.store(to, b, 16);
      v128.store(to, c, 32);
      v128.store(to, d, 48);
    }
    weights += panel;
  }
}

/** SELU in place, of `bytes` (a multiple of 16) of f32. */
export function selu(z: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  const scale = f32x4.splat(1.05070098);
  const alpha = f32x4.splat(1.75809934);
  for (const end = z + bytes; z < end; z += 16) {
    const x = v128.load(z);
    const below = f32x4.pmin(x, zero);
    const e = f32x4.mul(exp4(below), alpha);
    v128.store(z, v128.bitselect(f32x4.mul(x, scale), f32x4.sub(e, alpha), f32x4.gt(x, zero)));
  }
}

/** Mish in place, of `bytes` (a multiple of 16) of f32. */
export function mish(z: usize, bytes: usize): void {
  const two = f32x4.splat(2);
  for (const end = z + bytes; z < end; z += 16) {
    const x = v128.load(z);
    // tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); beyond 20 it is 1
    const capped = f32x4.pmin(x, f32x4.splat(20));
    const e = exp4(capped);
    const n = f32x4.mul(e, f32x4.add(e, two));
    v128.store(z, f32x4.div(f32x4.mul(x, n), f32x4.add(n, two)));
  }
}
