/** What a column means. `datetime` is held as UTC milliseconds, `boolean` as 0/1. */
export type ColumnType = 'number' | 'boolean' | 'datetime' | 'category' | 'text' | 'id';

/** What a column is for. `group`: rows that belong together; `time`: the order in which rows happened (also a feature). */
export type ColumnUse = 'feature' | 'target' | 'ignore' | 'group' | 'time' | 'weight';

/** How the cells of a column are read when they arrive as text. Plain data, kept in the bundle. */
export type ColumnFormat =
  | {
      kind: 'number';
      decimal: '.' | ',';
      /** Thousands separators that are dropped, e.g. `","` or `" "`. */
      group: string;
      /** Text that is dropped at either end, e.g. `"$"`, `"EUR"`, `"kg"`; a trailing `%` is dropped too and divides by 100 when `percent`. */
      affixes: string[];
      percent: boolean;
    }
  | { kind: 'boolean'; true: string[]; false: string[] }
  | {
      kind: 'datetime';
      /** Tried in order; tokens yyyy yy MM M dd d HH H hh h mm ss SSS a ZZ MMM MMMM, ISO 8601 is `"iso"`, numbers `"epoch-s"`, `"epoch-ms"`, `"yyyymmdd"`. */
      patterns: string[];
    };

/** One column of the raw table, and why it is read as it is. */
export interface ColumnSchema {
  name: string;
  type: ColumnType;
  use: ColumnUse;
  /** Why this type and this use, in words for a person. */
  reason: string;
  format?: ColumnFormat;
  /** Cells that mean "missing" here, trimmed and lower-case; the empty cell always does. */
  missing: string[];
  stats: ColumnStats;
}

/** Whether a model may read the column. */
export function isInput({ use }: Pick<ColumnSchema, 'use'>): boolean {
  return use === 'feature' || use === 'time';
}

/** Whether a model learns from the column: an input that tells more than which row it is. */
export function isFeature(column: ColumnSchema, target: string): boolean {
  return isInput(column) && column.type !== 'id' && column.name !== target;
}

/** Counted on the rows that were profiled. */
export interface ColumnStats {
  rows: number;
  missing: number;
  distinct: number;
  min?: number;
  max?: number;
  mean?: number;
  /** The most frequent cells as spelled, with their counts; at most 10. */
  top: { value: string; count: number }[];
}

/** The raw table that a model was trained on and expects. */
export interface Schema {
  columns: ColumnSchema[];
}

export type TaskKind = 'binary' | 'multiclass' | 'regression';

/** The question put to the table. */
export interface Task {
  kind: TaskKind;
  target: string;
  /** Class labels as spelled in the data; for two classes the second is the positive one. Empty for regression. */
  classes: string[];
  /** Why this task, in words for a person. */
  reason: string;
}

/** The outputs of a model: 1 for regression, else one probability a class. */
export function outputCount(task: Task): number {
  return task.kind === 'regression' ? 1 : task.classes.length;
}
