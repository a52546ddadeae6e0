import { expect, it } from 'vitest';
import { sigmoid } from '../core/math.js';
import { Rng } from '../core/rng.js';
import { Table } from '../core/table.js';
import { type AdditiveColumn, AdditiveModel } from './additive.js';

const rng = new Rng(5);
const draw = (length: number): Float64Array => Float64Array.from({ length }, () => rng.float() - 0.5);

/** Numbers in four bins, categories in three, numbers in two. */
function columnsOf(outputs: number): AdditiveColumn[] {
  return [
    { name: 'a', bounds: Float64Array.of(-0.3, 0, 0.4), scores: draw(5 * outputs), cells: Uint8Array.of(0, 1, 1, 2, 2) },
    { name: '__proto__', binOf: Uint8Array.of(1, 2, 0, 1), scores: draw(3 * outputs), cells: Uint8Array.of(0, 1, 2) },
    { name: 'b', bounds: Float64Array.of(0.1), scores: draw(3 * outputs), cells: Uint8Array.of(0, 0, 1) },
  ];
}

const ROWS = 300;
const table = new Table([
  { kind: 'numeric', name: 'b', values: draw(ROWS) },
  { kind: 'numeric', name: 'a', values: draw(ROWS).map((v, i) => (i % 9 === 0 ? Number.NaN : i % 10 === 0 ? 0 : v)) },
  {
    kind: 'category',
    name: '__proto__',
    codes: Int32Array.from({ length: ROWS }, () => rng.below(7) - 1),
    levels: ['a', 'b', 'c', 'd', 'e', 'f'],
  },
]);

const models = {
  numbers: new AdditiveModel(
    columnsOf(1),
    [
      { first: 0, second: 1, scores: draw(9) },
      { first: 2, second: 0, scores: draw(6) },
    ],
    Float64Array.of(3.7),
    'identity',
  ),
  'two classes': new AdditiveModel(columnsOf(1), [{ first: 1, second: 2, scores: draw(6) }], Float64Array.of(0.2), 'logistic'),
  'three classes': new AdditiveModel(columnsOf(3), [], Float64Array.of(0.1, -0.2, 0.3), 'softmax'),
};

it.each(Object.entries(models))('the intercept and the contributions of the terms are the score: %s', (_, model) => {
  const outputs = model.intercept.length;
  const terms = model.columns.length + model.pairs.length;
  const parts = model.contributions(table);
  const predicted = model.predict(table);
  expect(parts.length).toBe(ROWS * terms * outputs);
  for (let row = 0; row < ROWS; row++) {
    const scores = Array.from(model.intercept, (start, o) => {
      let sum = start;
      for (let term = 0; term < terms; term++) sum += parts[(row * terms + term) * outputs + o] as number;
      return sum;
    });
    if (model.link === 'identity') expect(predicted[row]).toBe(scores[0]);
    else if (model.link === 'logistic') expect(predicted[2 * row + 1]).toBe(sigmoid(scores[0] as number));
    else {
      const powers = scores.map(Math.exp);
      const all = powers.reduce((a, b) => a + b, 0);
      powers.forEach((p, o) => {
        expect(predicted[3 * row + o]).toBeCloseTo(p / all, 12);
      });
    }
  }
});

it('a contribution is the score of the bin: bounds belong to the bin below, missing cells and strange levels to bin 0', () => {
  const model = models.numbers;
  const [a, c, b] = model.columns as [AdditiveColumn, AdditiveColumn, AdditiveColumn];
  const rows = new Table([
    { kind: 'numeric', name: 'a', values: Float64Array.of(-0.3, 0, 0.41, Number.NaN, Number.NEGATIVE_INFINITY) },
    { kind: 'category', name: '__proto__', codes: Int32Array.of(0, 1, 2, -1, 77), levels: Array.from({ length: 78 }, (_, i) => `${i}`) },
    { kind: 'numeric', name: 'b', values: Float64Array.of(0.1, 0.2, Number.POSITIVE_INFINITY, Number.NaN, -5) },
  ]);
  const parts = model.contributions(rows);
  const bins = [
    [1, 1, 1],
    [2, 2, 2],
    [4, 0, 2],
    [0, 0, 0],
    [1, 0, 1],
  ];
  bins.forEach(([x, y, z], row) => {
    const own = [a.scores[x as number], c.scores[y as number], b.scores[z as number]];
    expect([...parts.subarray(row * 5, row * 5 + 3)]).toEqual(own);
    const [p, q, r] = [a.cells[x as number], c.cells[y as number], b.cells[z as number]] as [number, number, number];
    expect(parts[row * 5 + 3]).toBe(model.pairs[0]?.scores[p * 3 + q]);
    expect(parts[row * 5 + 4]).toBe(model.pairs[1]?.scores[r * 3 + p]);
  });
});
