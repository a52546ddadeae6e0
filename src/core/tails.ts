import { exp, log } from './math.js';
import { erfc } from './normal.js';

/** Lanczos' series with g = 607/128 and 15 terms (Godfrey, 2001). */
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202, 0.3399464998481189e-4,
  0.4652362892704858e-4, -0.9837447530487956e-4, 0.1580887032249125e-3, -0.21026444172410488e-3, 0.21743961811521265e-3,
  -0.1643181065367639e-3, 0.8441822398385275e-4, -0.26190838401581408e-4, 0.36899182659531625e-5,
];
/** ½ log 2π. */
export const HALF_LOG_TAU = 0.9189385332046727;

/** log Γ(x) for x > 0; about 1e-14 relative. @example logGamma(5) // log 24 */
export function logGamma(x: number): number {
  if (x < 0.5) return logGamma(x + 1) - log(x);
  let sum = LANCZOS[0] as number;
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (x - 1 + i);
  const t = x - 1 + 607 / 128 + 0.5;
  return HALF_LOG_TAU + (x - 0.5) * log(t) - t + log(sum);
}

/** The upper regularised incomplete gamma function Q(a, x), by its series or Lentz's continued fraction. */
function gammaTail(a: number, x: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? x : 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = exp(a * log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 10_000 && term > sum * 1e-17; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < 1e-300) d = 1e-300;
    c = b + an / c;
    if (Math.abs(c) < 1e-300) c = 1e-300;
    d = 1 / d;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * h;
}

/** P(χ² > x) for the given degrees of freedom; scipy's `chi2.sf`. @example chiSquareTail(3.841, 1) // 0.05 */
export function chiSquareTail(x: number, freedom: number): number {
  return freedom > 0 ? gammaTail(freedom / 2, x / 2) : 1;
}

/** P(|Z| > |z|) for a standard normal. @example normalTails(1.96) // 0.05 */
export function normalTails(z: number): number {
  return erfc(Math.abs(z) * Math.SQRT1_2);
}

/** P(K > x) for Kolmogorov's limiting distribution; scipy's `special.kolmogorov`. */
export function kolmogorovTail(x: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? x : 1;
  let sum = 0;
  if (x < 0.82) {
    const q = (Math.PI * Math.PI) / (8 * x * x);
    for (let k = 1; k < 12; k += 2) sum += exp(-k * k * q);
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k < 30; k++) {
    const term = exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18 * sum) break;
  }
  return Math.min(1, 2 * sum);
}

/**
 * Fisher's exact test, one-sided: the probability of at least `hits` of `rows` in the second group, when `otherHits` of `otherRows` in the
 * first have the same share; scipy's `hypergeom.sf(hits − 1, …)`.
 */
export function atLeastTail(hits: number, rows: number, otherHits: number, otherRows: number): number {
  const total = rows + otherRows;
  const all = hits + otherHits;
  if (hits <= 0) return 1;
  const most = Math.min(all, rows);
  let term = exp(logChoose(rows, hits) + logChoose(otherRows, all - hits) - logChoose(total, all));
  let sum = term;
  for (let k = hits; k < most && term > sum * 1e-17; k++) {
    term *= ((rows - k) / (k + 1)) * ((all - k) / (otherRows - all + k + 1));
    sum += term;
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  return k < 0 || k > n ? Number.NEGATIVE_INFINITY : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
