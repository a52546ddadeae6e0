import { expect, it } from 'vitest';
import { exampleBundle } from '../../../test/example-bundle.js';
import { rowWriter } from './prediction-rows.js';
import { intervalWidth, predictionSet, surenessOf } from './sureness.js';

const sets = [
  { share: 0.9, least: 0.3 },
  { share: 0.8, least: 0.9 },
];
const bundle = { ...exampleBundle(), metrics: { sets } };
const [no, yes] = bundle.task.classes as [string, string];
const values = Float64Array.of(0.6, 0.4, 0.75, 0.25, 0.1, 0.9);

it('gives the classes that are probable enough, the likeliest first, and always the one called', () => {
  const { share, classes } = predictionSet(bundle, 0.85);
  expect(share).toBe(0.9);
  expect([0, 1, 2].map((row) => classes(values, row))).toEqual([[no, yes], [no], [yes]]);
  // called by a threshold of its own, however improbable
  const careful = predictionSet({ ...bundle, threshold: 0.2 }, 0.8);
  expect([0, 1, 2].map((row) => careful.classes(values, row))).toEqual([[yes], [yes], [yes]]);
});

it('refuses shares that the model does not give, and numbers', () => {
  expect(() => predictionSet(bundle, 0.95)).toThrow(/gives no sets that hold the right class of 0.95/);
  expect(() => predictionSet({ ...bundle, metrics: {} }, 0.5)).toThrow(
    expect.objectContaining({ hint: 'Train it anew with this version.' }),
  );
  expect(() => surenessOf(bundle, { interval: 0.9 })).toThrow(expect.objectContaining({ hint: expect.stringContaining('ask for a set') }));
  const numbers = { ...bundle, task: { ...bundle.task, kind: 'regression' as const, classes: [] } };
  expect(() => surenessOf(numbers, { set: 0.9 })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('ask for an interval') }),
  );
});

it('takes no width from a bundle that is none', () => {
  const numbers = {
    task: { ...bundle.task, kind: 'regression' as const, classes: [] },
    metrics: { intervals: [{ share: 0.9, width: '5' }] },
  };
  expect(() => intervalWidth(numbers, 0.9)).toThrow(/gives no interval/);
});

it('writes them as a list beside the probabilities', () => {
  const sureness = surenessOf(bundle, { set: 0.9 });
  const labels = [no, no, yes];
  const csv = rowWriter(bundle.task, 'csv', sureness);
  expect(csv.header([])).toBe('prediction,probability_no,probability___proto__,prediction_set\n');
  expect(csv.rows([], { outputs: 2, values, labels }, 1)).toBe(`no,0.6,0.4,"[""no"",""${yes}""]"\n`);
  const line = rowWriter(bundle.task, 'ndjson', sureness).rows([], { outputs: 2, values, labels }, 1);
  expect(line).toContain(`"prediction_set":["no","${yes}"]`);
});
