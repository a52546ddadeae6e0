const LN2 = Math.LN2;
const LN2_HIGH = 0.6931471824645996;
const LN2_LOW = -1.904654299957768e-9;
const CP = 0.9617966939259756;
const CP_HIGH = 0.9617967009544373;
const CP_LOW = -7.028461650952758e-9;
const INV_LN2 = Math.LOG2E;
const INV_LN2_HIGH = 1.4426950216293335;
const INV_LN2_LOW = 1.9259629911266175e-8;
const LOG2_1_5_HIGH = 0.5849624872207642;
const LOG2_1_5_LOW = 1.350039202129749e-8;
const OVERFLOW_SLACK = 8.008566259537294e-17;

const scratch = new Float64Array(1);
const words = new Int32Array(scratch.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The number without its lower 32 bits. */
function head(x: number): number {
  scratch[0] = x;
  words[1 - HIGH] = 0;
  return scratch[0] as number;
}

function highWord(x: number): number {
  scratch[0] = x;
  return words[HIGH] as number;
}

function withHighWord(x: number, word: number): number {
  scratch[0] = x;
  words[HIGH] = word;
  return scratch[0] as number;
}

/** log2 of a finite x > 0, as an unevaluated sum of two doubles. */
function log2Pair(ax: number, out: Float64Array): void {
  let n = 0;
  let ix = highWord(ax);
  if (ix < 0x00100000) {
    ax *= 9007199254740992;
    n -= 53;
    ix = highWord(ax);
  }
  n += (ix >> 20) - 0x3ff;
  const j = ix & 0x000fffff;
  ix = j | 0x3ff00000;
  let big = false;
  if (j > 0x3988e) {
    if (j < 0xbb67a) big = true;
    else {
      n += 1;
      ix -= 0x00100000;
    }
  }
  ax = withHighWord(ax, ix);
  const base = big ? 1.5 : 1;
  const u = ax - base;
  const v = 1 / (ax + base);
  const ss = u * v;
  const sHigh = head(ss);
  const tHigh = withHighWord(0, ((ix >> 1) | 0x20000000) + 0x00080000 + (big ? 0x40000 : 0));
  const tLow = ax - (tHigh - base);
  const sLow = v * (u - sHigh * tHigh - sHigh * tLow);
  let s2 = ss * ss;
  let r =
    s2 *
    s2 *
    (0.5999999999999946 +
      s2 *
        (0.4285714285785502 +
          s2 * (0.33333332981837743 + s2 * (0.272728123808534 + s2 * (0.23066074577556175 + s2 * 0.20697501780033842)))));
  r += sLow * (sHigh + ss);
  s2 = sHigh * sHigh;
  const h = head(3 + s2 + r);
  const l = r - (h - 3 - s2);
  const a = sHigh * h;
  const b = sLow * h + l * ss;
  const pHigh = head(a + b);
  const pLow = b - (pHigh - a);
  const zHigh = CP_HIGH * pHigh;
  const zLow = CP_LOW * pHigh + pLow * CP + (big ? LOG2_1_5_LOW : 0);
  const shift = big ? LOG2_1_5_HIGH : 0;
  const t1 = head(zHigh + zLow + shift + n);
  out[0] = t1;
  out[1] = zLow - (t1 - n - shift - zHigh);
}

const pair = new Float64Array(2);

/**
 * x^y with the special cases of `Math.pow` (so `pow(1, NaN)` is `NaN`); below 0.7 ulp.
 * Source: fdlibm's e_pow.c (Sun, 2004), re-expressed.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const ax = Math.abs(x);
  if (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY) {
    if (ax === 1) return Number.NaN;
    return ax > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  const odd = Math.abs(y) < 9007199254740992 && Math.floor(y) === y && Math.abs(y % 2) === 1;
  const negative = (x < 0 || Object.is(x, -0)) && odd;
  if (ax === 0 || ax === Number.POSITIVE_INFINITY || ax === 1) {
    if (x === -1 && Math.floor(y) !== y) return Number.NaN;
    const z = ax === 1 ? 1 : (ax === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY;
    return negative ? -z : z;
  }
  if (x < 0 && Math.floor(y) !== y) return Number.NaN;
  if (y === 1) return x;
  const sign = negative ? -1 : 1;
  let t1: number;
  let t2: number;
  if (Math.abs(y) > 2147483648) {
    if (ax < 0.9999990463256836 || ax > 1.0000009536743164 || Math.abs(y) > 18446744073709552000)
      return sign * (ax > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0);
    const t = ax - 1;
    const w = t * t * (0.5 - t * (0.3333333333333333 - t * 0.25));
    const u = INV_LN2_HIGH * t;
    const v = t * INV_LN2_LOW - w * INV_LN2;
    t1 = head(u + v);
    t2 = v - (t1 - u);
  } else {
    log2Pair(ax, pair);
    t1 = pair[0] as number;
    t2 = pair[1] as number;
  }
  const y1 = head(y);
  const pLow = (y - y1) * t1 + y * t2;
  const pHigh = y1 * t1;
  const z = pLow + pHigh;
  if (z >= 1024) {
    if (z > 1024 || pLow + OVERFLOW_SLACK > z - pHigh) return sign * Number.POSITIVE_INFINITY;
  } else if (z <= -1075) {
    if (z < -1075 || pLow <= z - pHigh) return sign * 0;
  }
  return sign * exp2Pair(pHigh, pLow);
}

/** 2^(high + low) for a sum in −1075…1024. */
function exp2Pair(high: number, low: number): number {
  const z = high + low;
  const n = Math.abs(z) > 0.5 ? Math.floor(z + 0.5) : 0;
  high -= n;
  const t = head(low + high);
  const u = t * LN2_HIGH;
  const v = (low - (t - high)) * LN2 + t * LN2_LOW;
  const r = u + v;
  const w = v - (r - u);
  const s = r * r;
  const c =
    r -
    s *
      (0.16666666666666602 +
        s * (-0.0027777777777015593 + s * (0.00006613756321437934 + s * (-0.0000016533902205465252 + s * 4.1381367970572385e-8))));
  const value = 1 - ((r * c) / (c - 2) - (w + r * w) - r);
  if (n > 1023) return value * 2 * 8.98846567431158e307;
  if (n >= -1022) return value * withHighWord(0, (n + 1023) << 20);
  return value * withHighWord(0, (n + 2023) << 20) * 9.332636185032189e-302;
}
