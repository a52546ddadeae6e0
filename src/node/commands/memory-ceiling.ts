import { totalmem } from 'node:os';
import { MillwrightError } from '../../core/errors.js';

/** Bytes that a run takes before it has read anything: Node, the reader of files, the kernels. */
export const BASE = 110 * 2 ** 20;
/** The least ceiling that leaves room for a small table. */
const LEAST = 200 * 2 ** 20;
/** Share of what the machine, or the container, offers that is left to others. */
const RESERVE = 0.2;

/**
 * Bytes that the process may take: those asked for, else what the machine or its container offers less a reserve.
 * @throws MillwrightError `OPTION_INVALID` for so little that no table could be read within
 */
export function memoryCeiling(asked?: number | null): number {
  const offered = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  if (asked === undefined || asked === null) return Math.floor((1 - RESERVE) * offered);
  if (asked < LEAST)
    throw new MillwrightError(
      'OPTION_INVALID',
      `--memory ${Math.round(asked / 1e6)}MB is less than any run takes (${Math.ceil(LEAST / 1e6)}MB).`,
      'Give more, or none for what the machine offers.',
    );
  return Math.min(asked, offered);
}

/** Of a worker that fits, beside its rows; and of a cell, as read and shared, and as a worker prepares and bins it. */
const WORKER = 55 * 2 ** 20;
const CELL = 16;
const WORKER_CELL = 30;

/** Workers that may fit side by side within a ceiling, at least one. */
export function workersWithin(ceiling: number, threads: number, cells: number): number {
  const room = ceiling - BASE - CELL * cells;
  return Math.max(1, Math.min(threads, Math.floor(room / (WORKER + WORKER_CELL * cells))));
}
