import { totalmem } from 'node:os';
import type { DuckOptions } from '../data/duck.js';

/** Share of the memory that the database may take; the table that it fills, and the training, need the rest. */
const SHARE = 0.4;

/** What a command leaves to the database: the threads that it was given itself, and part of the memory that the process may use. */
export function duckShare(threads?: number): DuckOptions {
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return { threads, memory: Math.floor((SHARE * Math.min(totalmem(), limit)) / 2 ** 20) };
}
