import type { DuckOptions } from '../data/duck.js';
import { memoryCeiling } from './memory-ceiling.js';

/** Share of the memory that the database may take; the table that it fills, and the training, need the rest. */
const SHARE = 0.4;

/** What a command leaves to the database: the threads that it was given itself, and part of the memory that the process may use. */
export function duckShare(threads?: number, ceiling = memoryCeiling()): DuckOptions {
  return { threads, memory: Math.floor((SHARE * ceiling) / 2 ** 20) };
}
