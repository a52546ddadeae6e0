import { MillwrightError } from '../../../core/errors.js';
import type { Task } from '../../../core/schema.js';
import type { Table } from '../../../core/table.js';
import { explainRows } from '../../../engine/explain/row-contributions.js';
import type { Bundle } from '../../../model/bundle.js';
import { calledClass, type Predictions } from '../../../model/predict.js';
import { csvNumber, csvText } from '../csv-cell.js';
import { predictionColumns, type Sureness } from '../prediction-rows.js';

/** A column of the result. `json` is text that is JSON; `time` is an ISO moment. */
export interface ScoredColumn {
  name: string;
  kind: 'text' | 'number' | 'json' | 'time';
}

export type ScoredCell = string | number | null;

/** Rows that are written at once. */
export type ScoredRow = readonly ScoredCell[];

/** What stands beside predictions where it was asked for. */
export interface Beside {
  /** Columns that did most, at most so many. */
  readonly reasons: number;
  readonly sureness: Sureness;
}

/** What stands in every row of a job. */
export interface Stamp {
  model: string;
  version: string;
  scoredAt: string;
}

/**
 * The columns of a result: key, prediction, probabilities, interval or set and reasons where asked, model, version, scored_at.
 * @throws MillwrightError `OPTION_INVALID` when the key has the name of another of them
 */
export function scoredColumns(task: Task, key: readonly string[], { reasons, sureness }: Beside): ScoredColumn[] {
  const made: ScoredColumn[] = predictionColumns(task, sureness).map((name, i, { length }) => ({
    name,
    kind: i === 0 && task.kind !== 'regression' ? 'text' : sureness.set && i === length - 1 ? 'json' : 'number',
  }));
  if (reasons > 0) made.push({ name: 'reasons', kind: 'json' });
  made.push({ name: 'model', kind: 'text' }, { name: 'version', kind: 'text' }, { name: 'scored_at', kind: 'time' });
  const clash = key.find((name) => made.some((column) => column.name.toLowerCase() === name.toLowerCase()));
  if (clash !== undefined)
    throw new MillwrightError('OPTION_INVALID', `The key "${clash}" has the name of a column of the result.`, 'Rename it with --query.');
  return [...key.map((name): ScoredColumn => ({ name, kind: 'text' })), ...made];
}

/** @param keys the key columns' cells as they are spelled; empty is missing */
export function scoredRows(
  bundle: Bundle,
  table: Table,
  keys: readonly string[][],
  scored: Predictions,
  { reasons, sureness: { width, set } }: Beside,
  stamp: Stamp,
): ScoredRow[] {
  const because = reasons > 0 ? reasonsOf(bundle, table, scored.values, reasons) : undefined;
  return Array.from({ length: table.rows }, (_, row) => {
    const cells: ScoredCell[] = keys.map((cell) => cell[row] || null);
    if (scored.labels) cells.push(scored.labels[row] as string);
    for (let k = 0; k < scored.outputs; k++) cells.push(finite(scored.values[row * scored.outputs + k] as number));
    if (set) cells.push(JSON.stringify(set(scored.values, row)));
    if (width !== undefined) for (const side of [-width, width]) cells.push(finite((scored.values[row] as number) + side));
    if (because) cells.push(because(row));
    cells.push(stamp.model, stamp.version, stamp.scoredAt);
    return cells;
  });
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The strongest contributions of a row as JSON: of two classes to the second, of several to the one that was called. */
function reasonsOf(bundle: Bundle, table: Table, values: Float64Array, most: number): (row: number) => string {
  const { columns, outputs, values: found } = explainRows(bundle, table);
  return (row) => {
    const output = outputs === 1 ? 0 : calledClass(bundle.task, values, row, bundle.threshold, bundle.costs);
    const from = (row * outputs + output) * columns.length;
    const told = columns
      .map((column, c) => ({ column, contribution: found[from + c] as number }))
      .filter((c) => c.contribution !== 0)
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    return JSON.stringify(told.slice(0, most));
  };
}

/** Rows as lines of a delimited file. */
export function delimitedText(columns: readonly ScoredColumn[], rows: readonly ScoredRow[], separator: string): string {
  let text = '';
  for (const row of rows) {
    for (let c = 0; c < columns.length; c++) {
      const cell = row[c] ?? null;
      if (c > 0) text += separator;
      if (cell !== null) text += typeof cell === 'number' ? csvNumber(cell) : csvText(cell);
    }
    text += '\n';
  }
  return text;
}

/** Rows as JSON, one object a line. */
export function ndjsonText(columns: readonly ScoredColumn[], rows: readonly ScoredRow[]): string {
  const names = columns.map((c) => JSON.stringify(c.name));
  // by hand, since an object would lose a column called "__proto__" and reorder those called "1"
  const line = (row: ScoredRow): string =>
    `{${columns.map(({ kind }, c) => `${names[c]}:${kind === 'json' ? row[c] : JSON.stringify(row[c])}`).join(',')}}\n`;
  return rows.map(line).join('');
}
