import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csvRows, millwright, smallRun, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const json = (...path: string[]) => JSON.parse(readFileSync(at(...path), 'utf8'));
writeShop(at('shop.csv'), 240);

test('costs of two classes set the threshold, are reported in money, and decide in predict', async () => {
  await smallRun(folder, 'two', ['shop.csv', '-t', 'bought', '--drop', 'id', '--costs', 'fp=1,fn=20,unit=EUR']);
  const metrics = json('two', 'metrics.json');
  expect(metrics.metric).toBe('expected_cost');
  expect(metrics.threshold).toBeCloseTo(1 / 21, 12);
  expect(metrics.holdout.expected_cost.value).toBeLessThanOrEqual(metrics.baseline.expected_cost);
  expect(json('two', 'plan.json').costs).toEqual({
    matrix: [
      [0, 1],
      [20, 0],
    ],
    unit: 'EUR',
  });
  expect(readFileSync(at('two', 'report.html'), 'utf8')).toMatch(/What it costs[\s\S]*EUR/);
  const scored = await millwright(folder, 'predict', 'two/model.mill', 'shop.csv', '-o', 'scored.csv');
  expect(scored.status).toBe(0);
  const [, ...rows] = csvRows(at('scored.csv'));
  for (const [called, , yes] of rows) expect(called).toBe(Number(yes) >= 1 / 21 ? 'yes' : 'no');
});

test('costs of several classes, from a file, decide what is called everywhere', async () => {
  writeFileSync(at('costs.json'), JSON.stringify({ costs: { red: { blue: 9, green: 9 } }, otherwise: 1 }));
  await smallRun(folder, 'three', ['shop.csv', '-t', 'colour', '--drop', 'id,when,price', '--costs', 'costs.json']);
  const { classes } = json('three', 'plan.json') as { classes: string[] };
  const matrix = (json('three', 'plan.json') as { costs: { matrix: number[][] } }).costs.matrix;
  await millwright(folder, 'predict', 'three/model.mill', 'shop.csv', '-o', 'three.csv');
  const [, ...rows] = csvRows(at('three.csv'));
  let unlike = 0;
  for (const [called, ...p] of rows) {
    const price = classes.map((_, c) => classes.reduce((sum, _, a) => sum + Number(p[a]) * (matrix[a]?.[c] as number), 0));
    expect(called).toBe(classes[price.indexOf(Math.min(...price))]);
    if (called !== classes[p.map(Number).indexOf(Math.max(...p.map(Number)))]) unlike++;
  }
  expect(unlike).toBeGreaterThan(0);
  const own = readFileSync(at('three', 'predictions.csv'), 'utf8');
  expect(own).toContain('red');
  expect((await millwright(folder, 'show', 'three/model.mill')).stdout).toContain('by what a wrong call costs');
});

test('costs that cannot be are refused before anything is made', async () => {
  for (const [costs, target, says] of [
    ['fp=1', 'bought', 'both fp and fn'],
    ['fp=x,fn=1', 'bought', 'costs are wrong at fp'],
    ['{"costs": {"maybe": {"no": 1}}, "otherwise": 1}', 'bought', 'maybe'],
    ['absent.json', 'bought', 'no file of costs'],
    ['fp=1,fn=2', 'stock', 'regression'],
  ] as const) {
    const ended = await millwright(folder, 'plan', 'shop.csv', '-t', target, '--costs', costs);
    expect([ended.status, ended.stderr], costs).toEqual([2, expect.stringContaining(says)]);
  }
});
