import { isUtf8 } from 'node:buffer';
import { MillwrightError } from '../../../core/errors.js';
import type { Schema } from '../../../core/schema.js';
import type { Table } from '../../../core/table.js';
import { spelling } from '../../../model/parse-cell.js';
import { columnsToRead, emptyReport, tableFromRows } from '../../../model/table-from-rows.js';
import type { Message } from './inflow.js';

/** A row as it was sent. */
export type Row = Readonly<Record<string, unknown>>;

/** The rows of messages, and what is wrong with those that are none. */
export interface ReadMessages {
  readonly rows: readonly Row[];
  readonly table: Table;
  /** For each message its row, or why it has none. */
  readonly of: readonly (number | MillwrightError)[];
}

/** Reads messages as rows of a model, and remembers what of all of them did not fit. */
export class RowsReader {
  readonly #names: readonly string[];
  readonly #seen = new Set<string>();
  /** Column → cells that could not be read and count as missing. */
  readonly unreadable = new Map<string, number>();
  rows = 0;

  constructor(private readonly schema: Schema) {
    this.#names = columnsToRead(schema).map((c) => c.name);
  }

  /** Columns of the model that no row had. */
  get absent(): string[] {
    return this.rows === 0 ? [] : this.#names.filter((name) => !this.#seen.has(name));
  }

  /** @param parsed their rows, where somebody has read them already */
  read(messages: readonly Message[], parsed = messages.map(({ body }) => rowOf(body))): ReadMessages {
    const rows: Row[] = [];
    const of = parsed.map((read): number | MillwrightError => {
      const row = read instanceof MillwrightError ? read : this.#row(read);
      return row instanceof MillwrightError ? row : rows.push(row) - 1;
    });
    const report = emptyReport();
    const table = tableFromRows(this.schema, rows, report);
    for (const [column, count] of report.unreadable) this.unreadable.set(column, (this.unreadable.get(column) ?? 0) + count);
    this.rows += rows.length;
    return { rows, table, of };
  }

  /** Whether a row has anything that the model reads, its key aside. */
  tells(row: Row, key: string): boolean {
    return this.#names.some((name) => name !== key && Object.hasOwn(row, name));
  }

  #row(row: Row): Row | MillwrightError {
    let found = 0;
    for (const name of this.#names) {
      if (!Object.hasOwn(row, name)) continue;
      const cell = row[name];
      if (typeof cell === 'object' && cell !== null)
        return new MillwrightError(
          'SCHEMA_MISMATCH',
          `The cell of "${name}" holds a list or an object.`,
          'A cell is a text, a number, true, false or null.',
        );
      found++;
      this.#seen.add(name);
    }
    if (found === 0 && this.#names.length > 0)
      return new MillwrightError(
        'SCHEMA_MISMATCH',
        `The row has none of the ${this.#names.length} columns that the model reads.`,
        `The model reads ${this.#names.slice(0, 10).join(', ')}${this.#names.length > 10 ? ', …' : ''}.`,
      );
    return row;
  }
}

/** A message as a row of anything, or why it is none. */
export function rowOf(body: Message['body']): Row | MillwrightError {
  if (body instanceof MillwrightError) return body;
  const value = isUtf8(body) ? parsed(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  return new MillwrightError('DATA_UNREADABLE', 'This is no JSON object.', 'Write one row as a JSON object a line.');
}

/** A cell as it is spelled; missing or nested ones are empty. */
export function cellOf(row: Row, name: string): string {
  const cell = Object.hasOwn(row, name) ? row[name] : undefined;
  return typeof cell === 'object' ? '' : (spelling(cell) ?? '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
