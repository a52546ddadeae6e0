import type { Column } from '../../core/table.js';

/** Whether two rows differ in the column; a missing cell differs from any other. */
export function varies(column: Column | undefined): boolean {
  if (!column) return false;
  const cells = column.kind === 'numeric' ? column.values : column.codes;
  const first = cells[0];
  for (let i = 1; i < cells.length; i++) if (!Object.is(cells[i], first)) return true;
  return false;
}
