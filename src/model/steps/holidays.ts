import { lowerBound } from '../../core/lower-bound.js';
import { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { newNumeric, numericOf } from './columns.js';

/** `is`: 1 on a holiday, else 0; `until` the next and `since` the last holiday in days, 0 on one. */
export const HOLIDAY_MEASURES = ['is', 'until', 'since'] as const;

/** Adds how instants (milliseconds, UTC) stand to the days of a calendar. */
export interface HolidaysStep extends StepData {
  readonly kind: 'holidays';
  readonly columns: readonly {
    readonly name: string;
    /** Holidays, as days since 1970. */
    readonly days: readonly number[];
    /** The calendar is known from the first of these days to the last; beyond it all is missing. */
    readonly span: readonly number[];
    readonly outputs: readonly { readonly measure: (typeof HOLIDAY_MEASURES)[number]; readonly name: string }[];
  }[];
}

export const holidays: StepKind<HolidaysStep> = {
  read: (fields: Fields): HolidaysStep => ({
    kind: 'holidays',
    columns: fields.list('columns', (f) => ({
      name: f.text('name'),
      days: f.numbers('days'),
      span: f.numbers('span', 2),
      outputs: f.list('outputs', (o) => ({ measure: o.choice('measure', HOLIDAY_MEASURES), name: o.text('name') })),
    })),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map(({ name, days, span, outputs }) => ({
      from: numericOf(input, name).values,
      days: Float64Array.from(days).sort(),
      span,
      to: outputs.map((o) => ({ place: HOLIDAY_MEASURES.indexOf(o.measure), column: newNumeric(o.name, input.rows) })),
    }));
    const run = (): void => {
      for (const { from, days, span, to } of parts)
        for (let row = 0; row < from.length; row++) {
          const day = Math.floor((from[row] as number) / 86_400_000);
          const low = lowerBound(days, day + 1);
          // NaN where there is no such day, and for what is not an instant
          const since = day - (days[low - 1] as number);
          const known = day >= (span[0] as number) && day <= (span[1] as number);
          const said = since === 0 ? [1, 0, 0] : [0, (days[low] as number) - day, since];
          for (const { place, column } of to) column.values[row] = known ? (said[place] as number) : Number.NaN;
        }
    };
    return { table: new Table([...input.columns, ...parts.flatMap((p) => p.to.map((t) => t.column))], input.rows), run };
  },
};
