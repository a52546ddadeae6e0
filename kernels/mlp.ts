// Training of a neural network, a batch at a time. Matrices are row-major f32; widths are multiples of 4 and so are batches.
import { exp4 } from './mlp-maths';
export { multiply } from './mlp-gemm';

/** Copies rows of a matrix into a batch; `count` rows of `width` floats. */
export function gather(x: usize, width: i32, rows: usize, count: i32, to: usize): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < count; i++) {
    memory.copy(to, x + <usize>load<u32>(rows + (<usize>i << 2)) * bytes, bytes);
    to += bytes;
  }
}

/** z + bias in place. */
export function addBias(z: usize, bias: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < rows; i++) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(z + at, f32x4.add(v128.load(z + at), v128.load(bias + at)));
    z += bytes;
  }
}

/** z + bias, then SELU, in place; its derivative into `slope`. */
export function selu(z: usize, bias: usize, slope: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const zero = f32x4.splat(0);
  const scale = f32x4.splat(1.05070098);
  const alpha = f32x4.splat(1.75809934);
  for (let i = 0; i < rows; i++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const x = f32x4.add(v128.load(z + at), v128.load(bias + at));
      const below = f32x4.pmin(x, zero);
      const e = f32x4.mul(exp4(below), alpha);
      const positive = f32x4.gt(x, zero);
      v128.store(z + at, v128.bitselect(f32x4.mul(x, scale), f32x4.sub(e, alpha), positive));
      v128.store(slope + at, v128.bitselect(scale, e, positive));
    }
    z += bytes;
    slope += bytes;
  }
}

/** z + bias, then Mish, in place; its derivative into `slope`. */
export function mish(z: usize, bias: usize, slope: usize, rows: i32, width: i32): void {
  const bytes = <usize>width << 2;
  const one = f32x4.splat(1);
  const two = f32x4.splat(2);
  for (let i = 0; i < rows; i++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const x = f32x4.add(v128.load(z + at), v128.load(bias + at));
      // tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); beyond 20 it is 1
      const capped = f32x4.pmin(x, f32x4.splat(20));
      const e = exp4(capped);
      const n = f32x4.mul(e, f32x4.add(e, two));
      const inverse = f32x4.div(one, f32x4.add(n, two));
      const t = f32x4.mul(n, inverse);
      v128.store(z + at, f32x4.mul(x, t));
      // dt/dx = 4 e (e + 1) / (n + 2)²
      const rise = f32x4.mul(f32x4.mul(f32x4.mul(f32x4.splat(4), e), f32x4.add(e, one)), f32x4.mul(inverse, inverse));
      v128.store(slope + at, f32x4.add(t, f32x4.mul(x, rise)));
    }
    z += bytes;
    slope += bytes;
  }
}

/**
 * Inverted dropout in place, and of the slopes: a unit is kept when its random number is at least `rate · 2³²`.
 * @param state four xorshift32 generators side by side
 */
export function drop(z: usize, slope: usize, floats: i32, rate: f32, state: usize): void {
  const limit = i32x4.splat(<i32>(rate * 16777216.0));
  const scale = f32x4.splat(1 / (1 - rate));
  let s = v128.load(state);
  const end = <usize>floats << 2;
  for (let at: usize = 0; at < end; at += 16) {
    s = v128.xor(s, i32x4.shl(s, 13));
    s = v128.xor(s, i32x4.shr_u(s, 17));
    s = v128.xor(s, i32x4.shl(s, 5));
    const kept = v128.and(i32x4.ge_s(i32x4.shr_u(s, 8), limit), scale);
    v128.store(z + at, f32x4.mul(v128.load(z + at), kept));
    v128.store(slope + at, f32x4.mul(v128.load(slope + at), kept));
  }
  v128.store(state, s);
}

/** delta · slope in place. */
export function chain(delta: usize, slope: usize, floats: i32): void {
  const end = <usize>floats << 2;
  for (let at: usize = 0; at < end; at += 16) v128.store(delta + at, f32x4.mul(v128.load(delta + at), v128.load(slope + at)));
}

/** Sums of the columns. */
export function columnSums(delta: usize, rows: i32, width: i32, out: usize): void {
  const bytes = <usize>width << 2;
  memory.fill(out, 0, bytes);
  for (let i = 0; i < rows; i++) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(delta + at)));
    delta += bytes;
  }
}

