import { MillwrightError } from '../core/errors.js';
import { outputCount } from '../core/schema.js';
import { type Column, Table } from '../core/table.js';
import type { Bundle } from './bundle.js';
import { type CellReader, cellReader, isNumericType } from './parse-cell.js';
import { checkOutputs } from './predict.js';
import { bindRecipe } from './recipe.js';
import type { SelectStep } from './steps/select.js';

/** A cell of the one-row table, and how it is filled from a plain object. */
export interface Slot {
  readonly name: string;
  readonly read: CellReader;
  readonly values?: Float64Array;
  readonly codes?: Int32Array;
  readonly levels?: string[];
}

/**
 * A table of one row, tied to the recipe once: fill the slots, then `score`. It runs the same steps and the same model as `predict`, without building
 * tables for every row. Only the columns that the model reads have a slot.
 */
export function oneRow(bundle: Bundle): { slots: readonly Slot[]; score(): Float64Array } {
  const { schema, recipe, model, task } = bundle;
  const first = recipe[0];
  const wanted = first?.kind === 'select' ? new Set((first as SelectStep).columns.map((c) => c.name)) : undefined;
  const slots: Slot[] = [];
  const columns: Column[] = [];
  for (const column of schema.columns) {
    const { name } = column;
    if (column.use === 'target' || column.use === 'ignore' || wanted?.has(name) === false) continue;
    const read = cellReader(column);
    if (isNumericType(column.type)) {
      const values = new Float64Array(1);
      slots.push({ name, read, values });
      columns.push({ kind: 'numeric', name, values });
    } else {
      const codes = new Int32Array(1);
      const levels = [''];
      slots.push({ name, read, codes, levels });
      columns.push({ kind: 'category', name, codes, levels });
    }
  }
  const bound = bindRecipe(recipe, new Table(columns, 1));
  const outputs = outputCount(task);
  const score = (): Float64Array => {
    bound.run();
    const values = model.predict(bound.table);
    checkOutputs(values, 1, outputs);
    return values;
  };
  return { slots, score };
}

/** Makes a function that scores plain objects one by one. */
export function rowScorer(bundle: Bundle): (row: Readonly<Record<string, unknown>>) => Float64Array {
  const { slots, score } = oneRow(bundle);
  return (row) => {
    if (typeof row !== 'object' || row === null)
      throw new MillwrightError('SCHEMA_MISMATCH', 'A row to predict is not an object.', 'Give an object with the columns as properties.');
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot;
      // Own properties alone: a column may be called "toString" or "__proto__".
      fillSlot(slot, Object.hasOwn(row, slot.name) ? slot.read(row[slot.name]) : undefined);
    }
    return score();
  };
}

/** Puts a cell, as its reader gave it, into the one-row table. */
export function fillSlot(slot: Slot, cell: number | string | undefined): void {
  if (slot.values) slot.values[0] = cell === undefined ? Number.NaN : (cell as number);
  else if (slot.codes && slot.levels) {
    slot.codes[0] = cell === undefined ? -1 : 0;
    slot.levels[0] = cell === undefined ? '' : (cell as string);
  }
}
