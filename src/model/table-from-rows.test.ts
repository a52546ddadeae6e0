import { expect, it } from 'vitest';
import type { ColumnSchema, ColumnType, ColumnUse, Schema } from '../core/schema.js';
import { emptyReport, tableFromRows } from './table-from-rows.js';

const column = (name: string, type: ColumnType, use: ColumnUse = 'feature'): ColumnSchema => ({
  name,
  type,
  use,
  reason: '',
  missing: ['?'],
  stats: { rows: 0, missing: 0, distinct: 0, top: [] },
});
const schema: Schema = {
  columns: [
    column('y', 'category', 'target'),
    column('age', 'number'),
    column('id', 'id', 'ignore'),
    column('__proto__', 'category'),
    column('toString', 'number'),
  ],
};

it('reads rows in the order of the schema, without target and ignored columns', () => {
  const rows = [JSON.parse('{"__proto__": "x", "age": "31", "y": "no", "extra": 1}'), { age: 'old' }, { age: '?', ['__proto__']: 'x' }];
  const report = emptyReport();
  const table = tableFromRows(schema, rows, report);
  expect(table.columns).toEqual([
    { kind: 'numeric', name: 'age', values: Float64Array.from([31, Number.NaN, Number.NaN]) },
    { kind: 'category', name: '__proto__', codes: Int32Array.from([0, -1, 0]), levels: ['x'] },
    { kind: 'numeric', name: 'toString', values: Float64Array.from([Number.NaN, Number.NaN, Number.NaN]) },
  ]);
  expect(report).toEqual({ missingColumns: ['toString'], extraColumns: ['extra'], unreadable: new Map([['age', 1]]) });
});

it('reads the target when asked and present', () => {
  expect(tableFromRows(schema, [{ y: 'no', age: 1 }], undefined, true).columns.map((c) => c.name)).toEqual([
    'y',
    'age',
    '__proto__',
    'toString',
  ]);
  expect(tableFromRows(schema, [{ age: 1 }], undefined, true).columns.map((c) => c.name)).toEqual(['age', '__proto__', 'toString']);
});
