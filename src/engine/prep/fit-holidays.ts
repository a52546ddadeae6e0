import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { HolidaysStep } from '../../model/steps/holidays.js';
import { type Calendar, calendarDays } from './calendar.js';
import type { FreshNames } from './fresh-names.js';
import { varies } from './varies.js';

/**
 * Tells of each date whether it is a holiday of each calendar, and how far the next and the last are: what a flag alone cannot say of the days around.
 * What does not vary in the training rows is left out.
 */
export function fitHolidays(
  table: Table,
  names: readonly string[],
  calendars: readonly Calendar[],
  fresh: FreshNames,
): HolidaysStep | undefined {
  const known = calendars.map((calendar) => ({ of: calendar.name, ...calendarDays(calendar) }));
  const all: HolidaysStep['columns'] = names.flatMap((name) =>
    known.map(({ of, days, span }) => ({
      name,
      days,
      span,
      outputs: [
        { measure: 'is', name: fresh.take(`${name} ${of} holiday`) },
        { measure: 'until', name: fresh.take(`${name} days to ${of} holiday`) },
        { measure: 'since', name: fresh.take(`${name} days since ${of} holiday`) },
      ],
    })),
  );
  const tried = applyRecipe([{ kind: 'holidays', columns: all } as HolidaysStep], table);
  const columns = all
    .map((c) => ({ ...c, outputs: c.outputs.filter((o) => varies(tried.find(o.name))) }))
    .filter((c) => c.outputs.length > 0);
  return columns.length > 0 ? { kind: 'holidays', columns } : undefined;
}
