import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Finding } from '../automl/result.js';
import type { Calendar } from './calendar.js';
import { columnFindings } from './findings-columns.js';
import { holidayFindings } from './findings-holidays.js';
import { leakFindings } from './findings-leaks.js';
import { targetFindings } from './findings-target.js';

/** What the search for findings looks at. */
export interface FindingsInput {
  /** Raw rows that have an answer; the target column is not needed. */
  table: Table;
  schema: Schema;
  task: Task;
  /** Class index or number a row. */
  target: Float64Array;
  /** Rows of `table` that what is said of single columns rests on; all when absent. */
  view?: Uint32Array;
  rng: Rng;
  /** Whose holidays dates are told by. */
  holidays?: readonly Calendar[];
  /** Columns that the leak search looks at, at most. */
  mostColumns?: number;
  /** Asked now and then; false ends the leak search. */
  proceed?: () => Promise<boolean>;
}

/**
 * What a person should know of the data before any model: gaps, odd values, rare classes, columns that know the answer.
 * @returns findings, gravest first, and how many columns the leak search looked at
 */
export async function dataFindings(input: FindingsInput): Promise<{ findings: Finding[]; columns: number }> {
  const { table, schema, task, target, view } = input;
  const leaks = await leakFindings({ table, schema, task, target, rng: input.rng, most: input.mostColumns, proceed: input.proceed });
  const seen = view ? table.take(view) : table;
  const findings = [
    ...leaks.findings,
    ...targetFindings(target, task),
    ...columnFindings(seen, schema),
    ...holidayFindings(seen, schema, input.holidays ?? []),
  ];
  return { findings: gravestFirst(findings), columns: leaks.columns };
}

/** Danger, warning, repair, info; within each as found. */
export function gravestFirst(findings: readonly Finding[]): Finding[] {
  const order: readonly Finding['level'][] = ['danger', 'warning', 'repair', 'info'];
  return order.flatMap((level) => findings.filter((f) => f.level === level));
}
