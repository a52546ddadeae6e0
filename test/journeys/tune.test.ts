import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csvRows, millwright, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
writeShop(at('shop.csv'));
const tune = (out: string, ...more: string[]) =>
  millwright(folder, 'tune', 'shop.csv', '--target', 'bought', '--drop', 'id', '--learner', 'linear', '--seed', '3', '--out', out, ...more);

test('tries points, compares them with the defaults, and writes a plan that run accepts', async () => {
  const ended = await tune('tuned', '--trials', '4', '--method', 'random', '--budget', '30s');
  expect(ended.stderr).not.toContain('error [');
  expect(ended.status).toBe(0);
  expect(ended.stdout).toMatch(/defaults/);
  const [header, ...rows] = csvRows(at('tuned', 'trials.csv'));
  expect(header?.slice(0, 3)).toEqual(['trial', 'status', 'score']);
  expect(rows).toHaveLength(5);
  const plan = JSON.parse(readFileSync(at('tuned', 'plan.json'), 'utf8')) as { candidates: { learner: string }[] };
  expect(plan.candidates.map((c) => c.learner)).toContain('linear');
  const run = await millwright(folder, 'run', 'shop.csv', '--plan', 'tuned/plan.json', '--out', 'after');
  expect(run.status).toBe(0);
  expect(existsSync(at('after', 'model.mill'))).toBe(true);
});

test('the same seed finds the same', async () => {
  const again = await tune('again', '--trials', '4', '--method', 'random', '--budget', '30s');
  expect(again.status).toBe(0);
  for (const name of ['best.json', 'plan.json'])
    expect(readFileSync(at('again', name), 'utf8')).toBe(readFileSync(at('tuned', name), 'utf8'));
});

test.each([
  [['--learner', 'boosted-tree'], 'boosted-trees'],
  [['--method', 'guess'], 'bayesian'],
  [['--space', 'l1Ratioo=0..1'], 'l1Ratio'],
])('says what is wrong with %j', async (wrong, hint) => {
  const ended = await tune('wrong', '--trials', '2', ...wrong);
  expect(ended.status).not.toBe(0);
  expect(ended.stderr).toContain('error [');
  expect(ended.stderr).toContain(hint);
  expect(existsSync(at('wrong'))).toBe(false);
});
