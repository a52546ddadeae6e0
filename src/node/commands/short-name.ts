import { createHash } from 'node:crypto';

/** Digits that stand for what was cut off. */
const DIGITS = 16;

/** A text of at most so many signs. A longer one is cut and ends in a hash of the whole, so that two that begin alike stay two. */
export function shortName(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - DIGITS - 1)}-${createHash('sha256').update(text).digest('hex').slice(0, DIGITS)}`;
}
