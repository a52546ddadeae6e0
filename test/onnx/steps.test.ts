import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import type { ColumnSchema } from '../../src/core/schema.js';
import type { Bundle } from '../../src/model/bundle.js';
import { LinearModel } from '../../src/model/linear.js';
import { predict } from '../../src/model/predict.js';
import { applyRecipe } from '../../src/model/recipe.js';
import type { StepData } from '../../src/model/step.js';
import { DATE_PARTS, type DateOutput } from '../../src/model/steps/date-parts.js';
import { tableFromRows } from '../../src/model/table-from-rows.js';
import { columnSchema } from '../example-bundle.js';
import { cellsOf, runOnnx, type Said } from './run-onnx.js';

/** A bundle whose prediction is one prepared column. */
function bundleOf(columns: ColumnSchema[], recipe: unknown[], output: string): Bundle {
  return {
    schema: { columns: [...columns, columnSchema('y', 'number', 'target')] },
    task: { kind: 'regression', target: 'y', classes: [], reason: 'A test.' },
    recipe: recipe as StepData[],
    model: new LinearModel([output], Float64Array.of(1), Float64Array.of(0), 'identity'),
    metrics: {},
    lineage: { millwright: '0.1.0', dataHash: 'a'.repeat(64), rows: 4, seed: 7, plan: {} },
  };
}

/** What stands for a missing cell. */
const MISSING = -12345.75;

/** Compares the outputs of a recipe to the last bit, missing cells as well. */
async function expectSame(
  columns: ColumnSchema[],
  recipe: unknown[],
  outputs: readonly string[],
  rows: Record<string, unknown>[],
): Promise<void> {
  const table = tableFromRows({ columns }, rows);
  for (const output of outputs) {
    const bundle = bundleOf(columns, [...recipe, { kind: 'impute', columns: [{ name: output, value: MISSING }] }], output);
    const said: Said = await runOnnx(bundle, table.rows, (column) => cellsOf(table, column));
    expect(said.values, output).toEqual([...predict(bundle, table).values]);
  }
}

it('takes dates apart to the last bit', async () => {
  const rng = new Rng(3);
  const instants = [
    Number.NaN,
    0,
    -1,
    Date.UTC(2024, 1, 29, 23, 59, 59, 999),
    Date.UTC(1900, 1, 28),
    Date.UTC(2000, 11, 31, 12),
    Date.UTC(2021, 0, 3),
    Date.UTC(2020, 11, 31),
    Date.UTC(2026, 0, 1),
    8.64e15,
    -8.64e15,
    8.65e15,
    ...Array.from({ length: 300 }, () => Math.floor((rng.float() - 0.3) * 8e12)),
  ];
  const parts: DateOutput[] = DATE_PARTS.map((part) => ({ part, name: part }));
  for (const part of ['of-year', 'of-week', 'of-day'] as const)
    for (const wave of ['sin', 'cos'] as const) parts.push({ part, name: `${part} ${wave}`, wave });
  const categories: DateOutput[] = (['month', 'weekday', 'hour'] as const).map((part) => ({
    part,
    name: `${part} as category`,
    category: true,
  }));
  const columns = [columnSchema('when', 'datetime')];
  const rows = instants.map((when) => ({ when }));
  const recipe = [{ kind: 'date-parts', columns: [{ name: 'when', origin: 1e12, outputs: [...parts, ...categories] }] }];
  await expectSame(
    columns,
    recipe,
    parts.map((p) => p.name),
    rows,
  );
  const hot = categories.map(({ name }) => ({
    name,
    levels: ['3', '7'],
    outputs: [`${name} 3`, `${name} 7`],
    other: `${name} other`,
    missing: `${name} missing`,
  }));
  await expectSame(
    columns,
    [...recipe, { kind: 'one-hot', columns: hot }],
    hot.flatMap((h) => [...h.outputs, h.other, h.missing]),
    rows,
  );
}, 120_000);

it('tells holidays to the last bit', async () => {
  const rng = new Rng(4);
  const days = [-20, 0, 1, 365, 19_000];
  const outputs = ['is', 'until', 'since'].map((measure) => ({ measure, name: measure }));
  const rows = [
    Number.NaN,
    0,
    -1,
    ...days.map((d) => d * 864e5 - 1),
    ...Array.from({ length: 60 }, () => (rng.float() * 20_000 - 400) * 864e5),
  ];
  await expectSame(
    [columnSchema('when', 'datetime')],
    [{ kind: 'holidays', columns: [{ name: 'when', days, span: [-365, 19_100], outputs }] }],
    outputs.map((o) => o.name),
    rows.map((when) => ({ when })),
  );
}, 60_000);

const CITIES = ['Oslo', 'Bergen', 'Ås', 'a'];
const table = (): { columns: ColumnSchema[]; rows: Record<string, unknown>[] } => {
  const rng = new Rng(5);
  const columns = [
    { ...columnSchema('city', 'category'), missing: ['?', 'n/a'] },
    columnSchema('kind', 'category'),
    columnSchema('x', 'number'),
    columnSchema('few', 'number'),
    columnSchema('yes', 'boolean'),
  ];
  const rows = Array.from({ length: 80 }, () => ({
    city: [...CITIES, 'Paris', '', '?'][rng.below(7)],
    kind: ['own', 'other', 'strange', ''][rng.below(4)],
    x: [rng.float() * 10 - 5, 0, undefined, 1e300][rng.below(4)],
    few: [1, 2, 2.5, 7, undefined][rng.below(5)],
    yes: [true, false, undefined][rng.below(3)],
  }));
  return { columns, rows };
};
const city = { name: 'city', levels: CITIES };
const kind = { name: 'kind', levels: ['own', 'other'] };

