import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import type { ColumnSchema, Schema, Task } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import { dataFindings, gravestFirst } from './findings.js';
import { driftFindings, duplicateFindings } from './findings-rows.js';

const rows = 1200;
const rng = new Rng(4);
const noise = (): Float64Array => Float64Array.from({ length: rows }, () => 10 + rng.float());
const target = Float64Array.from({ length: rows }, () => rng.below(2));
const task: Task = { kind: 'binary', target: 'y', classes: ['no', 'yes'], reason: '' };
const entry = (name: string, type: ColumnSchema['type'] = 'number', use: ColumnSchema['use'] = 'feature'): ColumnSchema => ({
  name,
  type,
  use,
  reason: 'because',
  missing: [],
  stats: { rows, missing: 0, distinct: 0, top: [] },
});
const numeric = (name: string, values: Float64Array): Column => ({ kind: 'numeric', name, values });

async function find(columns: [Column, ColumnSchema][], answers = target, asked = task) {
  const schema: Schema = { columns: columns.map(([, s]) => s) };
  const table = new Table(columns.map(([c]) => c));
  const { findings } = await dataFindings({ table, schema, task: asked, target: answers, rng: new Rng(1) });
  return findings.map((f) => `${f.code}${f.column === undefined ? '' : `:${f.column}`}`);
}

describe('dataFindings', () => {
  it('says nothing of plain noise', async () => {
    expect(
      await find([
        [numeric('a', noise()), entry('a')],
        [numeric('b', noise()), entry('b')],
      ]),
    ).toEqual([]);
  });

  it('suspects a column that alone decides the answer, not one that helps', async () => {
    const helps = target.map((t) => t + 2 * rng.float());
    const found = await find([
      [
        numeric(
          'leak',
          target.map((t) => t * 100 + rng.float()),
        ),
        entry('leak'),
      ],
      [numeric('helps', helps), entry('helps')],
      [numeric('a', noise()), entry('a')],
    ]);
    expect(found).toEqual(['leak-suspect:leak']);
  });

  it('suspects leaks of numbers and of many classes, whatever their scale', async () => {
    const skewed = Float64Array.from({ length: rows }, () => 1 / (0.001 + rng.float()));
    const regression: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
    const found = await find(
      [
        [
          numeric(
            'double',
            skewed.map((v) => 2 * v),
          ),
          entry('double'),
        ],
        [numeric('a', noise()), entry('a')],
      ],
      skewed,
      regression,
    );
    expect(found).toContain('leak-suspect:double');
    const classes = Float64Array.from({ length: rows }, () => rng.below(4));
    const many: Task = { kind: 'multiclass', target: 'y', classes: ['a', 'b', 'c', 'd'], reason: '' };
    const coded: Column = { kind: 'category', name: 'code', codes: Int32Array.from(classes), levels: ['p', 'q', 'r', 's'] };
    expect(
      await find(
        [
          [coded, entry('code', 'category')],
          [numeric('a', noise()), entry('a')],
        ],
        classes,
        many,
      ),
    ).toContain('leak-suspect:code');
  });

  it('takes many telling columns for an easy question', async () => {
    const columns = ['a', 'b', 'c', 'd', 'e'].map((name): [Column, ColumnSchema] => [
      numeric(
        name,
        target.map((t) => t + 0.5 * rng.float()),
      ),
      entry(name),
    ]);
    expect(await find(columns)).toEqual([]);
  });

  it('notices gaps that tell the answer, and lists gaps once', async () => {
    const found = await find([
      [
        numeric(
          'told',
          target.map((t) => (t === 1 && rng.float() < 0.8 ? Number.NaN : rng.float())),
        ),
        entry('told'),
      ],
      [
        numeric(
          'gaps',
          Float64Array.from({ length: rows }, () => (rng.float() < 0.1 ? Number.NaN : rng.float())),
        ),
        entry('gaps'),
      ],
    ]);
    expect(found).toEqual(['missing-tells-answer:told', 'missing-values']);
  });

  it('notices files sorted by the answer, and ids that know it', async () => {
    const sorted = target.slice().sort();
    const id = numeric(
      'nr',
      Float64Array.from({ length: rows }, (_, i) => i),
    );
    const found = await find(
      [
        [id, entry('nr', 'id', 'ignore')],
        [numeric('a', noise()), entry('a')],
      ],
      sorted,
    );
    expect(found).toEqual(['id-knows-answer:nr', 'sorted-by-target', 'column-ignored:nr']);
  });

  it('notices sentinels and zeros that stand for unknown, not true zeros', async () => {
    const some = (value: number, others: () => number): Float64Array =>
      Float64Array.from({ length: rows }, () => (rng.float() < 0.05 ? value : others()));
    const found = await find([
      [
        numeric(
          'minus',
          some(-999, () => 20 + rng.float()),
        ),
        entry('minus'),
      ],
      [
        numeric(
          'pressure',
          some(0, () => 60 + 30 * rng.float()),
        ),
        entry('pressure'),
      ],
      [
        numeric(
          'count',
          Float64Array.from({ length: rows }, () => rng.below(30)),
        ),
        entry('count'),
      ],
      [
        numeric(
          'nines',
          Float64Array.from({ length: rows }, () => rng.below(1200)),
        ),
        entry('nines'),
      ],
    ]);
    expect(found).toEqual(['suspicious-value:minus', 'suspicious-value:pressure']);
  });

  it('warns of rare classes, few rows, far outliers and capped targets', async () => {
    const rare = Float64Array.from(new Rng(2).shuffle(Array.from({ length: rows }, (_, i) => (i < 8 ? 1 : 0))));
    expect(await find([[numeric('a', noise()), entry('a')]], rare)).toEqual(['class-imbalance:y']);
    const regression: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
    const far = Float64Array.from({ length: rows }, (_, i) => (i === 600 ? 1e6 : rng.float()));
    expect(await find([[numeric('a', noise()), entry('a')]], far, regression)).toEqual(['target-outliers:y']);
    const capped = Float64Array.from({ length: rows }, () => Math.min(0.9, rng.float()));
    expect(await find([[numeric('a', noise()), entry('a')]], capped, regression)).toEqual(['target-capped:y']);
  });

  it('sums up many columns left out, and tells date ranges and many categories', async () => {
    const ignored = Array.from({ length: 9 }, (_, i): [Column, ColumnSchema] => [
      numeric(`i${i}`, noise()),
      entry(`i${i}`, 'number', 'ignore'),
    ]);
    expect(await find(ignored)).toEqual(['column-ignored']);
    const days = Float64Array.from({ length: rows }, () => 1.5e12 + rng.below(400) * 86_400_000);
    const names: Column = {
      kind: 'category',
      name: 'who',
      codes: Int32Array.from({ length: rows }, () => rng.below(400)),
      levels: Array.from({ length: 400 }, (_, i) => `p${i}`),
    };
    expect(
      await find([
        [numeric('day', days), entry('day', 'datetime')],
        [names, entry('who', 'category')],
      ]),
    ).toEqual(['date-range:day', 'many-categories:who']);
  });

  it('stops the leak search when told to', async () => {
    const columns = Array.from({ length: 20 }, (_, i): [Column, ColumnSchema] => [numeric(`c${i}`, noise()), entry(`c${i}`)]);
    const base = {
      table: new Table(columns.map(([c]) => c)),
      schema: { columns: columns.map(([, s]) => s) },
      task,
      target,
      rng: new Rng(1),
    };
    expect((await dataFindings({ ...base, proceed: async () => false })).columns).toBe(3);
    expect((await dataFindings({ ...base, mostColumns: 3 })).columns).toBe(3);
    expect((await dataFindings(base)).columns).toBe(20);
  });

  it('orders by gravity', () => {
    const levels = gravestFirst([
      { level: 'info', code: 'a', message: '' },
      { level: 'danger', code: 'b', message: '' },
      { level: 'repair', code: 'c', message: '' },
      { level: 'warning', code: 'd', message: '' },
    ]).map((f) => f.level);
    expect(levels).toEqual(['danger', 'warning', 'repair', 'info']);
  });
});

