import type { Table } from '../../core/table.js';
import { DATE_PARTS, type DateOutput, type DatePart, type DatePartsStep, datePart } from '../../model/steps/date-parts.js';
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
    const outputs = DATE_PARTS.filter((part) => varies(values, part, origin)).map((part): DateOutput => {
      const output = { part, name: fresh.take(`${name}.${part}`) };
      return asCategories && (part === 'month' || part === 'weekday' || part === 'hour') ? { ...output, category: true } : output;
    });
    return { name, origin, outputs };
  });
  return { kind: 'date-parts', columns };
}

function varies(values: Float64Array, part: DatePart, origin: number): boolean {
  let first = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const ms = values[i] as number;
    if (Number.isNaN(ms)) continue;
    const value = datePart(ms, part, origin);
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return true;
  }
  return false;
}
