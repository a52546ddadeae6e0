import { randomBytes } from 'node:crypto';
import type { Moment } from './records.js';

let last = 0;
let within = 0;

/** The present moment; two calls of one process never get the same, so that what they stamp sorts as it was made. Not for bulk. */
export function moment(): Moment {
  last = Math.max(Date.now(), last + 1);
  return new Date(last).toISOString();
}

/**
 * An id that sorts by time: 12 digits of milliseconds, 4 of a counter, 12 of chance, all hexadecimal.
 * @example newId('req') // req_0193a5c1b2f40001d6c5b4a39218
 */
export function newId(prefix: string): string {
  within = (within + 1) % 0x10000;
  return `${prefix}_${Date.now().toString(16).padStart(12, '0')}${within.toString(16).padStart(4, '0')}${randomBytes(6).toString('hex')}`;
}
