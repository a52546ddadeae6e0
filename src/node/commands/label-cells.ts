import { createHash } from 'node:crypto';
import type { Schema } from '../../core/schema.js';
import type { DataSource } from '../data/data-source.js';

const BATCH = 8192;
const NO_COLUMNS: Schema = { columns: [] };

/** One row of a table as it is spelled. */
export interface SpelledRow {
  /** From 1, in the order of the table. */
  readonly number: number;
  /** By column, in the order of the names asked for. */
  readonly cells: readonly string[];
}

/** All rows of a table as they are spelled. @param names columns; all of them when absent */
export async function* spelledRows(source: DataSource, names: readonly string[] = source.columns): AsyncGenerator<SpelledRow> {
  let number = 0;
  for await (const { table, kept } of source.batches(NO_COLUMNS, BATCH, { keep: names }))
    for (let i = 0; i < table.rows; i++) yield { number: ++number, cells: kept.map((cells) => cells[i] as string) };
}

/**
 * A name for a row that tells when the table has changed since: its number, and a hash of its cells but the answer's.
 * @example rowId(17, ['age', 'city'], ['31', 'Oslo']) // '17-9f86d081884c'
 */
export function rowId(number: number, names: readonly string[], cells: readonly string[]): string {
  return `${number}-${contentKey(names, cells)}`;
}

/** What a row says, as a hash; the order of the columns does not count, empty cells do not either. */
export function contentKey(names: readonly string[], cells: readonly string[]): string {
  const told = names.map((name, i) => [name, cells[i] as string]).filter(([, cell]) => cell !== '');
  told.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 12);
}

/** A row of CSV or TSV, every cell as it is. */
export function plainLine(cells: readonly string[], separator: string): string {
  const quoted = (cell: string) => (/["\r\n]|^\s|\s$/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `${cells.map(quoted).join(separator)}\n`;
}
