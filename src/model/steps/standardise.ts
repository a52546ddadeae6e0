import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newNumeric, numericOf, replaceColumns } from './columns.js';

/** Clamps numbers to [low, high], then subtracts the mean and divides by the scale. */
export interface StandardiseStep extends StepData {
  readonly kind: 'standardise';
  readonly columns: readonly {
    readonly name: string;
    readonly low: number;
    readonly high: number;
    readonly mean: number;
    /** Above 0. */
    readonly scale: number;
  }[];
}

export const standardise: StepKind<StandardiseStep> = {
  read: (fields: Fields): StandardiseStep => ({
    kind: 'standardise',
    columns: fields.list('columns', (f) => ({
      name: f.text('name'),
      low: f.number('low'),
      high: f.number('high'),
      mean: f.number('mean'),
      scale: f.number('scale'),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map((column) => ({
      column,
      from: numericOf(input, column.name).values,
      to: newNumeric(column.name, input.rows),
    }));
    const run = (): void => {
      for (const { column, from, to } of parts) {
        const { low, high, mean, scale } = column;
        const { values } = to;
        for (let i = 0; i < from.length; i++) {
          const x = from[i] as number;
          values[i] = (Math.min(Math.max(x, low), high) - mean) / scale;
        }
      }
    };
    return { table: replaceColumns(input, new Map(parts.map((p) => [p.to.name, [p.to]]))), run };
  },
};
