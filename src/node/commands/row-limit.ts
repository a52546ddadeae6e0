import type { Schema } from '../../core/schema.js';
import type { ColumnSample } from '../../engine/prep/column-sample.js';
import { BASE, memoryCeiling } from './memory-ceiling.js';

/** Bytes that a cell takes on its way through a run: the raw table, and copies of it in folds. */
const BYTES_A_CELL = 40;
/** Bytes that a different text takes beside its letters: an object, and its place in lists and maps. */
const BYTES_A_TEXT = 80;
/** Bytes of kernel memory that training takes a row beside its cells: answer, weight, scores, gradients, row numbers, for some classes. */
const KERNEL_BYTES_A_ROW = 120;
/** A cell in bins, by row and by column; texts become several columns. */
const KERNEL_BYTES_A_CELL = { plain: 2, text: 16 };
/** Of the 4 GiB that the kernels can address, what histograms leave. */
const KERNEL_BYTES = 3 * 2 ** 30;

/**
 * Rows to sample when a person or the memory asks for fewer than there are; undefined when all may be used.
 * @param memory bytes that the process may take
 * @example rowLimit(2e6, samples, schema, 100_000) // 100000
 */
export function rowLimit(
  rows: number,
  samples: readonly ColumnSample[],
  schema: Schema,
  asked: number | undefined,
  memory: number = memoryCeiling(),
): number | undefined {
  const byName = new Map(samples.map((s) => [s.name, s]));
  let bytes = 0;
  let kernel = KERNEL_BYTES_A_ROW;
  for (const column of schema.columns) {
    if (column.use === 'ignore') continue;
    const sample = byName.get(column.name);
    const words = column.type === 'text' || column.type === 'category' || column.type === 'id';
    bytes += BYTES_A_CELL + (words && sample ? textBytes(sample) : 0);
    kernel += column.type === 'text' ? KERNEL_BYTES_A_CELL.text : KERNEL_BYTES_A_CELL.plain;
  }
  const fit = Math.min(Math.floor((0.5 * Math.max(0, memory - BASE)) / Math.max(BYTES_A_CELL, bytes)), Math.floor(KERNEL_BYTES / kernel));
  const limit = Math.min(asked ?? Number.POSITIVE_INFINITY, Math.max(1, fit));
  return limit < rows ? limit : undefined;
}

/** Bytes a row of the different texts of a column: equal ones are held once. */
function textBytes(sample: ColumnSample): number {
  if (sample.sample.length === 0 || sample.rows === 0) return 0;
  const letters = sample.sample.reduce((sum, cell) => sum + cell.length, 0) / sample.sample.length;
  return (sample.distinct / sample.rows) * (2 * letters + BYTES_A_TEXT);
}
