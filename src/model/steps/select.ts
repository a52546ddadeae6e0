import { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, numericOf } from './columns.js';

/** Keeps the named columns, in that order; those that a table lacks become all missing. */
export interface SelectStep extends StepData {
  readonly kind: 'select';
  readonly columns: readonly { readonly name: string; readonly type: 'numeric' | 'category' }[];
}

export const select: StepKind<SelectStep> = {
  read: (fields: Fields): SelectStep => ({
    kind: 'select',
    columns: fields.list('columns', (f) => ({ name: f.text('name'), type: f.choice('type', ['numeric', 'category']) })),
  }),
  bind(step, input): BoundStep {
    const columns = step.columns.map((c) => (c.type === 'numeric' ? numericOf(input, c.name) : categoryOf(input, c.name)));
    return { table: new Table(columns, input.rows), run: () => {} };
  },
};
