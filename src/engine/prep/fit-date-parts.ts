import type { Table } from '../../core/table.js';
import { DATE_PARTS, type DateOutput, type DatePart, type DatePartsStep, readDate } from '../../model/steps/date-parts.js';
import type { FreshNames } from './fresh-names.js';

/** Parts that a model splits as numbers; all others are cut from one of these by a single threshold. */
const SPLIT: ReadonlySet<DatePart> = new Set<DatePart>([
  'year',
  'month',
  'day',
  'weekday',
  'day-of-year',
  'hour',
  'minute',
  'month-end',
  'elapsed',
]);
/** What goes round, and the part that must vary for it to be worth telling. */
const ROUNDS: readonly (readonly [round: DatePart, varies: DatePart])[] = [
  ['of-year', 'month'],
  ['of-month', 'day'],
  ['of-week', 'weekday'],
  ['of-day', 'hour'],
];

/**
 * Chooses the parts of each instant that vary in the training rows.
 * @param dense for models that cannot split a number: month, weekday and hour as categories, and year, month, week and day also as waves that end where
 *   they begin
 */
export function fitDateParts(table: Table, names: readonly string[], fresh: FreshNames, dense: boolean): DatePartsStep {
  const columns = names.map((name) => {
    const column = table.column(name);
    const values = column.kind === 'numeric' ? column.values : new Float64Array(0);
    let origin = Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i++) if ((values[i] as number) < origin) origin = values[i] as number;
    if (!Number.isFinite(origin)) origin = 0;
    const varying = varyingParts(values, origin);
    const outputs: DateOutput[] = [];
    for (const part of DATE_PARTS) {
      if (!varying.has(part) || part.startsWith('of-') || !(dense || SPLIT.has(part))) continue;
      const output = { part, name: fresh.take(`${name}.${part}`) };
      outputs.push(dense && (part === 'month' || part === 'weekday' || part === 'hour') ? { ...output, category: true } : output);
    }
    for (const [part, least] of dense ? ROUNDS : [])
      if (varying.has(least))
        for (const wave of ['sin', 'cos'] as const) outputs.push({ part, name: fresh.take(`${name}.${part}.${wave}`), wave });
    return { name, origin, outputs };
  });
  return { kind: 'date-parts', columns };
}

function varyingParts(values: Float64Array, origin: number): Set<DatePart> {
  const first = new Float64Array(DATE_PARTS.length).fill(Number.NaN);
  const parts = new Float64Array(DATE_PARTS.length);
  const varying = new Set<DatePart>();
  for (let row = 0; row < values.length && varying.size < DATE_PARTS.length; row++) {
    readDate(values[row] as number, origin, parts);
    if (Number.isNaN(parts[0])) continue;
    if (Number.isNaN(first[0])) first.set(parts);
    else for (let p = 0; p < parts.length; p++) if (parts[p] !== first[p]) varying.add(DATE_PARTS[p] as DatePart);
  }
  return varying;
}
