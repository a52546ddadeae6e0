import { isInput, type Schema, type Task } from '../core/schema.js';
import type { Table } from '../core/table.js';
import type { Bundle } from './bundle.js';
import { calledClass, type Predictions, predict } from './predict.js';
import { rowScorer } from './row-scorer.js';
import { emptyReport, tableFromRows } from './table-from-rows.js';
import { stepsOf, unseenCategories } from './unseen-categories.js';

/** A plain object with the columns as properties; the cells may be text or JavaScript values. */
export type Row = Readonly<Record<string, unknown>>;

/** The answer for one row. */
export interface Scored {
  /** The predicted number, or the class called. */
  prediction: number | string;
  /** The probability of each class, in an object without a prototype; absent for regression. */
  probabilities?: Record<string, number>;
}

/** Something in the rows that did not fit the schema; they are scored all the same. */
export interface InputWarning {
  kind: 'missing-column' | 'extra-column' | 'unreadable-cells' | 'unseen-category';
  column: string;
  /** Cells concerned; all rows for whole columns. */
  count: number;
  /** In words for a person. */
  message: string;
}

/** What a bundle holds, in short. */
export interface Card {
  task: Task;
  /** Probability from which a row is called positive (two classes only). */
  threshold?: number;
  model: string;
  /** The columns that a row to predict should have. */
  features: { name: string; type: string }[];
  metrics: Record<string, unknown>;
  /** Rows that it was trained on. */
  rows: number;
  dataHash: string;
  seed: number;
  millwright: string;
}

/** A loaded bundle, ready to score. */
export class Scorer {
  readonly schema: Schema;
  readonly task: Task;
  readonly metrics: Record<string, unknown>;
  readonly #bundle: Bundle;
  readonly #scoreRow: (row: Row) => Float64Array;

  constructor(bundle: Bundle) {
    this.schema = bundle.schema;
    this.task = bundle.task;
    this.metrics = bundle.metrics;
    this.#bundle = bundle;
    this.#scoreRow = rowScorer(bundle);
  }

  /**
   * Scores one plain object, or several. Absent, unreadable and missing cells are treated alike; `check` tells of them.
   * @throws MillwrightError `SCHEMA_MISMATCH` when a row is not an object
   * @example scorer.predict({ age: 31, city: 'Oslo' }).prediction
   */
  predict(row: Row): Scored;
  predict(rows: readonly Row[]): Scored[];
  predict(rows: Row | readonly Row[]): Scored | Scored[] {
    if (!Array.isArray(rows)) return this.#scored(this.#scoreRow(rows as Row));
    return rows.map((row: Row) => this.#scored(this.#scoreRow(row)));
  }

  /** Scores a raw table: the fastest way for many rows. */
  predictTable(table: Table): Predictions {
    return predict(this.#bundle, table);
  }

  /** Tells what of the rows does not fit the schema; empty when all does. */
  check(rows: readonly Row[]): InputWarning[] {
    const report = emptyReport();
    const table = tableFromRows(this.schema, rows, report);
    const warnings: InputWarning[] = [];
    const warn = (kind: InputWarning['kind'], column: string, count: number, message: string): void => {
      warnings.push({ kind, column, count, message });
    };
    for (const c of report.missingColumns) warn('missing-column', c, rows.length, `Column "${c}" is absent; its cells count as missing.`);
    for (const c of report.extraColumns) warn('extra-column', c, rows.length, `Column "${c}" was not there in training; it is ignored.`);
    for (const [c, n] of report.unreadable)
      warn('unreadable-cells', c, n, `${n} cells of "${c}" could not be read; they count as missing.`);
    for (const [c, n] of unseenCategories(stepsOf(this.#bundle), table))
      warn('unseen-category', c, n, `${n} cells of "${c}" hold a category that training had never, or too rarely.`);
    return warnings;
  }

  /** What the bundle holds, in short. */
  card(): Card {
    const { task, model, schema, metrics, lineage, threshold } = this.#bundle;
    const features = schema.columns.filter(isInput).map(({ name, type }) => ({ name, type }));
    const { rows, dataHash, seed, millwright } = lineage;
    return { task, ...(threshold !== undefined && { threshold }), model: model.kind, features, metrics, rows, dataHash, seed, millwright };
  }

  #scored(values: Float64Array): Scored {
    const { task, threshold, costs } = this.#bundle;
    if (task.kind === 'regression') return { prediction: values[0] as number };
    const { classes } = task;
    const probabilities = Object.create(null) as Record<string, number>;
    for (let k = 0; k < classes.length; k++) probabilities[classes[k] as string] = values[k] as number;
    return { prediction: classes[calledClass(task, values, 0, threshold, costs)] as string, probabilities };
  }
}
