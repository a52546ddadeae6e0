import { createHash } from 'node:crypto';
import { MillwrightError } from '../../core/errors.js';
import { spelling } from '../../model/parse-cell.js';
import type { CellBatch, CellScanner } from './cell-batch.js';
import { type DataSource, ScannedSource } from './data-source.js';

/** Rows of a batch. */
const BATCH = 8192;

class RowsScanner implements CellScanner {
  readonly physical;
  readonly rowCount: number;
  constructor(
    readonly rows: readonly Readonly<Record<string, unknown>>[],
    readonly names: readonly string[],
  ) {
    this.physical = names.map(() => 'text' as const);
    this.rowCount = rows.length;
  }

  async *scan(wanted: readonly number[]): AsyncIterable<CellBatch> {
    for (let from = 0; from < this.rows.length; from += BATCH) {
      const rows = this.rows.slice(from, from + BATCH);
      yield {
        rows: rows.length,
        vectors: wanted.map((c) => {
          const name = this.names[c] as string;
          return { kind: 'values', values: rows.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined)) };
        }),
      };
    }
  }

  async close(): Promise<void> {}
}

/**
 * A source of plain objects, for the library. Columns are the objects' own keys in order of first appearance.
 * @throws MillwrightError `DATA_EMPTY`
 * @example const source = sourceFromRows([{ age: 31, city: 'Oslo' }, { age: 45 }])
 */
export function sourceFromRows(rows: readonly Readonly<Record<string, unknown>>[], label = 'rows in memory'): DataSource {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  if (rows.length === 0 || names.size === 0)
    throw new MillwrightError('DATA_EMPTY', `${label}: there are no rows.`, 'Give at least one object with at least one key.');
  const columns = [...names];
  let hash: string | undefined;
  const digest = (): string => {
    if (hash === undefined) {
      const content = createHash('sha256').update(JSON.stringify(columns));
      for (const row of rows)
        content.update(JSON.stringify(columns.map((name) => (Object.hasOwn(row, name) ? (spelling(row[name]) ?? null) : null))));
      hash = content.digest('hex');
    }
    return hash;
  };
  return new ScannedSource(new RowsScanner(rows, columns), { label, bytes: 0, hash: digest, notes: [] });
}
