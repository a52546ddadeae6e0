import { MillwrightError } from './errors.js';
import { type CategoryColumn, type Column, Table } from './table.js';

/**
 * The rows of one table after those of another with the same columns. Levels of categories are those of the first, then what the second has besides.
 * @throws MillwrightError `INTERNAL` when a column is numeric in one alone
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
  if (a.kind !== 'category' || b.kind !== 'category')
    throw new MillwrightError('INTERNAL', `The column "${a.name}" is not the same in both tables.`);
  const codes = new Int32Array(a.codes.length + b.codes.length);
  codes.set(a.codes);
  if (a.levels.length === b.levels.length && a.levels.every((l, i) => l === b.levels[i])) {
    codes.set(b.codes, a.codes.length);
    return { ...a, codes };
  }
  const levels = recoded(a.levels, b, codes.subarray(a.codes.length));
  return { ...a, codes, levels };
}

/** Puts the codes of a category into `out`, by the levels given and its others after them. @returns all of these */
function recoded(levels: readonly string[], category: CategoryColumn, out: Int32Array): string[] {
  const index = new Map(levels.map((level, code) => [level, code]));
  const places = category.levels.map((level) => {
    const place = index.get(level) ?? index.size;
    index.set(level, place);
    return place;
  });
  category.codes.forEach((code, i) => {
    out[i] = code < 0 ? -1 : (places[code] as number);
  });
  return [...index.keys()];
}
