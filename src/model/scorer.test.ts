import { describe, expect, it } from 'vitest';
import { exampleBundle, exampleRows } from '../../test/example-bundle.js';
import { encodeBundle } from './bundle-file.js';
import { loadBundle } from './index.js';
import type { Model } from './model.js';
import { predict } from './predict.js';
import { type Row, Scorer } from './scorer.js';
import { tableFromRows } from './table-from-rows.js';

const bundle = exampleBundle();
const rows = exampleRows();
const table = tableFromRows(bundle.schema, rows);

/** A model that answers each row with the given numbers. */
function fixed(values: number[]): Model {
  return { kind: 'fixed', inputs: [], predict: () => Float64Array.from(values), encode: () => ({ head: {}, blobs: {} }) };
}

describe('predict', () => {
  it('walks the recipe and the model', () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    // The leaves of the example: tree i adds 2⁻ⁱ/2 to the left, −2⁻ⁱ/4 to the right.
    const left = (i: number): number => 2 ** -i / 2;
    const right = (i: number): number => -(2 ** -i) / 4;
    const { values, outputs, labels } = predict(bundle, table);
    const scores = [
      left(0) + left(1) + left(2) + right(3) + right(4),
      right(0) + right(1) + right(2) + left(3) + left(4),
      right(0) + right(1) + left(2) + right(3) + left(4),
      right(0) + right(1) + left(2) + right(3) + left(4),
      right(0) + right(1) + left(2) + right(3) + left(4),
    ].map((s) => sigmoid(s - 0.25));
    expect(outputs).toBe(2);
    scores.forEach((p, i) => {
      expect(values[2 * i + 1]).toBeCloseTo(p, 12);
      expect(labels?.[i]).toBe(p >= 0.4 ? '__proto__' : 'no');
    });
  });

  it('calls the likeliest of several classes, the first of equals', () => {
    const task = { kind: 'multiclass' as const, target: 'left', classes: ['a', 'b', 'c'], reason: '' };
    const { labels } = predict(
      { ...bundle, task, model: fixed([0.2, 0.4, 0.4, 0.5, 0.1, 0.4, 1 / 3, 1 / 3, 1 / 3]) },
      table.take(new Uint32Array([0, 1, 2])),
    );
    expect(labels).toEqual(['b', 'a', 'a']);
  });

  it('calls two classes at a half when no threshold was chosen', () => {
    const { labels } = predict(
      { ...bundle, threshold: undefined, model: fixed([0.5, 0.5, 0.51, 0.49]) },
      table.take(new Uint32Array([0, 1])),
    );
    expect(labels).toEqual(['__proto__', 'no']);
  });

  it('has no labels for regression, and refuses a model of another shape', () => {
    const task = { kind: 'regression' as const, target: 'left', classes: [], reason: '' };
    const one = table.take(new Uint32Array([0]));
    expect(predict({ ...bundle, task, model: fixed([3]) }, one)).toEqual({ outputs: 1, values: Float64Array.of(3) });
    expect(() => predict({ ...bundle, task, model: fixed([3, 4]) }, one)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  });

  it('ignores other columns and takes absent ones as missing', () => {
    const some = table.drop(new Set(['age', 'note']));
    const expected = predict(
      bundle,
      tableFromRows(
        bundle.schema,
        rows.map(({ age, note, ...rest }) => rest),
      ),
    );
    expect(predict(bundle, some)).toEqual(expected);
    expect(predict(bundle, table.take(Uint32Array.of())).values.length).toBe(0);
  });
});

describe('Scorer', () => {
  const scorer = new Scorer(bundle);

  it('answers one row as predict does for the table', () => {
    const { values, labels } = predict(bundle, table);
    const alone = rows.map((row) => scorer.predict(row));
    expect(scorer.predict(rows)).toEqual(alone);
    alone.forEach(({ prediction, probabilities }, i) => {
      expect(prediction).toBe(labels?.[i]);
      expect(Object.entries(probabilities ?? {})).toEqual([
        ['no', values[2 * i]],
        ['__proto__', values[2 * i + 1]],
      ]);
    });
    expect(scorer.predictTable(table)).toEqual({ outputs: 2, values, labels });
  });

  it('keeps nothing of the row before', () => {
    const first = scorer.predict(rows[0] as Row);
    scorer.predict(rows[1] as Row);
    scorer.predict({});
    expect(scorer.predict(rows[0] as Row)).toEqual(first);
  });

  it('does not look at inherited properties', () => {
    expect(scorer.predict(Object.create({ age: 25, city: 'Oslo' }))).toEqual(scorer.predict({}));
  });

  it.each([null, undefined, 3, 'row', [null], [[]].flat().concat(3 as never)])('refuses a row that is not an object (%#)', (row) => {
    expect(() => scorer.predict(row as never)).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH' }));
  });

  it('tells what does not fit', () => {
    const warnings = scorer.check(rows);
    expect(warnings.map(({ kind, column, count }) => [kind, column, count])).toEqual([
      ['extra-column', 'extra', 5],
      ['unreadable-cells', 'age', 1],
      ['unreadable-cells', 'seen', 1],
      ['unreadable-cells', 'member', 1],
      ['unseen-category', 'city', 2],
    ]);
    expect(scorer.check([{ age: 1, city: 'Oslo', seen: '2024-01-01', member: 1 }]).map((w) => [w.kind, w.column])).toEqual([
      ['missing-column', 'note'],
    ]);
    expect(scorer.check([rows[0] as Row])).toEqual([]);
  });

  it('shows its card', () => {
    expect(scorer.card()).toEqual({
      task: bundle.task,
      threshold: 0.4,
      model: 'trees',
      features: ['age', 'city', 'seen', 'note', 'member'].map((name, i) => ({
        name,
        type: ['number', 'category', 'datetime', 'text', 'boolean'][i],
      })),
      metrics: bundle.metrics,
      rows: 4,
      dataHash: 'a'.repeat(64),
      seed: 7,
      millwright: '0.1.0',
    });
  });
});

describe('loadBundle', () => {
  it('takes bytes and buffers', async () => {
    const bytes = await encodeBundle(bundle);
    const expected = new Scorer(bundle).predict(rows);
    expect((await loadBundle(bytes)).predict(rows)).toEqual(expected);
    const loaded = await loadBundle(bytes.slice().buffer as ArrayBuffer);
    expect(loaded.predict(rows)).toEqual(expected);
    expect(loaded.schema).toEqual(bundle.schema);
  });
});
