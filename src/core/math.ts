/**
 * Elementary functions in plain IEEE 754 arithmetic, so that every engine gives the same bits: `Math.exp` and friends may differ.
 * The algorithms and coefficients are those of FreeBSD's msun (Sun's fdlibm, 1993), re-expressed; errors are below 1 ulp unless said otherwise.
 * fdlibm: Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute this
 * software is freely granted, provided that this notice is preserved.
 */
export { pow } from './pow.js';

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const INV_LN2 = Math.LOG2E;
const P1 = 0.16666666666666602;
const P2 = -0.0027777777777015593;
const P3 = 0.00006613756321437934;
const P4 = -0.0000016533902205465252;
const P5 = 4.1381367970572385e-8;
const L1 = 0.6666666666666735;
const L2 = 0.3999999999940942;
const L3 = 0.2857142874366239;
const L4 = 0.22222198432149784;
const L5 = 0.1818357216161805;
const L6 = 0.15313837699209373;
const L7 = 0.14798198605116586;
const Q1 = -0.03333333333333313;
const Q2 = 0.0015873015872548146;
const Q3 = -0.0000793650757867488;
const Q4 = 0.000004008217827329362;
const Q5 = -2.0109921818362437e-7;

const TWO_54 = 18014398509481984;
const EXP_MAX = 709.782712893384;
const EXP_MIN = -745.1332191019411;

/** 2^k at index k + 1022, for k in −1022…1023; filled by doubling, which is exact. */
const POWER_OF_TWO = new Float64Array(2046);
for (let i = 1022, v = 1; i < 2046; i++, v *= 2) POWER_OF_TWO[i] = v;
for (let i = 1021, v = 0.5; i >= 0; i--, v /= 2) POWER_OF_TWO[i] = v;

const scratch = new Float64Array(1);
const words = new Int32Array(scratch.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** y · 2^k with a single rounding, for k in −2000…1024 and 0.5 ≤ |y| ≤ 2. */
function scale(y: number, k: number): number {
  if (k >= -1022) return k < 1024 ? y * (POWER_OF_TWO[k + 1022] as number) : y * 2 * 8.98846567431158e307;
  return y * (POWER_OF_TWO[k + 2022] as number) * 9.332636185032189e-302;
}

/** e^x. @example exp(0) // 1 */
export function exp(x: number): number {
  if (!(x < EXP_MAX && x > EXP_MIN)) {
    if (x === EXP_MAX) return 1.7976931348622732e308;
    return x > 0 ? Number.POSITIVE_INFINITY : x <= EXP_MIN ? (x === EXP_MIN ? 5e-324 : 0) : Number.NaN;
  }
  const k = (x * INV_LN2 + (x < 0 ? -0.5 : 0.5)) | 0;
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  return scale(1 - (low - (r * c) / (2 - c) - high), k);
}

/** Natural logarithm; `NaN` below 0, −∞ at 0. */
export function log(x: number): number {
  let k = -1023;
  if (x < 2.2250738585072014e-308) {
    if (x === 0) return Number.NEGATIVE_INFINITY;
    if (x < 0) return Number.NaN;
    k -= 54;
    x *= TWO_54;
  }
  if (!(x < Number.POSITIVE_INFINITY)) return x;
  if (x === 1) return 0;
  scratch[0] = x;
  const high = (words[HIGH] as number) + (0x3ff00000 - 0x3fe6a09e);
  k += high >> 20;
  words[HIGH] = (high & 0xfffff) + 0x3fe6a09e;
  const f = (scratch[0] as number) - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const r = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6));
  return s * (half + r) + k * LN2_LOW - half + f + k * LN2_HIGH;
}

/** log(1 + x), exact for small x too; `NaN` below −1. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (Math.abs(x) < 1.1102230246251565e-16) return x;
  let k = 0;
  let c = 0;
  let f = x;
  if (x < -0.29289321881345254 || x > 0.414213562373095) {
    const u = 1 + x;
    scratch[0] = u;
    const high = (words[HIGH] as number) + (0x3ff00000 - 0x3fe6a09e);
    k = (high >> 20) - 0x3ff;
    // what 1 + x lost by rounding
    if (k < 54) c = (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u;
    words[HIGH] = (high & 0xfffff) + 0x3fe6a09e;
    f = (scratch[0] as number) - 1;
  }
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const r = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6));
  return s * (half + r) + (k * LN2_LOW + c) - half + f + k * LN2_HIGH;
}

/** e^x − 1, exact for small x too. */
export function expm1(x: number): number {
  if (!(x < EXP_MAX)) return x === EXP_MAX ? 1.7976931348622732e308 : x > 0 ? Number.POSITIVE_INFINITY : x;
  if (x < -38.816242) return -1;
  const size = Math.abs(x);
  if (size < 5.551115123125783e-17) return x;
  let k = 0;
  let c = 0;
  if (size > 0.34657359027997264) {
    k = size < 1.0397207708399179 ? (x < 0 ? -1 : 1) : (x * INV_LN2 + (x < 0 ? -0.5 : 0.5)) | 0;
    const high = x - k * LN2_HIGH;
    const low = k * LN2_LOW;
    x = high - low;
    c = high - x - low;
  }
  const half = 0.5 * x;
  const hxs = x * half;
  const r1 = 1 + hxs * (Q1 + hxs * (Q2 + hxs * (Q3 + hxs * (Q4 + hxs * Q5))));
  let t = 3 - r1 * half;
  let e = hxs * ((r1 - t) / (6 - x * t));
  if (k === 0) return x - (x * e - hxs);
  e = x * (e - c) - c - hxs;
  if (k === -1) return 0.5 * (x - e) - 0.5;
  if (k === 1) return x < -0.25 ? -2 * (e - (x + 0.5)) : 1 + 2 * (x - e);
  if (k < 0 || k > 56) return scale(x - e + 1, k) - 1;
  t = POWER_OF_TWO[1022 - k] as number;
  return (k < 20 ? x - e + (1 - t) : x - (e + t) + 1) * (POWER_OF_TWO[k + 1022] as number);
}

/** 1 / (1 + e^−x), without overflow; at most 2 ulp off. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** log(1 + e^x), without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/** Turns `count` scores from `offset` on into probabilities, in place. */
export function softmaxInPlace(scores: Float64Array, offset = 0, count = scores.length - offset): void {
  const end = offset + count;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = offset; i < end; i++) if ((scores[i] as number) > max) max = scores[i] as number;
  let sum = 0;
  for (let i = offset; i < end; i++) {
    const e = exp((scores[i] as number) - max);
    scores[i] = e;
    sum += e;
  }
  for (let i = offset; i < end; i++) scores[i] = (scores[i] as number) / sum;
}

/** log Σ e^score over `count` scores from `offset` on; −∞ for none. */
export function logSumExp(scores: Float64Array, offset = 0, count = scores.length - offset): number {
  const end = offset + count;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = offset; i < end; i++) if ((scores[i] as number) > max) max = scores[i] as number;
  if (max === Number.NEGATIVE_INFINITY || max === Number.POSITIVE_INFINITY) return max;
  let sum = 0;
  for (let i = offset; i < end; i++) sum += exp((scores[i] as number) - max);
  return max + log(sum);
}
