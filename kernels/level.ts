// One split for all leaves of a level (symmetric trees, as CatBoost grows): gains of each threshold summed over the leaves.
import { num } from './control';
import { BIN, FLAGS, GAIN, L1, L2, MIN_GAIN, SET, splitCategorical } from './split';

function score(g: f64, h: f64, l1: f64, l2: f64): f64 {
  const t = max<f64>(abs<f64>(g) - l1, 0);
  return h + l2 > 0 ? (t * t) / (h + l2) : 0;
}

/**
 * A numeric column. `leaves`: 16 bytes each, histogram address u32, then total i64 at 8.
 * @param scratch two arrays of 256 f64
 */
export function levelNumeric(control: usize, leaves: usize, count: i32, column: usize, bins: i32, out: usize, scratch: usize): void {
  const l1 = num(control, L1);
  const l2 = num(control, L2);
  memory.fill(scratch, 0, 4104);
  let anyMissing = false;
  for (let i = 0; i < count; i++) if (load<i64>(<usize>load<u32>(leaves + ((<usize>i) << 4)) + column) != 0) anyMissing = true;
  const sides = anyMissing ? 2 : 1;
  let parents: f64 = 0;
  const penalty = f64x2.splat(l1);
  const ridge = f64x2.splat(l2);
  const zero = f64x2.splat(0);
  const least = f64x2.splat(1e-9);
  for (let i = 0; i < count; i++) {
    const entry = leaves + ((<usize>i) << 4);
    const histogram = <usize>load<u32>(entry) + column;
    const total = load<i64>(entry, 8);
    const allG = f64x2.splat(<f64>(total >> 32));
    const allH = f64x2.splat(<f64>(<u32>total));
    parents += score(<f64>(total >> 32), <f64>(<u32>total), l1, l2);
    for (let side = 0; side < sides; side++) {
      let left: i64 = side == 0 ? 0 : load<i64>(histogram);
      const sums = scratch + ((<usize>side) << 11);
      let same: i64 = -1;
      let gains = zero;
      // two thresholds at a time; the last may be one too many and is not looked at
      for (let b = 1; b < bins; b += 2) {
        const at = histogram + ((<usize>b) << 3);
        const first = left + load<i64>(at);
        left = b + 1 < bins ? first + load<i64>(at, 8) : first;
        if (first != same || left != same) {
          const pair = i64x2.replace_lane(i64x2.splat(first), 1, left);
          const g = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(pair, pair, 1, 3, 1, 3));
          const h = f64x2.convert_low_i32x4_u(v128.shuffle<i32>(pair, pair, 0, 2, 0, 2));
          const ga = f64x2.max(f64x2.sub(f64x2.abs(g), penalty), zero);
          const gc = f64x2.max(f64x2.sub(f64x2.abs(f64x2.sub(allG, g)), penalty), zero);
          const ha = f64x2.max(f64x2.add(h, ridge), least);
          const hc = f64x2.max(f64x2.add(f64x2.sub(allH, h), ridge), least);
          gains = f64x2.div(f64x2.add(f64x2.mul(f64x2.mul(ga, ga), hc), f64x2.mul(f64x2.mul(gc, gc), ha)), f64x2.mul(ha, hc));
          same = first == left ? left : -1;
        }
        const sum = sums + ((<usize>b) << 3);
        v128.store(sum, f64x2.add(v128.load(sum), gains));
      }
    }
  }
  // sums over leaves are rounded: what they gain by that is no gain
  let best = parents + num(control, MIN_GAIN) + 1e-9 * parents;
  let bestBin = 0;
  let bestSide = 0;
  for (let side = 0; side < sides; side++) {
    const last = side == 0 && anyMissing ? bins - 1 : bins - 2;
    for (let b = 1; b <= last; b++) {
      const v = load<f64>(scratch + ((<usize>side) << 11) + ((<usize>b) << 3));
      if (v > best) {
        best = v;
        bestBin = b;
        bestSide = side;
      }
    }
  }
  store<f64>(out, bestBin == 0 ? 0 : best - parents, GAIN);
  store<i32>(out, bestBin, BIN);
  store<i32>(out, bestSide, FLAGS);
}

/** A column of categories: the set that is best for all leaves together, judged leaf by leaf. `scratch`: 8 KiB. */
export function levelCategorical(control: usize, leaves: usize, count: i32, column: usize, bins: i32, perHessian: f64, out: usize, scratch: usize): void {
  const l1 = num(control, L1);
  const l2 = num(control, L2);
  const joined = scratch + 4096;
  memory.fill(joined, 0, 2048);
  let all: i64 = 0;
  for (let i = 0; i < count; i++) {
    const entry = leaves + ((<usize>i) << 4);
    const histogram = <usize>load<u32>(entry) + column;
    all += load<i64>(entry, 8);
    for (let b: usize = 0; b < (<usize>bins) << 3; b += 8) store<i64>(joined + b, load<i64>(joined + b) + load<i64>(histogram + b));
  }
  splitCategorical(control, joined, bins, all, perHessian, out, scratch, -Infinity, Infinity, false, 0);
  if (load<f64>(out, GAIN) <= 0) return;
  let gain: f64 = 0;
  for (let i = 0; i < count; i++) {
    const entry = leaves + ((<usize>i) << 4);
    const histogram = <usize>load<u32>(entry) + column;
    const total = load<i64>(entry, 8);
    let left: i64 = 0;
    for (let b = 0; b < bins; b++)
      if ((load<u32>(out + SET + ((<usize>(b >> 5)) << 2)) >> (b & 31)) & 1) left += load<i64>(histogram + ((<usize>b) << 3));
    const g = <f64>(left >> 32);
    const h = <f64>(<u32>left);
    const allG = <f64>(total >> 32);
    const allH = <f64>(<u32>total);
    gain += score(g, h, l1, l2) + score(allG - g, allH - h, l1, l2) - score(allG, allH, l1, l2);
  }
  store<f64>(out, gain, GAIN);
}
