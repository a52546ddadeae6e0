import { MillwrightError } from '../../core/errors.js';
import type { ColumnSchema, Schema, Task } from '../../core/schema.js';
import { stackTables } from '../../core/stack-tables.js';
import type { Column, Table } from '../../core/table.js';
import type { FitSetting } from './fit-team.js';

/** The rows that can be learned from, with their answers apart. */
export interface AnsweredRows {
  /** Raw columns without the target. */
  readonly table: Table;
  /** Class index or number. */
  readonly target: Float64Array;
  /** Present when the schema has a weight column. */
  readonly weights?: Float64Array;
  /** Index of each row in the data as read. */
  readonly rows: Uint32Array;
  /** Rows without an answer (or with one that is no class of the task). */
  readonly setAside: number;
  /** Raw columns of rows whose answer is not known yet. */
  readonly unanswered: Table;
}

/** Fewer rows than this cannot be divided into training, validation and holdout. */
const fewestRows = 10;

/**
 * Sets rows without an answer aside.
 * @throws MillwrightError `TARGET_NOT_FOUND`, `TARGET_MISSING`, `TARGET_NOT_NUMERIC`, `TOO_FEW_ROWS`
 */
export function answeredRows(table: Table, schema: Schema, task: Task): AnsweredRows {
  const column = table.find(task.target);
  if (!column)
    throw new MillwrightError('TARGET_NOT_FOUND', `There is no column "${task.target}".`, 'Name one of the columns with --target.');
  const all = answersIn(
    column,
    task,
    schema.columns.find((c) => c.name === task.target),
  );
  const weightName = schema.columns.find((c) => c.use === 'weight')?.name;
  const weightColumn = weightName === undefined ? undefined : table.find(weightName);
  const allWeights = weightColumn?.kind === 'numeric' ? weightColumn.values : undefined;
  const kept: number[] = [];
  const open: number[] = [];
  for (let i = 0; i < table.rows; i++) {
    // a row of no weight, or of unknown weight, counts for nothing
    if (Number.isFinite(all[i] as number) && (!allWeights || (allWeights[i] as number) > 0)) kept.push(i);
    else if (isMissing(column, i)) open.push(i);
  }
  if (kept.length === 0) throw new MillwrightError('TARGET_MISSING', `No row has an answer in "${task.target}".`, 'Choose another target.');
  if (kept.length < fewestRows)
    throw new MillwrightError(
      'TOO_FEW_ROWS',
      `Only ${kept.length} rows have an answer in "${task.target}".`,
      `At least ${fewestRows} are needed.`,
    );
  const rows = Uint32Array.from(kept);
  const inputs = table.drop(new Set([task.target]));
  return {
    table: rows.length === table.rows ? inputs : inputs.take(rows),
    target: Float64Array.from(rows, (i) => all[i] as number),
    weights: allWeights && Float64Array.from(rows, (i) => allWeights[i] as number),
    rows,
    setAside: table.rows - rows.length,
    unanswered: inputs.take(Uint32Array.from(open)),
  };
}

function isMissing(column: Column, row: number): boolean {
  return column.kind === 'numeric' ? Number.isNaN(column.values[row]) : (column.codes[row] as number) < 0;
}

/** What fits need of them: the raw rows, those without an answer after the others. */
export function fitRows({ table, unanswered, target, weights }: AnsweredRows): FitSetting['answered'] {
  return { table: unanswered.rows > 0 ? stackTables(table, unanswered) : table, target, weights };
}

/** A class index or number a row; NaN where there is none. */
export function answersIn(column: Column, task: Task, schema: ColumnSchema | undefined): Float64Array {
  if (task.kind === 'regression') {
    if (column.kind === 'numeric') return column.values;
    throw new MillwrightError(
      'TARGET_NOT_NUMERIC',
      `"${task.target}" holds text, not numbers.`,
      'Use --task binary or multiclass, or another target.',
    );
  }
  const classOf = new Map(task.classes.map((name, k) => [name, k]));
  if (column.kind === 'category') {
    const classes = column.levels.map((level) => classOf.get(level) ?? classOf.get(level.trim()) ?? Number.NaN);
    return Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : (classes[code] as number)));
  }
  const classOfNumber = new Map(task.classes.map((name, k) => [numberOf(name, schema), k]));
  return Float64Array.from(column.values, (v) => (Number.isNaN(v) ? Number.NaN : (classOfNumber.get(v) ?? Number.NaN)));
}

/** The number that a class is held as in a numeric column: 0 or 1 for the words of a boolean. */
function numberOf(label: string, schema: ColumnSchema | undefined): number {
  const word = label.trim().toLowerCase();
  if (schema?.format?.kind === 'boolean') {
    if (schema.format.true.some((w) => w.trim().toLowerCase() === word)) return 1;
    if (schema.format.false.some((w) => w.trim().toLowerCase() === word)) return 0;
  }
  if (schema?.type === 'boolean' && (word === 'true' || word === 'false')) return word === 'true' ? 1 : 0;
  return word === '' ? Number.NaN : Number(word);
}
