/** Milliseconds that starting takes on a machine that does nothing else, and how many times slower a busy one is taken to be at most. */
const START = 350;
const SLOWEST = 3;

/**
 * Milliseconds to keep for what follows the training: encoding and writing the results, the report, leaving.
 * @param left milliseconds from now to the deadline
 * @param rows of the table; predictions are written for each
 * @param start milliseconds that starting took: where other programs crowd the machine, all that follows will take longer too
 * @param stored whether the run also goes to a project's store
 */
export function wrapUpReserve(left: number, rows: number, start: number, stored = false): number {
  if (!Number.isFinite(left)) return 0;
  const wanted = 700 + rows * 0.004 + (stored ? 300 + rows * 0.001 : 0);
  const slowness = Math.min(SLOWEST, Math.max(1, start / START));
  return Math.max(120, Math.min(slowness * wanted, 0.3 * left));
}

/** Milliseconds to keep for writing the report and leaving, once it is drawn. */
export const LEAVING = 60;