it('prepares categories to the last bit', async () => {
  const { columns, rows } = table();
  const recipe = [
    { kind: 'category-frequency', columns: [{ ...city, output: 'share', shares: [0.5, 0.25, 0.125, 0.1], rest: 0.01 }] },
    {
      kind: 'target-encoding',
      columns: [{ ...city, outputs: ['t0', 't1'], values: [1, 2, 3, 4, 5, 6, 7, 8], missing: [9, 10], prior: [11, 12] }],
    },
    {
      kind: 'cross',
      columns: [
        {
          output: 'both',
          left: city,
          right: { name: 'few', values: [1, 2] },
          pairs: [2 * 4 + 2, 5 * 4 + 3, 0, 3 * 4 + 1],
          levels: ['p', 'q', 'r', 's'],
        },
      ],
    },
    {
      kind: 'group-statistic',
      columns: [
        { output: 'mean', column: 'x', by: kind, means: [0.1, 0.2], missing: 0.3, rest: 0.7, difference: false },
        {
          output: 'away',
          column: 'x',
          by: { name: 'few', values: [1, 2.5, 7] },
          means: [0.1, 0.2, 0.5],
          missing: 0.3,
          rest: 0.7,
          difference: true,
        },
      ],
    },
    { kind: 'category-codes', columns: [kind] },
    // its levels are now those of the step before, others missing
    { kind: 'category-frequency', columns: [{ name: 'kind', levels: ['other'], output: 'after', shares: [0.5], rest: 0.25 }] },
    {
      kind: 'one-hot',
      columns: [
        { ...city, outputs: ['c0', 'c1', 'c2', 'c3'], other: 'c other', missing: 'c missing' },
        { name: 'both', levels: ['r', 'q'], outputs: ['b0', 'b1'], other: 'b other', missing: 'b missing' },
        { name: 'nothing', levels: ['r'], outputs: ['n0'], missing: 'n missing' },
      ],
    },
  ];
  const outputs = [
    'share',
    't0',
    't1',
    'mean',
    'away',
    'after',
    'c0',
    'c3',
    'c other',
    'c missing',
    'b0',
    'b1',
    'b other',
    'b missing',
    'n0',
    'n missing',
  ];
  await expectSame(columns, recipe, outputs, rows);
  // every output says something
  const prepared = applyRecipe(recipe as unknown as StepData[], tableFromRows({ columns }, rows));
  for (const output of outputs.filter((o) => !o.startsWith('n'))) {
    const column = prepared.column(output);
    expect(new Set(column.kind === 'numeric' ? column.values : []).size, output).toBeGreaterThan(1);
  }
});

it('prepares numbers to the last bit', async () => {
  const { columns, rows } = table();
  const recipe = [
    {
      kind: 'combine',
      columns: (['sum', 'difference', 'product', 'ratio', 'days'] as const).map((operation) => ({
        operation,
        left: 'x',
        right: 'few',
        output: operation,
      })),
    },
    { kind: 'combine', columns: [{ operation: 'ratio', left: 'few', right: 'x', output: 'to 0' }] },
    {
      kind: 'standardise',
      columns: [
        { name: 'x', low: -2, high: 3, mean: 0.3, scale: 1.7 },
        { name: 'yes', low: 0, high: 1, mean: 0.4, scale: 0.3 },
      ],
    },
    { kind: 'impute', columns: [{ name: 'few', value: 1.5, indicator: 'few missing' }] },
  ];
  await expectSame(
    columns,
    recipe,
    ['sum', 'difference', 'product', 'ratio', 'days', 'to 0', 'x', 'yes', 'few', 'few missing', 'absent'],
    rows,
  );
});

it('reads raw cells as the schema says', async () => {
  const columns = [
    { ...columnSchema('label', 'category'), missing: ['?', 'n/a', 'na'] },
    { ...columnSchema('x', 'number'), missing: ['-999', 'none', '99.50'] },
    columnSchema('yes', 'boolean'),
    columnSchema('', 'number'),
    columnSchema('_0', 'number'),
    columnSchema('__proto__', 'number'),
  ];
  const rows: [string, number, number, number][] = [
    ['a', 1, 0, 2],
    [' a  ', -999, 1, 3],
    ['N/A', 99.5, Number.NaN, 4],
    ['  nA ', Number.POSITIVE_INFINITY, 2, 5],
    ['', Number.NaN, 0, 6],
    ['nab', -1e308, 1, 7],
    ['\t?\u00a0', 3, 1, 8],
  ];
  const recipe = [
    { kind: 'one-hot', columns: [{ name: 'label', levels: ['a', 'nab'], outputs: ['a', 'nab'], other: 'other', missing: 'gone' }] },
  ];
  const raw = rows.map(([label, x, yes, rest]) =>
    Object.fromEntries([
      ['label', label],
      ['x', x],
      ['yes', yes],
      ['', rest],
      ['_0', rest],
      ['__proto__', rest],
    ]),
  );
  const read = tableFromRows({ columns }, raw);
  const cells = (column: string): (number | string)[] =>
    rows.map((row) => (column === 'label' ? row[0] : column === 'x' ? row[1] : column === 'yes' ? row[2] : row[3]));
  for (const output of ['a', 'nab', 'other', 'gone', 'x', 'yes', '', '_0', '__proto__']) {
    const bundle = bundleOf(columns, [...recipe, { kind: 'impute', columns: [{ name: output, value: -7 }] }], output);
    expect((await runOnnx(bundle, rows.length, cells)).values, output).toEqual([...predict(bundle, read).values]);
  }
});
