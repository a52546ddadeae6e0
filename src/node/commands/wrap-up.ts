/**
 * Milliseconds to keep for what follows the training: encoding and writing the results, the report, leaving.
 * @param left milliseconds from now to the deadline
 * @param rows of the table; predictions are written for each
 * @param stored whether the run also goes to a project's store
 */
export function wrapUpReserve(left: number, rows: number, stored = false): number {
  if (!Number.isFinite(left)) return 0;
  const wanted = 700 + rows * 0.004 + (stored ? 300 + rows * 0.001 : 0);
  return Math.max(120, Math.min(wanted, 0.3 * left));
}

/** Milliseconds to keep for writing the report and leaving, once it is drawn. */
export const LEAVING = 60;
