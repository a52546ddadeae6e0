// The best split of one column in one leaf, from its exact histogram.
import { num } from './control';
import { below, worth } from './split-limited';

// A candidate: 64 bytes.
export const GAIN: usize = 0; // f64; 0 or less: none
export const LEFT: usize = 8; // i64, gradient · 2³² + hessian of the left child
export const BIN: usize = 16; // i32, rows with 1 ≤ bin ≤ BIN go left (numeric)
export const FLAGS: usize = 20; // i32, 1: missing goes left; 2: categorical
export const SET: usize = 24; // 32 bytes, the bins that go left
export const CANDIDATE: usize = 64;

// Numbers of the control block that hold the growing rules, in histogram units.
export const L1 = 0;
export const L2 = 1;
export const MIN_HESSIAN = 2;
export const MIN_COUNT = 3;
export const MIN_GAIN = 4;
export const CATEGORY_SMOOTH = 5;
export const CATEGORY_L2 = 6;
export const CATEGORY_GROUP = 7; // least rows in a set of categories

const MAX_CATEGORIES = 32;
const ONE_HOT_LEVELS = 4;

// @ts-expect-error: decorator
@inline
function gradient(packed: i64): f64 {
  return <f64>(packed >> 32);
}

// @ts-expect-error: decorator
@inline
function hessian(packed: i64): f64 {
  return <f64>(<u32>packed);
}

function score(g: f64, h: f64, l1: f64, l2: f64): f64 {
  const t = max<f64>(abs<f64>(g) - l1, 0);
  return (t * t) / (h + l2);
}

/**
 * Thresholds of a numeric column, two at a time. Bin 0 is missing and tried on both sides.
 * @param perHessian rows per unit of hessian in this leaf: the count of a side is estimated from it
 */
export function splitNumeric(control: usize, histogram: usize, bins: i32, total: i64, perHessian: f64, out: usize): void {
  const penalty = num(control, L1);
  const minHessian = max<f64>(num(control, MIN_HESSIAN), (num(control, MIN_COUNT) - 0.5) / perHessian);
  const totalG = gradient(total);
  const totalH = hessian(total);
  const missing = load<i64>(histogram);
  const parent = score(totalG, totalH, penalty, num(control, L2));
  let best = parent + num(control, MIN_GAIN);
  let bestBin = 0;
  let bestFlags = 0;
  let bestLeft: i64 = 0;
  const l1 = f64x2.splat(penalty);
  const l2 = f64x2.splat(num(control, L2));
  const zero = f64x2.splat(0);
  const allG = f64x2.splat(totalG);
  const allH = f64x2.splat(totalH);
  const low = f64x2.splat(minHessian);
  const high = f64x2.splat(totalH - minHessian);
  for (let side = 0; side < 2; side++) {
    if (side == 1 && missing == 0) break;
    let left: i64 = side == 0 ? 0 : missing;
    // all present rows left and the missing ones right is a split too
    const last = side == 0 && missing != 0 ? bins - 1 : bins - 2;
    for (let b = 1; b <= last; b += 2) {
      const at = histogram + ((<usize>b) << 3);
      const cell = load<i64>(at);
      const next: i64 = b < last ? load<i64>(at, 8) : 0;
      if ((cell | next) == 0) continue;
      const first = left + cell;
      left = first + next;
      const pair = i64x2.replace_lane(i64x2.splat(first), 1, left);
      const g = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(pair, pair, 1, 3, 1, 3));
      const h = f64x2.convert_low_i32x4_u(v128.shuffle<i32>(pair, pair, 0, 2, 0, 2));
      const a = f64x2.max(f64x2.sub(f64x2.abs(g), l1), zero);
      const c = f64x2.max(f64x2.sub(f64x2.abs(f64x2.sub(allG, g)), l1), zero);
      const ha = f64x2.add(h, l2);
      const hc = f64x2.add(f64x2.sub(allH, h), l2);
      // a²/ha + c²/hc > best, without a division
      const numerator = f64x2.add(f64x2.mul(f64x2.mul(a, a), hc), f64x2.mul(f64x2.mul(c, c), ha));
      const denominator = f64x2.mul(ha, hc);
      const better = v128.and(v128.and(f64x2.ge(h, low), f64x2.le(h, high)), f64x2.gt(numerator, f64x2.mul(f64x2.splat(best), denominator)));
      if (v128.any_true(better)) {
        const gains = f64x2.div(numerator, denominator);
        const one = f64x2.extract_lane(gains, 0);
        const two = f64x2.extract_lane(gains, 1);
        if (i64x2.extract_lane(better, 0) != 0 && one > best) {
          best = one;
          bestBin = b;
          bestFlags = side;
          bestLeft = first;
        }
        if (i64x2.extract_lane(better, 1) != 0 && two > best) {
          best = two;
          bestBin = b + 1;
          bestFlags = side;
          bestLeft = left;
        }
      }
    }
  }
  store<f64>(out, bestBin == 0 ? 0 : best - parent, GAIN);
  store<i64>(out, bestLeft, LEFT);
  store<i32>(out, bestBin, BIN);
  store<i32>(out, bestFlags, FLAGS);
}

// @ts-expect-error: decorator
@inline
function include(out: usize, bin: i32): void {
  const word = out + SET + ((<usize>bin >> 5) << 2);
  store<u32>(word, load<u32>(word) | ((<u32>1) << (bin & 31)));
}

