import { MillwrightError } from './errors.js';
import { type Column, Table } from './table.js';

/**
 * The rows of one table after those of another with the same columns.
 * @throws MillwrightError `INTERNAL` when columns or levels differ
 * @example stackTables(first, second).rows // first.rows + second.rows
 */
export function stackTables(first: Table, second: Table): Table {
  return new Table(
    first.columns.map((a) => stacked(a, second.column(a.name))),
    first.rows + second.rows,
  );
}

function stacked(a: Column, b: Column): Column {
  if (a.kind === 'numeric' && b.kind === 'numeric') {
    const values = new Float64Array(a.values.length + b.values.length);
    values.set(a.values);
    values.set(b.values, a.values.length);
    return { ...a, values };
  }
  if (a.kind !== 'category' || b.kind !== 'category' || a.levels.length !== b.levels.length || a.levels.some((l, i) => l !== b.levels[i]))
    throw new MillwrightError('INTERNAL', `The column "${a.name}" is not the same in both tables.`);
  const codes = new Int32Array(a.codes.length + b.codes.length);
  codes.set(a.codes);
  codes.set(b.codes, a.codes.length);
  return { ...a, codes };
}
