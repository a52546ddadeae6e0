import { expect, test } from 'vitest';
import { Fields } from '../../model/fields.js';
import { Prequential } from './prequential.js';

test('classes are scored as scikit-learn does', () => {
  const score = new Prequential('classes');
  // actual 0 0 0 1 1 2, called 0 0 1 1 1 0
  for (const [actual, called] of [
    [0, 0],
    [0, 0],
    [0, 1],
    [1, 1],
    [1, 1],
    [2, 0],
  ] as const)
    score.addClass(
      actual,
      [0, 1, 2].map((k) => (k === called ? 0.8 : 0.1)),
      called,
    );
  const scores = score.scores();
  expect(scores.get('accuracy')).toBeCloseTo(4 / 6, 12);
  expect(scores.get('balanced_accuracy')).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
  // sklearn.metrics.cohen_kappa_score
  expect(scores.get('cohen_kappa')).toBeCloseTo(0.42857142857142855, 12);
  expect(scores.get('log_loss')).toBeCloseTo(-(4 * Math.log(0.8) + 2 * Math.log(0.1)) / 6, 12);
});

test('numbers are scored as scikit-learn does', () => {
  const score = new Prequential('number');
  for (const [y, p] of [
    [3, 2.5],
    [-0.5, 0],
    [2, 2],
    [7, 8],
  ] as const)
    score.addNumber(y, p);
  expect(score.scores().get('mean_absolute_error')).toBeCloseTo(0.5, 12);
  expect(score.scores().get('root_mean_squared_error')).toBeCloseTo(Math.sqrt(0.375), 12);
  expect(score.scores().get('r2')).toBeCloseTo(0.9486081370449679, 12);
});

test('with fading, what was long ago counts little; a saved score goes on', () => {
  let score = new Prequential('classes', 0.99);
  for (let i = 0; i < 2000; i++) {
    if (i === 1500) score = Prequential.load('classes', 0.99, new Fields(JSON.parse(JSON.stringify(score.save())), 'score'));
    score.addClass(i % 2, [0.5, 0.5], i < 1000 ? 1 - (i % 2) : i % 2);
  }
  expect(score.rows).toBeCloseTo(100, 5);
  expect(score.scores().get('accuracy')).toBeGreaterThan(0.9999);
});

test('no call at all is an error', () => {
  const score = new Prequential('classes');
  score.addClass(0, [], -1);
  score.addClass(1, [1, 0], 0);
  score.addClass(0, [1, 0], 0);
  expect(score.scores().get('accuracy')).toBeCloseTo(1 / 3, 12);
});
