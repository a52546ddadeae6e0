import type { Table } from '../core/table.js';
import type { Fields } from './fields.js';

/**
 * A fitted preparation step: plain data (JSON-safe) plus the code that the recipe finds by its `kind`.
 * A step reads columns by name, and removes, replaces or adds columns; it never looks at the target.
 */
export interface StepData {
  readonly kind: string;
}

/**
 * A step tied to the columns of one input table. `table` holds the outputs, whose cells `run` fills from the input's cells of the moment:
 * a scorer binds once to a table of one row and runs again for every row, a batch binds and runs once.
 */
export interface BoundStep {
  readonly table: Table;
  run(): void;
}

/** The code of a kind of step. A row must give the same result alone as among others, and a column absent from the table is all missing. */
export interface StepKind<S extends StepData> {
  /** Checks data from outside. @throws MillwrightError `BUNDLE_UNREADABLE` */
  read(fields: Fields): S;
  bind(step: S, input: Table): BoundStep;
}
