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
