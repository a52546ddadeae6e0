import { expect, it } from 'vitest';
import { stackTables } from './stack-tables.js';
import { type Column, Table } from './table.js';

const table = (codes: number[], levels: string[]): Table => {
  const columns: Column[] = [
    { kind: 'numeric', name: 'n', values: Float64Array.from(codes) },
    { kind: 'category', name: 'c', codes: Int32Array.from(codes), levels },
  ];
  return new Table(columns);
};

it('keeps the levels of the first, and adds what the second has besides', () => {
  const both = stackTables(table([0, 1, -1], ['a', '__proto__']), table([1, 0, -1, 2], ['b', '__proto__', 'a']));
  expect(both.rows).toBe(7);
  expect(both.column('n')).toMatchObject({ values: Float64Array.of(0, 1, -1, 1, 0, -1, 2) });
  expect(both.column('c')).toEqual({
    kind: 'category',
    name: 'c',
    codes: Int32Array.of(0, 1, -1, 1, 2, -1, 0),
    levels: ['a', '__proto__', 'b'],
  });
  const same = table([1, 0], ['a', 'b']);
  expect(stackTables(same, same).column('c')).toMatchObject({ codes: Int32Array.of(1, 0, 1, 0), levels: ['a', 'b'] });
});
