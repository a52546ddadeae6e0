import type { Table } from '../../core/table.js';
import { DATE_PARTS, type DateOutput, type DatePart, type DatePartsStep, readDate } from '../../model/steps/date-parts.js';
import type { FreshNames } from './fresh-names.js';

/**
 * Chooses the parts of each instant that vary in the training rows.
 * @param asCategories gives month, weekday and hour as categories, for models that cannot split a number
 */
export function fitDateParts(table: Table, names: readonly string[], fresh: FreshNames, asCategories: boolean): DatePartsStep {
  const columns = names.map((name) => {
    const column = table.column(name);
    const values = column.kind === 'numeric' ? column.values : new Float64Array(0);
    let origin = Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i++) if ((values[i] as number) < origin) origin = values[i] as number;
    if (!Number.isFinite(origin)) origin = 0;
    const outputs = varyingParts(values, origin).map((part): DateOutput => {
      const output = { part, name: fresh.take(`${name}.${part}`) };
      return asCategories && (part === 'month' || part === 'weekday' || part === 'hour') ? { ...output, category: true } : output;
    });
    return { name, origin, outputs };
  });
  return { kind: 'date-parts', columns };
}

function varyingParts(values: Float64Array, origin: number): DatePart[] {
  const first = new Float64Array(DATE_PARTS.length).fill(Number.NaN);
  const parts = new Float64Array(DATE_PARTS.length);
  const varying = new Set<DatePart>();
  for (let row = 0; row < values.length && varying.size < DATE_PARTS.length; row++) {
    readDate(values[row] as number, origin, parts);
    if (Number.isNaN(parts[0])) continue;
    if (Number.isNaN(first[0])) first.set(parts);
    else for (let p = 0; p < parts.length; p++) if (parts[p] !== first[p]) varying.add(DATE_PARTS[p] as DatePart);
  }
  return DATE_PARTS.filter((part) => varying.has(part));
}
