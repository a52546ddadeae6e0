import type { Table } from '../../core/table.js';
import { explainRows } from '../../engine/explain/row-contributions.js';
import { calledClass } from '../../model/predict.js';
import { Refusal } from './refusal.js';
import type { ServedModel } from './served-model.js';

/** Rows of one request that are explained: it takes a hundred times as long as scoring. */
const MOST_ROWS = 200;

/** What is told of a row: the column, its cell as it was read, and what it did. */
interface Contribution {
  readonly column: string;
  readonly value: number | string | null;
  readonly contribution: number;
}

/** An explained table, told row by row. */
export interface Explained {
  readonly method: string;
  readonly scale: string;
  /** The class that a row's numbers are of. */
  of(row: number): string | undefined;
  base(row: number): number;
  /** Strongest first; columns that did nothing are left out. */
  contributions(row: number): Contribution[];
}

/**
 * Explains a table: of two classes the second, of several the one that was called.
 * @param values what the model predicts of it
 * @throws Refusal `REQUEST_TOO_LARGE`
 */
export function explainTable({ bundle }: ServedModel, table: Table, values: Float64Array): Explained {
  if (table.rows > MOST_ROWS)
    throw new Refusal('REQUEST_TOO_LARGE', `${table.rows} rows are more than the ${MOST_ROWS} that are explained at a time.`);
  const { task } = bundle;
  const found = explainRows(bundle, table);
  const width = found.columns.length;
  const output = (row: number): number => (found.outputs === 1 ? 0 : calledClass(task, values, row, bundle.threshold, bundle.costs));
  const cell = (row: number, c: number): number | string | null => {
    const column = table.columns[c];
    if (column?.kind === 'numeric') return Number.isNaN(column.values[row]) ? null : (column.values[row] as number);
    return column?.levels[column.codes[row] as number] ?? null;
  };
  return {
    method: found.method,
    scale: found.scale,
    of: (row) => (task.kind === 'regression' ? undefined : task.classes[found.outputs === 1 ? 1 : output(row)]),
    base: (row) => found.base[output(row)] as number,
    contributions(row) {
      const from = (row * found.outputs + output(row)) * width;
      return found.columns
        .map((column, c) => ({ column, value: cell(row, c), contribution: found.values[from + c] as number }))
        .filter((c) => c.contribution !== 0)
        .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    },
  };
}
