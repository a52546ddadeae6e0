import type { Table } from '../../core/table.js';
import { own } from './json-body.js';
import { Refusal } from './refusal.js';
import type { RowNotes, RowReader } from './row-reader.js';

/** Rows as they came. */
export type AskedRows =
  | JsonRows
  | { readonly kind: 'columns'; readonly columns: ReadonlyMap<string, readonly unknown[]>; readonly count: number };

/** Rows in JSON. */
type JsonRows =
  | { readonly kind: 'one'; readonly row: unknown }
  | { readonly kind: 'many'; readonly rows: readonly unknown[] }
  | { readonly kind: 'lists'; readonly columns: readonly string[]; readonly rows: readonly unknown[] };

/**
 * Which rows a parsed body holds: a row (`{"age": 31}`), a list of rows, `{"row": {…}}`, `{"rows": [{…}]}`, or `{"columns": […], "data": [[…]]}`.
 * A column may be called "rows" or "data": its cell is neither list nor object.
 * @throws Refusal `REQUEST_INVALID`, `REQUEST_TOO_LARGE`
 */
export function askedRows(body: unknown, mostRows: number): JsonRows {
  return checkCount(shapeOf(body), mostRows);
}

/** @throws Refusal `REQUEST_INVALID`, `REQUEST_TOO_LARGE` */
export function checkCount<Rows extends AskedRows>(asked: Rows, mostRows: number): Rows {
  const count = asked.kind === 'one' ? 1 : asked.kind === 'columns' ? asked.count : asked.rows.length;
  if (count === 0) throw new Refusal('REQUEST_INVALID', 'There are no rows.');
  if (count > mostRows)
    throw new Refusal('REQUEST_TOO_LARGE', `${count} rows are more than ${mostRows}.`, 'Send fewer at a time, or stream them as NDJSON.');
  return asked;
}

function shapeOf(body: unknown): JsonRows {
  if (Array.isArray(body)) return { kind: 'many', rows: body };
  if (typeof body !== 'object' || body === null)
    throw new Refusal('REQUEST_INVALID', 'The body holds no row.', 'Send an object with the columns as properties, or a list of such.');
  const rows = own(body, 'rows');
  if (Array.isArray(rows)) return { kind: 'many', rows };
  const data = own(body, 'data');
  const columns = own(body, 'columns');
  if (Array.isArray(data) && Array.isArray(columns)) {
    if (!columns.every((c) => typeof c === 'string')) throw new Refusal('REQUEST_INVALID', 'The names in "columns" are not all texts.');
    return { kind: 'lists', columns, rows: data };
  }
  const row = own(body, 'row');
  return { kind: 'one', row: typeof row === 'object' && row !== null ? row : body };
}

/** The table of the asked rows; of one too. */
export function readAsked(reader: RowReader, asked: AskedRows, notes: RowNotes): Table {
  if (asked.kind === 'one') return reader.readMany([asked.row], notes);
  if (asked.kind === 'columns') return reader.readColumns(asked.columns, asked.count, notes);
  return asked.kind === 'many' ? reader.readMany(asked.rows, notes) : reader.readLists(asked.columns, asked.rows, notes);
}
