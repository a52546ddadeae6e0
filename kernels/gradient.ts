// Gradient and hessian of each loss at the present scores, then whole numbers of them. Rows are cut in fixed blocks, and sums kept by block,
// so that the result does not depend on the number of threads.
import { exp, exp2, log } from './maths';

export const BLOCK = 4096;

export const SQUARED = 0;
export const ABSOLUTE = 1;
export const HUBER = 2;
export const QUANTILE = 3;
export const POISSON = 4;
export const LOGISTIC = 5;
export const SOFTMAX = 6;

// @ts-expect-error: decorator
@inline
function f64at(base: usize, i: i32): f64 {
  return load<f64>(base + ((<usize>i) << 3));
}

/** A Poisson step is damped by this much, as in LightGBM (poisson_max_delta_step). */
const POISSON_DAMP: f64 = 0.7;

/**
 * One block of one-output losses. `gradients` and `hessians` are f32; `sums` gets Σ|g| and Σh of the block.
 * @param alpha Huber's delta, or the quantile
 */
export function gradientBlock(loss: i32, begin: i32, end: i32, scores: usize, targets: usize, weights: usize, alpha: f64, gradients: usize, hessians: usize, sums: usize): void {
  let sumG: f64 = 0;
  let sumH: f64 = 0;
  if (loss == LOGISTIC) {
    // blocks begin at even rows and arrays have room for one row more, so pairs never tear
    const one = f64x2.splat(1);
    const tiny = f64x2.splat(1e-16);
    let sumsG = f64x2.splat(0);
    let sumsH = f64x2.splat(0);
    for (let i = begin; i < end; i += 2) {
      const o = (<usize>i) << 3;
      const p = f64x2.div(one, f64x2.add(one, exp2(f64x2.neg(v128.load(scores + o)))));
      let g = f64x2.sub(p, v128.load(targets + o));
      let h = f64x2.max(f64x2.mul(p, f64x2.sub(one, p)), tiny);
      if (weights != 0) {
        const w = v128.load(weights + o);
        g = f64x2.mul(g, w);
        h = f64x2.mul(h, w);
      }
      if (i + 1 == end) {
        g = f64x2.replace_lane(g, 1, 0);
        h = f64x2.replace_lane(h, 1, 0);
      }
      sumsG = f64x2.add(sumsG, f64x2.abs(g));
      sumsH = f64x2.add(sumsH, h);
      store<f64>(gradients + (o >> 1), f64x2.extract_lane(f32x4.demote_f64x2_zero(g), 0));
      store<f64>(hessians + (o >> 1), f64x2.extract_lane(f32x4.demote_f64x2_zero(h), 0));
    }
    sumG = f64x2.extract_lane(sumsG, 0) + f64x2.extract_lane(sumsG, 1);
    sumH = f64x2.extract_lane(sumsH, 0) + f64x2.extract_lane(sumsH, 1);
  } else {
    for (let i = begin; i < end; i++) {
      const score = f64at(scores, i);
      const w = weights == 0 ? 1.0 : f64at(weights, i);
      const residual = score - f64at(targets, i);
      let g: f64 = residual;
      let h: f64 = 1;
      if (loss == ABSOLUTE) g = residual > 0 ? 1 : residual < 0 ? -1 : 0;
      else if (loss == HUBER) g = max<f64>(-alpha, min<f64>(alpha, residual));
      else if (loss == QUANTILE) g = residual > 0 ? 1 - alpha : residual < 0 ? -alpha : 0;
      else if (loss == POISSON) {
        const mean = exp(score);
        g = mean - f64at(targets, i);
        h = mean * exp(POISSON_DAMP);
      }
      g *= w;
      h *= w;
      sumG += abs<f64>(g);
      sumH += h;
      store<f32>(gradients + ((<usize>i) << 2), <f32>g);
      store<f32>(hessians + ((<usize>i) << 2), <f32>h);
    }
  }
  store<f64>(sums, sumG);
  store<f64>(sums, sumH, 8);
}

