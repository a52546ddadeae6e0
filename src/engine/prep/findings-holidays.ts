import { isInput, type Schema } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Finding } from '../automl/result.js';
import { type Calendar, calendarDays } from './calendar.js';
import { percent } from './findings-columns.js';

const DAY = 86_400_000;

/** Dates outside of the years that a calendar knows: nothing is said of holidays there. */
export function holidayFindings(table: Table, schema: Schema, calendars: readonly Calendar[]): Finding[] {
  const findings: Finding[] = [];
  for (const { name, type } of schema.columns.filter((c) => isInput(c) && c.type === 'datetime')) {
    const column = table.find(name);
    if (column?.kind !== 'numeric') continue;
    for (const calendar of calendars) {
      const [first, last] = calendarDays(calendar).span.map((d) => d * DAY) as [number, number];
      let dates = 0;
      let beyond = 0;
      for (const at of column.values) {
        if (!Number.isFinite(at)) continue;
        dates++;
        if (!(at >= first && at < last + DAY)) beyond++;
      }
      if (beyond === 0) continue;
      const years = Object.keys(calendar.years).sort();
      findings.push({
        level: beyond === dates ? 'warning' : 'info',
        code: 'holidays-unknown',
        column: name,
        message: `${percent(beyond / dates)} of the dates in “${name}” lie outside of the years ${years[0]} to ${years.at(-1)} that the calendar ${calendar.name} knows: what is made of its holidays is missing there.`,
      });
    }
  }
  return findings;
}
