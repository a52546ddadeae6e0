import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSchema } from '../../../test/example-bundle.js';
import { Rng } from '../../core/rng.js';
import type { ColumnSchema, ColumnType, ColumnUse, Schema, Task } from '../../core/schema.js';
import { type CategoryColumn, type Column, type NumericColumn, Table } from '../../core/table.js';
import { readJson, writeJson } from '../../model/json.js';
import { applyRecipe, parseRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import { fitRecipe } from './fit-recipe.js';
import type { RecipeInput } from './recipe-request.js';

const task: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
const inputs = ['trees', 'dense'] as const;

function numeric(name: string, values: Iterable<number>): NumericColumn {
  return { kind: 'numeric', name, values: Float64Array.from(values) };
}

function category(name: string, cells: readonly (string | null)[]): CategoryColumn {
  const levels = [...new Set(cells.filter((c) => c !== null))];
  const place = new Map(levels.map((level, i) => [level, i]));
  return { kind: 'category', name, levels, codes: Int32Array.from(cells, (c) => (c === null ? -1 : (place.get(c) as number))) };
}

/** A table and its schema from columns with their types and uses. */
function given(...columns: [Column, ColumnType, ColumnUse?][]): { table: Table; schema: Schema } {
  const schema: ColumnSchema[] = columns.map(([c, type, use]) => columnSchema(c.name, type, use));
  return { table: new Table(columns.map(([c]) => c)), schema: { columns: schema } };
}

/** The steps fitted for a table with any answers. */
function stepsOf(table: Table, schema: Schema, input: RecipeInput): StepData[] {
  return fitRecipe({ table, schema, task, input, target: new Float64Array(table.rows), rng: new Rng(1) }).steps;
}

const names = (table: Table): string[] => table.columns.map((c) => c.name);
const values = (table: Table, name: string): number[] => [...(table.column(name) as NumericColumn).values];

describe('fitRecipe', () => {
  it('uses features and time alone, and only what varies', () => {
    const { table, schema } = given(
      [numeric('a', [1, 2, 3]), 'number'],
      [numeric('when', [1, 2, 3]), 'number', 'time'],
      [numeric('y', [1, 2, 3]), 'number'],
      [numeric('w', [1, 2, 3]), 'number', 'weight'],
      [category('g', ['a', 'b', 'b']), 'category', 'group'],
      [category('i', ['a', 'b', 'c']), 'id'],
      [numeric('x', [1, 2, 3]), 'number', 'ignore'],
      [numeric('constant', [5, 5, 5]), 'number'],
      [numeric('gone', [Number.NaN, Number.NaN, Number.NaN]), 'number'],
      [category('same', [null, null, null]), 'category'],
    );
    for (const input of inputs) expect(names(applyRecipe(stepsOf(table, schema, input), table))).toEqual(['a', 'when']);
  });

  it('makes a table without columns when nothing varies', () => {
    const { table, schema } = given([numeric('a', [1, 1]), 'number']);
    for (const input of inputs) {
      const out = applyRecipe(stepsOf(table, schema, input), table);
      expect([out.columns.length, out.rows]).toEqual([0, 2]);
    }
  });

  describe('for trees', () => {
    it('keeps numbers as they are, with their gaps', () => {
      const { table, schema } = given(
        [numeric('a', [1, Number.NaN, Number.POSITIVE_INFINITY]), 'number'],
        [numeric('b', [0, 1, 1]), 'boolean'],
      );
      const out = applyRecipe(stepsOf(table, schema, 'trees'), table);
      expect(values(out, 'a')).toEqual([1, Number.NaN, Number.POSITIVE_INFINITY]);
      expect(values(out, 'b')).toEqual([0, 1, 1]);
    });

    it('codes categories by frequency, the same in every table; rare and unseen ones are missing', () => {
      const { table, schema } = given([category('c', ['z', 'b', 'b', 'a', 'a', 'b', 'once', null]), 'category']);
      const steps = stepsOf(table, schema, 'trees');
      const fitted = applyRecipe(steps, table).column('c') as CategoryColumn;
      expect(fitted.levels).toEqual(['b', 'a']);
      expect([...fitted.codes]).toEqual([-1, 0, 0, 1, 1, 0, -1, -1]);
      const other = applyRecipe(steps, new Table([category('c', ['new', 'a', 'once', 'b'])])).column('c') as CategoryColumn;
      expect(other.levels).toEqual(['b', 'a']);
      expect([...other.codes]).toEqual([-1, 1, -1, 0]);
    });

    it('adds frequencies to categories with many levels', () => {
      const cells = Array.from({ length: 900 }, (_, i) => (i < 300 ? 'common' : `level ${i % 300}`));
      const { table, schema } = given([category('c', cells), 'category']);
      const steps = stepsOf(table, schema, 'trees');
      const out = applyRecipe(steps, new Table([category('c', ['common', 'level 7', 'new', null])]));
      expect(values(out, 'c.frequency')).toEqual([300 / 900, 2 / 900, 1 / 900, Number.NaN]);
    });

    it('lets no year, week or day end far from its beginning for dense models', () => {
      const at = (text: string): number => Date.parse(text);
      const { table, schema } = given([
        numeric('d', [at('2023-12-31T23:59:59Z'), at('2024-01-01T00:00:00Z'), at('2024-06-28T12:00:00Z')]),
        'datetime',
      ]);
      const raw = applyRecipe(stepsOf(table, schema, 'dense').slice(0, 2), table);
      for (const round of ['of-year', 'of-week', 'of-day', 'of-month'])
        for (const wave of ['sin', 'cos']) {
          const [end, start, middle] = values(raw, `d.${round}.${wave}`) as [number, number, number];
          expect(Math.abs(end - start)).toBeLessThan(0.02);
          if (wave === 'cos') expect(middle).toBeLessThan(start - 1e-3);
        }
      expect(names(applyRecipe(stepsOf(table, schema, 'trees'), table)).some((name) => name.includes('.of-'))).toBe(false);
    });

    it('takes dates apart, as far as they vary', () => {
      const day = (text: string): number => Date.parse(text);
      const { table, schema } = given([numeric('d', [day('2024-01-31'), day('2024-03-01'), Number.NaN]), 'datetime']);
      const out = applyRecipe(stepsOf(table, schema, 'trees'), table);
      expect(Object.fromEntries(names(out).map((n) => [n, values(out, n)]))).toEqual({
        'd.month': [1, 3, Number.NaN],
        'd.day': [31, 1, Number.NaN],
        'd.weekday': [3, 5, Number.NaN],
        'd.day-of-year': [31, 61, Number.NaN],
        'd.month-end': [1, 0, Number.NaN],
        'd.elapsed': [0, 30, Number.NaN],
      });
    });

    it('measures texts and counts their most telling words', () => {
      const texts = Array.from({ length: 40 }, (_, i) => `the ${i % 2 ? 'cat' : 'dog'} no ${i}`);
      const { table, schema } = given([category('t', texts), 'text']);
      const out = applyRecipe(stepsOf(table, schema, 'trees'), new Table([category('t', ['Cat, cat and dog'])]));
      // "the" and "no" are in every text, and each number in one.
      expect(names(out)).toEqual(['t.length', 't.words', 't.digits', 't.upper', 't.punctuation', 't: cat', 't: dog']);
      expect(names(out).map((n) => values(out, n)[0])).toEqual([16, 4, 0, 1 / 16, 1 / 16, 2, 1]);
    });
  });

  describe('for dense models', () => {
    it('fills, marks and scales numbers', () => {
      const { table, schema } = given([numeric('a', [0, 2, Number.NaN, 4, Number.NEGATIVE_INFINITY]), 'number']);
      const out = applyRecipe(stepsOf(table, schema, 'dense'), table);
      const sd = Math.sqrt(8 / 5);
      expect(values(out, 'a').map((x) => x.toFixed(9))).toEqual([-2 / sd, 0, 0, 2 / sd, 0].map((x) => x.toFixed(9)));
      const half = 0.4 / Math.sqrt(0.24);
      expect(values(out, 'a is missing').map((x) => x.toFixed(9))).toEqual(
        [0, 0, 1, 0, 1].map((x) => (x ? 0.6 / Math.sqrt(0.24) : -half).toFixed(9)),
      );
    });

    it('gives levels, the rest and the missing a column each', () => {
      const cells = [...Array(5).fill('a'), ...Array(4).fill('b'), 'c', null];
      const { table, schema } = given([category('c', cells), 'category']);
      const steps = stepsOf(table, schema, 'dense');
      const out = applyRecipe(steps, new Table([category('c', ['b', 'a', 'c', 'new', null])]));
      expect(names(out).map((n) => [n, values(out, n)])).toEqual([
        ['c = a', [0, 1, 0, 0, 0]],
        ['c = b', [1, 0, 0, 0, 0]],
        ['c = (other)', [0, 0, 1, 1, 0]],
        ['c = (missing)', [0, 0, 0, 0, 1]],
      ]);
    });

    it('bounds the width of one-hot, the most frequent levels first', () => {
      const rng = new Rng(1);
      const wide = ['p', 'q'].map((name) =>
        category(
          name,
          Array.from({ length: 20_000 }, () => `${rng.below(1000)}`),
        ),
      );
      const few = category(
        'r',
        Array.from({ length: 20_000 }, () => `${rng.below(3)}`),
      );
      const { table, schema } = given([wide[0] as Column, 'category'], [wide[1] as Column, 'category'], [few, 'category']);
      const out = applyRecipe(stepsOf(table, schema, 'dense'), table);
      expect(out.columns.length).toBeLessThanOrEqual(610);
      expect(names(out)).toEqual(expect.arrayContaining(['r = 0', 'r = 1', 'r = 2']));
    });

    it('gives months and weekdays a column each', () => {
      const days = Array.from({ length: 400 }, (_, i) => Date.UTC(2024, 0, 1 + i));
      const { table, schema } = given([numeric('d', days), 'datetime']);
      const out = applyRecipe(stepsOf(table, schema, 'dense'), new Table([numeric('d', [Date.UTC(2030, 4, 6)])]));
      expect([values(out, 'd.month = 5'), values(out, 'd.month = 6'), values(out, 'd.weekday = 1'), values(out, 'd.weekday = 2')]).toEqual([
        [1],
        [0],
        [1],
        [0],
      ]);
    });

    it('holds outliers', () => {
      const { table, schema } = given([numeric('a', [...Array.from({ length: 999 }, (_, i) => i), 1e300]), 'number']);
      const out = applyRecipe(stepsOf(table, schema, 'dense'), table);
      expect(Math.max(...values(out, 'a'))).toBeLessThan(12);
      expect(Math.abs(values(out, 'a')[500] as number)).toBeLessThan(1);
    });
  });

  it('keeps names apart', () => {
    const { table, schema } = given(
      [numeric('a', [1, Number.NaN, 3]), 'number'],
      [numeric('a is missing', [3, 1, 2]), 'number'],
      [category('b', ['x = y', 'x = y', 'x = y']), 'category', 'ignore'],
    );
    expect(names(applyRecipe(stepsOf(table, schema, 'dense'), table))).toEqual(['a', 'a is missing 2', 'a is missing']);
  });

  const cell = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, 1, 1, 1));
  const word = fc.option(fc.oneof(fc.constantFrom('x', 'y', '__proto__', '(other)'), fc.string({ maxLength: 5 })));
  const rows = fc.array(
    fc.record({ a: cell, b: cell, d: fc.oneof(fc.integer({ min: -1e13, max: 1e13 }), cell), c: word, t: word, p: word }),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  it.each(inputs)('makes of any table columns that %s can read, row by row', (input) => {
    fc.assert(
      fc.property(rows, fc.boolean(), (cells, missing) => {
        const { table, schema } = given(
          [
            numeric(
              'a',
              cells.map((r) => r.a),
            ),
            'number',
          ],
          [
            numeric(
              'b',
              cells.map((r) => r.b),
            ),
            'boolean',
          ],
          [
            numeric(
              'd',
              cells.map((r) => r.d),
            ),
            'datetime',
          ],
          [
            category(
              'c',
              cells.map((r) => r.c),
            ),
            'category',
          ],
          [
            category(
              '__proto__',
              cells.map((r) => r.p),
            ),
            'category',
          ],
          [
            category(
              't',
              cells.map((r) => r.t),
            ),
            'text',
          ],
        );
        const steps = stepsOf(table, schema, input);
        expect(parseRecipe(readJson(writeJson(steps), ''))).toEqual(steps);
        const out = applyRecipe(steps, table);
        expect(out.rows).toBe(table.rows);
        const last = table.rows - 1;
        const alone = applyRecipe(steps, table.take(Uint32Array.of(last)));
        for (const column of out.columns) {
          const other = alone.column(column.name);
          if (column.kind === 'category') expect((other as CategoryColumn).codes[0]).toBe(column.codes[last]);
          else expect((other as NumericColumn).values[0]).toBe(column.values[last]);
        }
        const bare = missing ? applyRecipe(steps, new Table([], 3)) : out;
        if (input === 'dense')
          for (const c of bare.columns) expect(c.kind === 'numeric' && c.values.every(Number.isFinite), c.name).toBe(true);
        else
          for (const c of bare.columns)
            if (c.kind === 'category') expect(c.codes.every((code) => code >= -1 && code < c.levels.length)).toBe(true);
      }),
    );
  });
});
