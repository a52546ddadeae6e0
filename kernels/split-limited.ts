// The best split of one column under limits: outputs held between bounds, a direction that they must keep, or one threshold drawn instead of the
// best of all. Slower than the plain search, and used only when a limit is set.
import { num } from './control';
import { BIN, FLAGS, GAIN, L1, L2, LEFT, MIN_COUNT, MIN_GAIN, MIN_HESSIAN } from './split';

/** A whole number of 32 bits from a leaf's seed and a column (the mixer of splitmix32): the same on any number of threads. */
export function draw(seed: u32, column: u32): u32 {
  let x = seed ^ (column * 0x9e3779b9);
  x ^= x >> 16;
  x *= 0x21f0aaad;
  x ^= x >> 15;
  x *= 0x735a2d97;
  return x ^ (x >> 15);
}

/** A whole number in [0, n) from 32 random bits. */
export function below(random: u32, n: i32): i32 {
  return <i32>((<u64>random * <u64>n) >> 32);
}

/** A leaf's output: the Newton step, held between the bounds. */
export function output(g: f64, h: f64, l1: f64, l2: f64, low: f64, high: f64): f64 {
  const t = max<f64>(abs<f64>(g) - l1, 0);
  const step = (g > 0 ? -t : t) / (h + l2);
  return max<f64>(low, min<f64>(high, step));
}

/** Twice the loss that a leaf with this output takes away. */
function worthOf(g: f64, h: f64, l1: f64, l2: f64, value: f64): f64 {
  const t = max<f64>(abs<f64>(g) - l1, 0);
  return -(2 * (g > 0 ? t : -t) * value + (h + l2) * value * value);
}

/** Twice the loss that a leaf takes away; without bounds t² ÷ (h + l2). */
export function worth(g: f64, h: f64, l1: f64, l2: f64, low: f64, high: f64): f64 {
  return worthOf(g, h, l1, l2, output(g, h, l1, l2, low, high));
}

/**
 * Thresholds of a numeric column, as `splitNumeric`.
 * @param low least output of a leaf, in histogram units; −∞: none
 * @param direction 1: outputs may not fall from left to right, −1: not rise, 0: either
 * @param random 32 random bits that draw the one threshold tried
 * @param drawn true: one threshold between the leaf's least and greatest bin; false: all
 */
export function splitNumericLimited(control: usize, histogram: usize, bins: i32, total: i64, perHessian: f64, out: usize, low: f64, high: f64, direction: i32, drawn: bool, random: u32): void {
  const l1 = num(control, L1);
  const l2 = num(control, L2);
  const minHessian = max<f64>(num(control, MIN_HESSIAN), (num(control, MIN_COUNT) - 0.5) / perHessian);
  const totalG = <f64>(total >> 32);
  const totalH = <f64>(<u32>total);
  const missing = load<i64>(histogram);
  let from = 1;
  let to = bins - 1;
  while (from < bins && load<i64>(histogram + ((<usize>from) << 3)) == 0) from++;
  while (to > from && load<i64>(histogram + ((<usize>to) << 3)) == 0) to--;
  const parent = worth(totalG, totalH, l1, l2, low, high);
  let best = parent + num(control, MIN_GAIN);
  let bestBin = 0;
  let bestFlags = 0;
  let bestLeft: i64 = 0;
  // all present rows left and the missing ones right is a split too
  if (missing == 0) to--;
  let only = 0;
  if (drawn) {
    const choices = to - from + 1;
    if (choices > 0) only = from + below(random, choices);
    to = only;
  }
  for (let side = 0; side < 2; side++) {
    if (side == 1 && missing == 0) break;
    let left: i64 = side == 0 ? 0 : missing;
    for (let b = from; b <= to; b++) {
      left += load<i64>(histogram + ((<usize>b) << 3));
      if (only != 0 && b != only) continue;
      const h = <f64>(<u32>left);
      if (h < minHessian || totalH - h < minHessian) continue;
      const g = <f64>(left >> 32);
      const first = output(g, h, l1, l2, low, high);
      const second = output(totalG - g, totalH - h, l1, l2, low, high);
      if (direction > 0 ? first > second : direction < 0 && first < second) continue;
      const gain = worthOf(g, h, l1, l2, first) + worthOf(totalG - g, totalH - h, l1, l2, second);
      if (gain > best) {
        best = gain;
        bestBin = b;
        bestFlags = side;
        bestLeft = left;
      }
    }
  }
  store<f64>(out, bestBin == 0 ? 0 : best - parent, GAIN);
  store<i64>(out, bestLeft, LEFT);
  store<i32>(out, bestBin, BIN);
  store<i32>(out, bestFlags, FLAGS);
}
