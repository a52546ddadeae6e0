import type { CategoryColumn, Column, NumericColumn } from '../../core/table.js';
import { Table } from '../../core/table.js';

/** A numeric column to be filled by a step. */
export function newNumeric(name: string, rows: number): NumericColumn {
  return { kind: 'numeric', name, values: new Float64Array(rows) };
}

/** A category column to be filled by a step. */
export function newCategory(name: string, rows: number, levels: readonly string[]): CategoryColumn {
  return { kind: 'category', name, codes: new Int32Array(rows), levels };
}

/** The numeric column of that name; all missing when it is absent or of the other kind. */
export function numericOf(table: Table, name: string): NumericColumn {
  const column = table.find(name);
  if (column?.kind === 'numeric') return column;
  return { kind: 'numeric', name, values: new Float64Array(table.rows).fill(Number.NaN) };
}

/** The category column of that name; all missing when it is absent or of the other kind. */
export function categoryOf(table: Table, name: string): CategoryColumn {
  const column = table.find(name);
  if (column?.kind === 'category') return column;
  return { kind: 'category', name, codes: new Int32Array(table.rows).fill(-1), levels: [] };
}

/** The table with each named column replaced, in its place, by the given ones; what replaces an absent column comes last. */
export function replaceColumns(table: Table, replacements: ReadonlyMap<string, readonly Column[]>): Table {
  const columns = table.columns.flatMap((c) => replacements.get(c.name) ?? [c]);
  for (const [name, added] of replacements) if (!table.find(name)) columns.push(...added);
  return new Table(columns, table.rows);
}

const indices = new WeakMap<readonly string[], Map<string, number>>();

/** Level → its place in `levels`; built once for each list, which must not change. */
export function levelIndex(levels: readonly string[]): ReadonlyMap<string, number> {
  let index = indices.get(levels);
  if (!index) {
    index = new Map();
    for (let i = 0; i < levels.length; i++) index.set(levels[i] as string, i);
    indices.set(levels, index);
  }
  return index;
}

/** For each present level of `column` its place among the fitted levels, −1 when it is not one of them. */
export function matchLevels(column: CategoryColumn, fitted: ReadonlyMap<string, number>, reuse: Int32Array): Int32Array {
  const { levels } = column;
  const match = reuse.length === levels.length ? reuse : new Int32Array(levels.length);
  for (let i = 0; i < levels.length; i++) match[i] = fitted.get(levels[i] as string) ?? -1;
  return match;
}
