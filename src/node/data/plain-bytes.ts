import { utcMilliseconds } from '../../model/parse-date.js';

const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/**
 * The number that the bytes spell when they are a sign, at most 15 digits and at most one dot; NaN for anything else.
 * Digits and power of ten are then exact doubles, so that their quotient is the nearest double, as `Number` gives (Clinger, 1990).
 */
export function plainBytes(source: Uint8Array, start: number, end: number): number {
  let at = start;
  let negative = false;
  const first = source[at] as number;
  if (first === 45 || first === 43) {
    negative = first === 45;
    at++;
  }
  if (end - at > 16) return Number.NaN;
  let digits = 0;
  let count = 0;
  let dot = -1;
  for (; at < end; at++) {
    const c = source[at] as number;
    if (c >= 48 && c <= 57) {
      digits = digits * 10 + (c - 48);
      count++;
    } else if (c === 46 && dot < 0) dot = count;
    else return Number.NaN;
  }
  if (count === 0 || count > 15) return Number.NaN;
  const value = dot < 0 ? digits : digits / (POWERS[count - dot] as number);
  return negative ? -value : value;
}

/** `YYYY-MM-DD` alone, with ` HH:MM`, or with ` HH:MM:SS` (or `T`) in UTC milliseconds; NaN for anything else, as for days that are none. */
export function isoBytes(source: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if ((length !== 10 && length !== 16 && length !== 19) || source[start + 4] !== 45 || source[start + 7] !== 45) return Number.NaN;
  const year = two(source, start) * 100 + two(source, start + 2);
  let [hour, minute, second] = [0, 0, 0];
  if (length > 10) {
    const between = source[start + 10];
    if ((between !== 32 && between !== 84) || source[start + 13] !== 58) return Number.NaN;
    hour = two(source, start + 11);
    minute = two(source, start + 14);
  }
  if (length === 19) {
    if (source[start + 16] !== 58) return Number.NaN;
    second = two(source, start + 17);
  }
  // a sum with NaN in it is NaN: some character was no digit
  const month = two(source, start + 5);
  const day = two(source, start + 8);
  if (Number.isNaN(year + month + day + hour + minute + second)) return Number.NaN;
  return utcMilliseconds(year, month, day, hour, minute, second) ?? Number.NaN;
}

function two(source: Uint8Array, at: number): number {
  const [tens, ones] = [(source[at] as number) - 48, (source[at + 1] as number) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
