import { expect, test } from 'vitest';
import type { Task } from '../../core/schema.js';
import { rowWriter } from './prediction-rows.js';

const binary: Task = { kind: 'binary', target: 'y', classes: ['no', '=yes,really'], reason: '' };
const regression: Task = { kind: 'regression', target: 'y', classes: [], reason: '' };
const kept = [
  { name: '=id', cell: (row: number) => ['-1.5', '=cmd|x'][row] as string },
  { name: '__proto__', cell: (row: number) => ['-7', ''][row] as string },
];
const scored = { outputs: 2, values: new Float64Array([0.75, 0.25, 0.125, 0.875]), labels: ['no', '=yes,really'] };

test('classes as CSV: kept cells, the prediction, a probability for each class as spelled', () => {
  const w = rowWriter(binary, 'csv');
  expect(w.header(['=id', '__proto__'])).toBe(`'=id,__proto__,prediction,probability_no,"probability_=yes,really"\n`);
  expect(w.rows(kept, scored, 2)).toBe(`-1.5,-7,no,0.75,0.25\n'=cmd|x,,"'=yes,really",0.125,0.875\n`);
});

test('a negative number is a number in every column', () => {
  expect(rowWriter(regression, 'tsv').rows([], { outputs: 1, values: new Float64Array([-2.5, Number.NaN]) }, 2)).toBe('-2.5\n\n');
});

test('tabs within cells are quoted in TSV', () => {
  expect(rowWriter(regression, 'tsv').rows([{ name: 'a', cell: () => 'x\ty' }], { outputs: 1, values: new Float64Array([1]) }, 1)).toBe(
    '"x\ty"\t1\n',
  );
});

test('NDJSON keeps cells as text, whatever they are, and awkward names', () => {
  const lines = rowWriter(binary, 'ndjson').rows(kept, scored, 2).trim().split('\n');
  expect(lines[0]).toContain('{"=id":"-1.5","__proto__":"-7",');
  expect(lines[1]).toBe(
    '{"=id":"=cmd|x","__proto__":"","prediction":"=yes,really","probability_no":0.125,"probability_=yes,really":0.875}',
  );
});
