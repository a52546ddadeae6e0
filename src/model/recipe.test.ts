import { describe, expect, it } from 'vitest';
import { Table } from '../core/table.js';
import { applyRecipe, parseRecipe } from './recipe.js';

const table = new Table([
  { kind: 'numeric', name: 'age', values: new Float64Array([20, Number.NaN, 40]) },
  { kind: 'category', name: 'city', codes: new Int32Array([0, 1, -1]), levels: ['Oslo', 'Bergen'] },
]);

describe('applyRecipe', () => {
  it('runs the steps in order', () => {
    const steps = parseRecipe([
      {
        kind: 'select',
        columns: [
          { name: 'city', type: 'category' },
          { name: 'age', type: 'numeric' },
          { name: 'gone', type: 'numeric' },
        ],
      },
      { kind: 'category-codes', columns: [{ name: 'city', levels: ['Bergen', 'Oslo'] }] },
      { kind: 'impute', columns: [{ name: 'age', value: 30, indicator: 'age?' }] },
    ]);
    const out = applyRecipe(steps, table);
    expect(out.columns).toEqual([
      { kind: 'category', name: 'city', codes: new Int32Array([1, 0, -1]), levels: ['Bergen', 'Oslo'] },
      { kind: 'numeric', name: 'age', values: new Float64Array([20, 30, 40]) },
      { kind: 'numeric', name: 'age?', values: new Float64Array([0, 1, 0]) },
      { kind: 'numeric', name: 'gone', values: new Float64Array(3).fill(Number.NaN) },
    ]);
  });

  it('keeps the number of rows when no column is left', () => {
    expect(applyRecipe([{ kind: 'select', columns: [] } as never], table).rows).toBe(3);
  });
});

describe('parseRecipe', () => {
  it.each([
    ['not a list', {}],
    ['an unknown kind', [{ kind: 'teleport' }]],
    ['a kind that every object has', [{ kind: 'constructor' }]],
    ['a field of the wrong type', [{ kind: 'select', columns: [{ name: 3, type: 'numeric' }] }]],
    [
      'lists of different lengths',
      [{ kind: 'category-frequency', columns: [{ name: 'a', output: 'b', levels: ['x'], shares: [], rest: 0 }] }],
    ],
    ['a null step', [null]],
  ])('refuses %s', (_, json) => {
    expect(() => parseRecipe(json)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  });
});
