import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, Table } from '../../core/table.js';
import { readJson, writeJson } from '../json.js';
import { applyRecipe, bindRecipe, parseRecipe } from '../recipe.js';
import type { StepData } from '../step.js';
import { OPERATIONS } from './combine.js';
import { DATE_PARTS } from './date-parts.js';
import { TEXT_STATS } from './text-stats.js';

/** One step of each kind, over columns a (number), d (date), c (category) and t (text); `gone` is in no table. */
const steps: Record<string, unknown> = {
  select: {
    columns: ['a', 'd', 'gone']
      .map((name) => ({ name, type: 'numeric' }))
      .concat(['c', 't', '__proto__'].map((name) => ({ name, type: 'category' }))),
  },
  'date-parts': {
    columns: ['d', 'gone'].map((name) => ({
      name,
      origin: 1.5e12,
      outputs: [
        ...DATE_PARTS.map((part) => ({ part, name: `${name}.${part}` })),
        ...['sin', 'cos'].map((wave) => ({ part: 'of-year', name: `${name}.${wave}`, wave })),
        ...['month', 'weekday', 'hour'].map((part) => ({ part, name: `${name}:${part}`, category: true })),
      ],
    })),
  },
  'text-stats': {
    columns: [
      {
        name: 't',
        stats: TEXT_STATS.map((stat) => ({ stat, name: `t.${stat}` })),
        words: [
          { word: 'a', name: 't: a' },
          { word: 'constructor', name: 't: constructor' },
        ],
      },
    ],
  },
  'text-score': {
    columns: ['t', 'gone'].map((name) => ({
      name,
      outputs: [`${name}.score p`, `${name}.score q`],
      bits: 4,
      rarity: btoa(String.fromCharCode(...Array.from({ length: 16 }, (_, i) => (i % 5) * 20))),
      weights: btoa(String.fromCharCode(...Array.from({ length: 32 }, (_, i) => (i * 37) % 256))),
      scale: 0.01,
      intercept: [0.25, -1],
    })),
  },
  'category-codes': {
    columns: [
      { name: 'c', levels: ['y', 'x', '__proto__'] },
      { name: '__proto__', levels: ['x'] },
    ],
  },
  'category-frequency': { columns: [{ name: 'c', output: 'c.frequency', levels: ['x', 'y'], shares: [0.5, 0.25], rest: 0.01 }] },
  'one-hot': {
    columns: [
      { name: 'c', levels: ['x', 'y'], outputs: ['c=x', 'c=y'], other: 'c=other', missing: 'c=missing' },
      { name: 't', levels: ['constructor'], outputs: ['t=constructor'] },
    ],
  },
  impute: {
    columns: [
      { name: 'a', value: 7, indicator: 'a?' },
      { name: 'gone', value: 0 },
    ],
  },
  standardise: {
    columns: [
      { name: 'a', low: -5, high: 5, mean: 1, scale: 2 },
      { name: 'd', low: 0, high: 2e12, mean: 1e12, scale: 1e11 },
    ],
  },
  'target-encoding': {
    columns: [
      {
        name: 'c',
        outputs: ['c.answer p', 'c.answer q'],
        levels: ['x', '__proto__'],
        values: [0.1, 0.9, 0.2, 0.8],
        missing: [0.3, 0.7],
        prior: [0.4, 0.6],
      },
      { name: 'gone', outputs: ['gone.answer'], levels: [], values: [], missing: [1], prior: [2] },
    ],
  },
  combine: {
    columns: [...OPERATIONS.map((operation) => [operation, 'd']), ['ratio', 'gone']].map(([operation, right]) => ({
      operation,
      left: 'a',
      right,
      output: `a ${operation} ${right}`,
    })),
  },
  'group-statistic': {
    columns: [
      { by: { name: 'c', levels: ['x', '__proto__'] }, means: [1, 2], difference: true },
      { by: { name: 'a', values: [0, 1e308] }, means: [5, 6], difference: false },
      { by: { name: 'gone', levels: [] }, means: [], difference: true },
    ].map((c, i) => ({ output: `group ${i}`, column: 'a', missing: 3, rest: 4, ...c })),
  },
  holidays: {
    columns: ['d', 'gone'].map((name) => ({
      name,
      days: [0, 1, 19_000],
      span: [-365, 20_000],
      outputs: (['is', 'until', 'since'] as const).map((measure) => ({ measure, name: `${name} ${measure}` })),
    })),
  },
  cross: {
    columns: [
      { right: { name: 't', levels: ['constructor'] }, pairs: [8, 6, 0], levels: ['x × constructor', 'x × (missing)', 'neither'] },
      { right: { name: 'a', values: [0] }, pairs: [8, 7], levels: ['x × 0', 'x × (other)'] },
    ].map((c, i) => ({ output: `cross ${i}`, left: { name: 'c', levels: ['x', 'y'] }, ...c })),
  },
};

