import { expect, it } from 'vitest';
import type { ColumnType, Schema } from '../../core/schema.js';
import type { ColumnSample } from '../../engine/prep/column-sample.js';
import { rowLimit } from './row-limit.js';

const schemaOf = (...types: ColumnType[]): Schema => ({
  columns: types.map((type, i) => ({
    name: `c${i}`,
    type,
    use: 'feature',
    reason: '',
    missing: [],
    stats: { rows: 1000, missing: 0, distinct: 1000, top: [] },
  })),
});
const sampleOf = (name: string, cells: string[], rows: number): ColumnSample => ({
  ...{ name, physical: 'text', rows, totalRows: rows, missing: 0, distinct: cells.length, top: [], fingerprint: '', backward: 0 },
  ...{ sample: cells, counts: cells.map(() => rows / cells.length) },
});
const GIB = 2 ** 30;

it('all rows when they fit, else as many as were asked for', () => {
  expect(rowLimit(1000, [], schemaOf('number'), undefined, GIB)).toBeUndefined();
  expect(rowLimit(1000, [], schemaOf('number'), 5000, GIB)).toBeUndefined();
  expect(rowLimit(1000, [], schemaOf('number'), 500, GIB)).toBe(500);
});

it('long different texts leave room for fewer rows than short or equal ones', () => {
  const schema = schemaOf('text', 'number');
  const long = sampleOf(
    'c0',
    Array.from({ length: 500 }, (_, i) => `${i}`.padEnd(4000, 'x')),
    500,
  );
  const equal = sampleOf('c0', ['x'.repeat(4000)], 500);
  const limit = rowLimit(1e7, [long], schema, undefined, 4 * GIB) as number;
  // two bytes a letter, in half of the memory
  expect(limit * 8000).toBeLessThanOrEqual(2 * GIB);
  expect(limit * 9000).toBeGreaterThan(2 * GIB);
  expect(rowLimit(1e9, [equal], schema, undefined, 4 * GIB)).toBeGreaterThan(50 * limit);
});

it('however much memory there is, the rows fit into what the kernels can address', () => {
  const wide = schemaOf(...Array.from({ length: 1000 }, (): ColumnType => 'number'));
  const limit = rowLimit(1e7, [], wide, undefined, 1e15) as number;
  // by row and by column, one byte a cell
  expect(limit * 2000).toBeLessThan(3.5 * GIB);
  expect(limit).toBeGreaterThan(1e6);
});
