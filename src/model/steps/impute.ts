import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newNumeric, numericOf, replaceColumns } from './columns.js';

/** Fills numbers that are missing or infinite; an indicator column says where, when training had such cells. */
export interface ImputeStep extends StepData {
  readonly kind: 'impute';
  readonly columns: readonly { readonly name: string; readonly value: number; readonly indicator?: string }[];
}

export const impute: StepKind<ImputeStep> = {
  read: (fields: Fields): ImputeStep => ({
    kind: 'impute',
    columns: fields.list('columns', (f) => ({
      name: f.text('name'),
      value: f.number('value'),
      ...(f.has('indicator') && { indicator: f.text('indicator') }),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, value, indicator }) => ({
      from: numericOf(input, name).values,
      value,
      to: newNumeric(name, input.rows),
      mark: indicator === undefined ? undefined : newNumeric(indicator, input.rows),
    }));
    const run = (): void => {
      for (const part of parts) fill(part.from, part.value, part.to.values, part.mark?.values);
    };
    return { table: replaceColumns(input, new Map(parts.map((p) => [p.to.name, p.mark ? [p.to, p.mark] : [p.to]]))), run };
  },
};

function fill(from: Float64Array, value: number, to: Float64Array, mark: Float64Array | undefined): void {
  for (let i = 0; i < from.length; i++) {
    const x = from[i] as number;
    const present = x - x === 0;
    to[i] = present ? x : value;
    if (mark) mark[i] = present ? 0 : 1;
  }
}