/** One of the categories present in the leaf; 0: there is none. */
function drawnCategory(histogram: usize, bins: i32, random: u32): i32 {
  let present = 0;
  for (let b = 1; b < bins; b++) if (load<i64>(histogram + ((<usize>b) << 3)) != 0) present++;
  let skip = present > 0 ? below(random, present) : -1;
  for (let b = 1; b < bins; b++) if (load<i64>(histogram + ((<usize>b) << 3)) != 0 && skip-- == 0) return b;
  return 0;
}

/**
 * Sets of categories (bins 1…): one against the rest for few, else a run of the categories sorted by gradient / hessian
 * (Fisher 1958, as in LightGBM). Bin 0 (missing, unseen) goes right.
 * @param scratch 256 × 12 bytes of this thread
 * @param low least output of a leaf, in histogram units; −∞: none
 * @param drawn true: one set of those that would be tried, by the 32 bits of `random`
 */
export function splitCategorical(control: usize, histogram: usize, bins: i32, total: i64, perHessian: f64, out: usize, scratch: usize, low: f64, high: f64, drawn: bool, random: u32): void {
  const l1 = num(control, L1);
  const minHessian = max<f64>(num(control, MIN_HESSIAN), (num(control, MIN_COUNT) - 0.5) / perHessian);
  const totalG = gradient(total);
  const totalH = hessian(total);
  const plain = num(control, L2);
  const parent = worth(totalG, totalH, l1, plain, low, high);
  let best = parent + num(control, MIN_GAIN);
  let bestLeft: i64 = 0;
  let found = false;
  const set = out + SET;
  memory.fill(set, 0, 32);
  if (bins - 1 <= ONE_HOT_LEVELS) {
    let bestBin = 0;
    const only = drawn ? drawnCategory(histogram, bins, random) : 0;
    for (let b = 1; b < bins; b++) {
      if (only != 0 && b != only) continue;
      const cell = load<i64>(histogram + ((<usize>b) << 3));
      const h = hessian(cell);
      if (h < minHessian || totalH - h < minHessian) continue;
      const g = gradient(cell);
      const gain = worth(g, h, l1, plain, low, high) + worth(totalG - g, totalH - h, l1, plain, low, high);
      if (gain > best) {
        best = gain;
        bestBin = b;
        bestLeft = cell;
        found = true;
      }
    }
    if (found) include(out, bestBin);
  } else {
    const l2 = plain + num(control, CATEGORY_L2);
    const smooth = num(control, CATEGORY_SMOOTH) / perHessian;
    const group = num(control, CATEGORY_GROUP) / perHessian;
    // used categories, sorted by g / (h + smooth): insertion into scratch (f64 ratio, then i32 bin)
    let used = 0;
    for (let b = 1; b < bins; b++) {
      const cell = load<i64>(histogram + ((<usize>b) << 3));
      const h = hessian(cell);
      if (h < smooth || cell == 0) continue;
      const ratio = gradient(cell) / (h + smooth);
      let i = used;
      while (i > 0 && load<f64>(scratch + ((<usize>(i - 1)) << 3)) > ratio) {
        store<f64>(scratch + ((<usize>i) << 3), load<f64>(scratch + ((<usize>(i - 1)) << 3)));
        store<i32>(scratch + 2048 + ((<usize>i) << 2), load<i32>(scratch + 2048 + ((<usize>(i - 1)) << 2)));
        i--;
      }
      store<f64>(scratch + ((<usize>i) << 3), ratio);
      store<i32>(scratch + 2048 + ((<usize>i) << 2), b);
      used++;
    }
    const most = min<i32>(MAX_CATEGORIES, (used + 1) >> 1);
    const only = drawn ? below(random, most) : -1;
    let bestCount = 0;
    let bestDown = false;
    for (let direction = 0; direction < 2; direction++) {
      let left: i64 = 0;
      let sinceTried: f64 = 0;
      for (let i = 0; i < most; i++) {
        const at = direction == 0 ? i : used - 1 - i;
        const cell = load<i64>(histogram + ((<usize>load<i32>(scratch + 2048 + ((<usize>at) << 2))) << 3));
        left += cell;
        const h = hessian(left);
        sinceTried += hessian(cell);
        if (h < minHessian || sinceTried < group) continue;
        if (totalH - h < minHessian || totalH - h < group) break;
        sinceTried = 0;
        // a drawn set must be one of those that would be tried, as in LightGBM: small leaves then often split on another column
        if (only >= 0 && i != only) continue;
        const g = gradient(left);
        const gain = worth(g, h, l1, l2, low, high) + worth(totalG - g, totalH - h, l1, l2, low, high);
        if (gain > best) {
          best = gain;
          bestLeft = left;
          bestCount = i + 1;
          bestDown = direction == 1;
          found = true;
        }
      }
    }
    for (let i = 0; i < bestCount; i++) include(out, load<i32>(scratch + 2048 + ((<usize>(bestDown ? used - 1 - i : i)) << 2)));
  }
  store<f64>(out, found ? best - parent : 0, GAIN);
  store<i64>(out, bestLeft, LEFT);
  store<i32>(out, 0, BIN);
  store<i32>(out, 2, FLAGS);
}
