import { expect, it } from 'vitest';
import { Table } from '../../core/table.js';
import { applyRecipe, parseRecipe } from '../recipe.js';

const day = (text: string): number => Date.parse(text) / 86_400_000;

it('tells days by the holidays around them, and nothing beyond the years that are known', () => {
  const outputs = ['is', 'until', 'since'].map((measure) => ({ measure, name: measure }));
  // in no order: what comes from outside is put in order
  const days = ['2024-12-26', '2024-01-01', '2024-12-25'].map(day);
  const recipe = parseRecipe([
    { kind: 'holidays', columns: [{ name: 'when', days, span: [day('2024-01-01'), day('2024-12-31')], outputs }] },
  ]);
  const rows: [string, number, number, number][] = [
    ['2023-12-31T23:59:59.999Z', Number.NaN, Number.NaN, Number.NaN],
    ['2024-01-01T00:00:00Z', 1, 0, 0],
    ['2024-01-02T13:00:00Z', 0, 358, 1],
    ['2024-12-24T23:59:59Z', 0, 1, 358],
    ['2024-12-26T23:59:59Z', 1, 0, 0],
    ['2024-12-31T23:59:59Z', 0, Number.NaN, 5],
    ['2025-01-01T00:00:00Z', Number.NaN, Number.NaN, Number.NaN],
    ['never', Number.NaN, Number.NaN, Number.NaN],
  ];
  const values = Float64Array.from(rows, ([at]) => Date.parse(at));
  const made = applyRecipe(recipe, new Table([{ kind: 'numeric', name: 'when', values }], rows.length));
  const cells = made.columns.slice(1).map((c) => (c.kind === 'numeric' ? [...c.values] : []));
  expect(rows.map((_, i) => cells.map((c) => c[i]))).toEqual(rows.map(([, ...said]) => said));
});
