import { expect, it } from 'vitest';
import { exampleBundle } from '../../../../test/example-bundle.js';
import { predict } from '../../../model/predict.js';
import { tableFromRows } from '../../../model/table-from-rows.js';
import { surenessOf } from '../sureness.js';
import { delimitedText, ndjsonText, scoredColumns, scoredRows } from './scored-rows.js';

const stamp = { model: 'm', version: '3', scoredAt: '2026-11-23T07:00:00.000Z' };
const bundle = { ...exampleBundle(), metrics: { sets: [{ share: 0.9, least: 0.01 }] } };
const table = tableFromRows(bundle.schema, [{ age: 25, city: 'Oslo' }]);

it('writes sets of classes as JSON beside the probabilities', () => {
  const beside = { reasons: 0, sureness: surenessOf(bundle, { set: 0.9 }) };
  const columns = scoredColumns(bundle.task, ['id'], beside);
  expect(columns.map((c) => `${c.name} ${c.kind}`)).toEqual([
    ...['id text', 'prediction text', 'probability_no number', 'probability___proto__ number', 'prediction_set json'],
    ...['model text', 'version text', 'scored_at time'],
  ]);
  const rows = scoredRows(bundle, table, [['k1']], predict(bundle, table), beside, stamp);
  const [line] = ndjsonText(columns, rows).split('\n');
  const { prediction_set: set, prediction } = JSON.parse(line as string) as { prediction_set: string[]; prediction: string };
  expect([...set].sort()).toEqual(['__proto__', 'no']);
  expect(set).toContain(prediction);
  expect(delimitedText(columns, rows, ',')).toContain(',"[""');
  expect(() => scoredColumns(bundle.task, ['prediction_set'], beside)).toThrow(/name of a column of the result/);
});

it('writes intervals as numbers beside predicted numbers', () => {
  const price = {
    ...bundle,
    task: { ...bundle.task, kind: 'regression' as const, classes: [] },
    metrics: { intervals: [{ share: 0.9, width: 2 }] },
  };
  const beside = { reasons: 0, sureness: surenessOf(price, { interval: 0.9 }) };
  const names = scoredColumns(price.task, [], beside).map((c) => `${c.name} ${c.kind}`);
  expect(names.slice(0, 3)).toEqual(['prediction number', 'prediction_low number', 'prediction_high number']);
  const [row] = scoredRows(price, table, [], { outputs: 1, values: Float64Array.of(5) }, beside, stamp);
  expect(row).toEqual([5, 3, 7, 'm', '3', stamp.scoredAt]);
});