/** Rows of the first layer's weights times the scale of their input. */
export function scaleRows(weights: usize, scale: usize, rows: i32, width: i32, out: usize): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < rows; i++) {
    const s = v128.load32_splat(scale + (<usize>i << 2));
    for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, f32x4.mul(v128.load(weights + at), s));
    weights += bytes;
    out += bytes;
  }
}

/** From the gradient by scaled weights, in place, to that by the weights; and the gradient by the scales. */
export function scaleBack(weights: usize, scale: usize, gradient: usize, rows: i32, width: i32, scaleGradient: usize): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < rows; i++) {
    const s = v128.load32_splat(scale + (<usize>i << 2));
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const g = v128.load(gradient + at);
      sum = f32x4.add(sum, f32x4.mul(g, v128.load(weights + at)));
      v128.store(gradient + at, f32x4.mul(g, s));
    }
    store<f32>(scaleGradient + (<usize>i << 2), f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)));
    weights += bytes;
    gradient += bytes;
  }
}

/**
 * Adam without decay of the weights' gradient; weights shrink by `keep` first.
 * @param rate learning rate / (1 − β1^t)
 * @param second 1 / (1 − β2^t)
 */
export function adam(
  weights: usize,
  gradient: usize,
  first: usize,
  squares: usize,
  floats: i32,
  rate: f32,
  second: f32,
  keep: f32,
  beta1: f32,
  beta2: f32,
): void {
  const end = <usize>floats << 2;
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(1 - beta2);
  const lr = f32x4.splat(rate);
  const correction = f32x4.splat(second);
  const kept = f32x4.splat(keep);
  const epsilon = f32x4.splat(1e-8);
  for (let at: usize = 0; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(v128.load(first + at), b1), f32x4.mul(g, c1));
    const v = f32x4.add(f32x4.mul(v128.load(squares + at), b2), f32x4.mul(f32x4.mul(g, g), c2));
    v128.store(first + at, m);
    v128.store(squares + at, v);
    const step = f32x4.div(f32x4.mul(m, lr), f32x4.add(f32x4.sqrt(f32x4.mul(v, correction)), epsilon));
    v128.store(weights + at, f32x4.sub(f32x4.mul(v128.load(weights + at), kept), step));
  }
}

/**
 * Softmax with log loss: the gradient by the scores into `delta`.
 * @param rows how many
 * @param width scores a row, padded; the first `classes` count
 * @param target class of each row, i32
 * @param weights share of each row in the mean, f32
 * @param smoothing share of the answer that is spread over all classes
 */
export function softmaxLoss(
  scores: usize,
  rows: i32,
  width: i32,
  classes: i32,
  target: usize,
  weights: usize,
  smoothing: f32,
  delta: usize,
): void {
  const bytes = <usize>width << 2;
  const spread = smoothing / <f32>classes;
  for (let i = 0; i < rows; i++) {
    let top = load<f32>(scores);
    for (let c = 1; c < classes; c++) top = max(top, load<f32>(scores + (<usize>c << 2)));
    let total: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 16) {
        const z = f32x4.sub(v128.load(scores + at), f32x4.splat(top));
        v128.store(delta + at, exp4(z));
      }
    for (let c = 0; c < classes; c++) total += load<f32>(delta + (<usize>c << 2));
    const w = load<f32>(weights);
    const answer = load<i32>(target);
    for (let c = 0; c < width; c++) {
      const place = delta + (<usize>c << 2);
      const wanted = spread + (c == answer ? 1 - smoothing : 0);
      store<f32>(place, c < classes ? w * (load<f32>(place) / total - wanted) : 0);
    }
    scores += bytes;
    delta += bytes;
    target += 4;
    weights += 4;
  }
}

/** Half the squared error of the first score: its gradient into `delta`; the others have none. */
export function squaredLoss(scores: usize, rows: i32, width: i32, target: usize, weights: usize, delta: usize): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < rows; i++) {
    memory.fill(delta, 0, bytes);
    store<f32>(delta, load<f32>(weights) * (load<f32>(scores) - load<f32>(target)));
    scores += bytes;
    delta += bytes;
    target += 4;
    weights += 4;
  }
}
