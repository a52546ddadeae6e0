import { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newNumeric, numericOf } from './columns.js';

/** `days`: the difference of two instants, in days. */
export const OPERATIONS = ['sum', 'difference', 'product', 'ratio', 'days'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Adds columns, each made of two numbers; what is not finite, such as a ratio to 0, is missing. */
export interface CombineStep extends StepData {
  readonly kind: 'combine';
  readonly columns: readonly { readonly operation: Operation; readonly left: string; readonly right: string; readonly output: string }[];
}

export const combine: StepKind<CombineStep> = {
  read: (fields: Fields): CombineStep => ({
    kind: 'combine',
    columns: fields.list('columns', (f) => ({
      operation: f.choice('operation', OPERATIONS),
      left: f.text('left'),
      right: f.text('right'),
      output: f.text('output'),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ operation, left, right, output }) => ({
      operation,
      left: numericOf(input, left).values,
      right: numericOf(input, right).values,
      to: newNumeric(output, input.rows),
    }));
    const run = (): void => {
      for (const { operation, left, right, to } of parts) combineInto(operation, left, right, to.values);
    };
    return { table: new Table([...input.columns, ...parts.map((p) => p.to)], input.rows), run };
  },
};

const DAY = 86_400_000;

/** Fills `to` with the operation applied cell by cell. */
export function combineInto(operation: Operation, left: Float64Array, right: Float64Array, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) {
    const a = left[i] as number;
    const b = right[i] as number;
    const value =
      operation === 'sum'
        ? a + b
        : operation === 'difference'
          ? a - b
          : operation === 'product'
            ? a * b
            : operation === 'ratio'
              ? a / b
              : (a - b) / DAY;
    // only a finite number less itself is 0
    to[i] = value - value === 0 ? value : Number.NaN;
  }
}