describe('rows', () => {
  const a = noise();
  const b = noise();
  const halves = { train: Uint32Array.from({ length: 600 }, (_, i) => i), holdout: Uint32Array.from({ length: 600 }, (_, i) => 600 + i) };
  const schema: Schema = { columns: [entry('a'), entry('b')] };

  it('counts holdout rows that stand in the training rows', () => {
    const copied = (v: Float64Array): Float64Array => v.map((x, i) => (i >= 600 && i < 700 ? (v[i - 600] as number) : x));
    const table = new Table([numeric('a', copied(a)), numeric('b', copied(b))]);
    const [finding] = duplicateFindings(table, schema, halves.train, halves.holdout);
    expect(finding).toMatchObject({ code: 'duplicate-rows', level: 'warning' });
    expect(finding?.message).toContain('17 %');
    expect(duplicateFindings(new Table([numeric('a', a), numeric('b', b)]), schema, halves.train, halves.holdout)).toEqual([]);
  });

  it('expects equal rows where few combinations exist', () => {
    const few = new Table([numeric('a', target), numeric('b', target)]);
    expect(duplicateFindings(few, schema, halves.train, halves.holdout)).toEqual([]);
  });

  it('sees a column that moved over time, not one that stayed', () => {
    const order = Uint32Array.from({ length: rows }, (_, i) => i);
    const table = new Table([
      numeric(
        'a',
        a.map((v, i) => v + i / 500),
      ),
      numeric('b', b),
    ]);
    const [finding] = driftFindings(table, schema, order);
    expect(finding?.message).toContain('“a”');
    expect(finding?.message).not.toContain('“b”');
  });
});
