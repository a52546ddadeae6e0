import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../src/model/bundle-file.js';
import { predict } from '../../src/model/predict.js';
import { Scorer } from '../../src/model/scorer.js';
import { tableFromRows } from '../../src/model/table-from-rows.js';

const folder = new URL('bundles/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mill'))
  .map((file) => file.slice(0, -'.mill'.length));

interface Expected {
  rows: Record<string, unknown>[];
  outputs: number;
  values: number[];
  labels?: string[];
}

it('has a bundle of each kind of model', () => {
  expect(new Set(names.map((name) => name.split('-')[1]))).toEqual(
    new Set(['additive', 'constant', 'linear', 'mlp', 'naive_bayes', 'neighbours', 'trees']),
  );
});

describe.each(names)('%s', (name) => {
  const expected = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Expected;
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.mill`, folder)));

  it('loads, and predicts exactly what it did when it was saved', async () => {
    const bundle = await decodeBundle(bytes);
    const { outputs, values, labels } = predict(bundle, tableFromRows(bundle.schema, expected.rows));
    expect({ outputs, values: [...values], labels }).toEqual({ labels: undefined, ...expected, rows: undefined });
  });

  it('says the same of each row alone', async () => {
    const bundle = await decodeBundle(bytes);
    const scorer = new Scorer(bundle);
    const { outputs } = expected;
    expected.rows.forEach((row, i) => {
      const { prediction, probabilities } = scorer.predict(row);
      const values = expected.values.slice(i * outputs, (i + 1) * outputs);
      expect(prediction).toBe(expected.labels ? expected.labels[i] : values[0]);
      if (probabilities) expect(bundle.task.classes.map((c) => probabilities[c])).toEqual(values);
    });
  });
});