const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308));
const instant = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.constantFrom(Number.NaN, 9e15, 0, 0.5));
const level = fc.oneof(
  fc.constantFrom('x', 'y', '__proto__', 'constructor', ''),
  fc.string({ unit: 'grapheme' }),
  fc.constant('A Big 12 a A_a'),
);
const rowsOf = fc.array(fc.record({ a: number, d: instant, c: fc.option(level), t: fc.option(level), p: fc.option(level) }), {
  minLength: 1,
  maxLength: 12,
});
type Rows = typeof rowsOf extends fc.Arbitrary<infer R> ? R : never;

function category(name: string, cells: readonly (string | null)[]): Column {
  const levels = [...new Set(cells.filter((c) => c !== null))];
  return { kind: 'category', name, levels, codes: Int32Array.from(cells, (c) => (c === null ? -1 : levels.indexOf(c))) };
}

function tableOf(rows: Rows): Table {
  const numeric = (name: string, values: number[]): Column => ({ kind: 'numeric', name, values: Float64Array.from(values) });
  return new Table([
    numeric(
      'a',
      rows.map((r) => r.a),
    ),
    numeric(
      'd',
      rows.map((r) => r.d),
    ),
    category(
      'c',
      rows.map((r) => r.c),
    ),
    category(
      't',
      rows.map((r) => r.t),
    ),
    category(
      '__proto__',
      rows.map((r) => r.p),
    ),
  ]);
}

/** Row → column → what the cell says, whatever the dictionary. */
function cells(table: Table): unknown[][] {
  return Array.from({ length: table.rows }, (_, row) =>
    table.columns.map((c) => [c.name, c.kind === 'numeric' ? c.values[row] : (c.levels[c.codes[row] as number] ?? null)]),
  );
}

describe.each(Object.entries(steps))('%s', (kind, body) => {
  const recipe = parseRecipe([{ kind, ...(body as object) }]);

  it('gives a row the same result alone as among others', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const together = cells(applyRecipe(recipe, tableOf(rows)));
        const alone = rows.map((row) => cells(applyRecipe(recipe, tableOf([row])))[0]);
        expect(together).toEqual(alone);
      }),
    );
  });

  it('gives the same when one bound table takes row after row', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const values = { a: new Float64Array(1), d: new Float64Array(1) };
        const codes = { c: new Int32Array(1), t: new Int32Array(1), __proto: new Int32Array(1) };
        const levels = { c: [''], t: [''], __proto: [''] };
        const table = new Table([
          { kind: 'numeric', name: 'a', values: values.a },
          { kind: 'numeric', name: 'd', values: values.d },
          { kind: 'category', name: 'c', codes: codes.c, levels: levels.c },
          { kind: 'category', name: 't', codes: codes.t, levels: levels.t },
          { kind: 'category', name: '__proto__', codes: codes.__proto, levels: levels.__proto },
        ]);
        const bound = bindRecipe(recipe, table);
        const seen = rows.map((row) => {
          values.a[0] = row.a;
          values.d[0] = row.d;
          for (const [key, cell] of [
            ['c', row.c],
            ['t', row.t],
            ['__proto', row.p],
          ] as const) {
            codes[key][0] = cell === null ? -1 : 0;
            levels[key][0] = cell ?? '';
          }
          bound.run();
          return cells(bound.table)[0];
        });
        expect(seen).toEqual(cells(applyRecipe(recipe, tableOf(rows))));
      }),
    );
  });

  it('takes a table that lacks its columns, or has them of the other kind, as all missing', () => {
    const bare = applyRecipe(recipe, new Table([], 2));
    const swapped = new Table([
      category('a', ['1', '2']),
      category('d', ['1', null]),
      { kind: 'numeric', name: 'c', values: new Float64Array(2) },
      { kind: 'numeric', name: 't', values: new Float64Array(2) },
    ]);
    const made = new Set(bare.columns.map((c) => c.name));
    const other = applyRecipe(recipe, swapped);
    expect(cells(other.select([...made]))).toEqual(cells(bare));
    expect(bare.rows).toBe(2);
  });

  it('survives being written down', () => {
    const again = parseRecipe(readJson(writeJson(recipe), 'recipe'));
    expect(again).toEqual(recipe as StepData[]);
    expect(writeJson(again)).toBe(writeJson(recipe));
  });
});