/** Softmax over `classes` scores (class-major, stride `rows`). `sums`: Σ|g|, Σh a class. The hessian is scaled by K/(K−1) (Friedman 2001). */
export function softmaxBlock(begin: i32, end: i32, rows: i32, classes: i32, scores: usize, targets: usize, weights: usize, gradients: usize, hessians: usize, sums: usize): void {
  const stride = (<usize>rows) << 3;
  const narrow = (<usize>rows) << 2;
  const factor: f64 = <f64>classes / <f64>(classes - 1);
  memory.fill(sums, 0, (<usize>classes) << 4);
  for (let i = begin; i < end; i += 2) {
    const second = i + 1 < end ? i + 1 : i;
    const a = scores + ((<usize>i) << 3);
    const b = scores + ((<usize>second) << 3);
    let top = f64x2.splat(-1e300);
    for (let k: usize = 0; k < <usize>classes; k++)
      top = f64x2.max(top, f64x2.replace_lane(f64x2.splat(load<f64>(a + k * stride)), 1, load<f64>(b + k * stride)));
    let total = f64x2.splat(0);
    const ga = gradients + ((<usize>i) << 2);
    const gb = gradients + ((<usize>second) << 2);
    for (let k: usize = 0; k < <usize>classes; k++) {
      const e = exp2(f64x2.sub(f64x2.replace_lane(f64x2.splat(load<f64>(a + k * stride)), 1, load<f64>(b + k * stride)), top));
      total = f64x2.add(total, e);
      store<f32>(ga + k * narrow, <f32>f64x2.extract_lane(e, 0));
      store<f32>(gb + k * narrow, <f32>f64x2.extract_lane(e, 1));
    }
    for (let lane = 0; lane < 2; lane++) {
      const row = i + lane;
      if (row >= end) break;
      const inverse = 1 / (lane == 0 ? f64x2.extract_lane(total, 0) : f64x2.extract_lane(total, 1));
      const target = <i32>f64at(targets, row);
      const w = weights == 0 ? 1.0 : f64at(weights, row);
      const g0 = gradients + ((<usize>row) << 2);
      const h0 = hessians + ((<usize>row) << 2);
      for (let k = 0; k < classes; k++) {
        const o = (<usize>k) * narrow;
        const p = <f64>load<f32>(g0 + o) * inverse;
        const g = (k == target ? p - 1 : p) * w;
        const h = max<f64>(factor * p * (1 - p), 1e-16) * w;
        store<f32>(g0 + o, <f32>g);
        store<f32>(h0 + o, <f32>h);
        const s = sums + ((<usize>k) << 4);
        store<f64>(s, load<f64>(s) + abs<f64>(g));
        store<f64>(s, load<f64>(s, 8) + h, 8);
      }
    }
  }
}

/** Packs gradient · 2³² + hessian, both rounded to whole numbers. @param scaleH 0: every hessian is 1 */
export function quantiseBlock(begin: i32, end: i32, gradients: usize, hessians: usize, scaleG: f64, scaleH: f64, out: usize): void {
  for (let i = begin; i < end; i++) {
    const o = (<usize>i) << 2;
    const g = <i64>nearest<f64>(<f64>load<f32>(gradients + o) * scaleG);
    const h: i64 = scaleH == 0 ? 1 : <i64>max<f64>(nearest<f64>(<f64>load<f32>(hessians + o) * scaleH), 1);
    store<i64>(out + ((<usize>i) << 3), (g << 32) + h);
  }
}

/** Σ weight · loss of a block; the natural loss of each objective (log loss, half squared error, …). */
export function lossBlock(loss: i32, begin: i32, end: i32, rows: i32, classes: i32, scores: usize, targets: usize, weights: usize, alpha: f64): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; i++) {
    const y = f64at(targets, i);
    let value: f64 = 0;
    if (loss == SOFTMAX) {
      let top: f64 = -1e300;
      for (let k = 0; k < classes; k++) top = max<f64>(top, f64at(scores, k * rows + i));
      let total: f64 = 0;
      for (let k = 0; k < classes; k++) total += exp(f64at(scores, k * rows + i) - top);
      value = log(total) + top - f64at(scores, <i32>y * rows + i);
    } else {
      const s = f64at(scores, i);
      const r = s - y;
      if (loss == LOGISTIC) value = max<f64>(s, 0) - s * y + log(1 + exp(-abs<f64>(s)));
      else if (loss == SQUARED) value = 0.5 * r * r;
      else if (loss == ABSOLUTE) value = abs<f64>(r);
      else if (loss == HUBER) value = abs<f64>(r) <= alpha ? 0.5 * r * r : alpha * (abs<f64>(r) - 0.5 * alpha);
      else if (loss == QUANTILE) value = r > 0 ? (1 - alpha) * r : -alpha * r;
      else value = exp(s) - y * s;
    }
    sum += weights == 0 ? value : value * f64at(weights, i);
  }
  return sum;
}
