import type { Table } from '../core/table.js';

/**
 * A fitted preparation step: plain data (JSON-safe) plus the code that `applyStep` finds by its `kind`.
 * A step reads columns by name, and removes, replaces or adds columns; it never looks at the target.
 */
export interface StepData {
  readonly kind: string;
}

/** What a kind of step does to a table. It must give the same result for a row alone as for the row among others. */
export type StepApply<S extends StepData> = (step: S, table: Table) => Table;
