import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Ended, millwright, smallPlan, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const ASK = ['--target', 'bought', '--drop', 'id'];

let made: Ended;
beforeAll(async () => {
  writeShop(at('shop.csv'), 200);
  writeFileSync(
    at('profit.mjs'),
    `export const greaterIsBetter = true;
export function score(actual, predicted, weights) {
  let won = 0;
  for (let i = 0; i < actual.length; i++) if (predicted[i] > 0.4) won += (weights ? weights[i] : 1) * (actual[i] === 1 ? 5 : -3);
  return won;
}
`,
  );
  await smallPlan(folder, 'plan.json', ['shop.csv', ...ASK, '--metric', './profit.mjs']);
  made = await millwright(folder, 'run', 'shop.csv', '--plan', 'plan.json', '--metric', './profit.mjs', '--out', 'own');
});

test('a metric of one’s own chooses, is reported, and is known again by the plan', () => {
  expect(made.stderr + made.stdout).toContain('profit');
  expect(made.status).toBe(0);
  const metrics = JSON.parse(readFileSync(at('own', 'metrics.json'), 'utf8'));
  expect(metrics.metric).toBe('profit');
  expect(metrics.holdout.profit.low).toBeLessThan(metrics.holdout.profit.high);
  expect(metrics.holdout.roc_auc).toBeDefined();
  const { metric, ownMetric } = JSON.parse(readFileSync(at('own', 'plan.json'), 'utf8'));
  expect([metric, ownMetric.name, ownMetric.greaterIsBetter, ownMetric.hash.length]).toEqual(['profit', 'profit', true, 64]);
  expect(readFileSync(at('own', 'report.html'), 'utf8')).toContain('profit');
});

test('its plan is repeated with the function, and says what is missing without it', async () => {
  const plan = ['run', 'shop.csv', '--plan', 'own/plan.json'];
  const without = await millwright(folder, ...plan, '--out', 'without');
  expect([without.status, without.stderr]).toEqual([2, expect.stringMatching(/OPTION_INVALID[\s\S]*--metric FILE/)]);
  writeFileSync(at('other.mjs'), readFileSync(at('profit.mjs'), 'utf8').replace('> 0.4', '> 0.5'));
  const other = await millwright(folder, ...plan, '--metric', 'other.mjs', '--out', 'other');
  expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('another metric')]);
  const again = await millwright(folder, ...plan, '--metric', 'profit.mjs', '--out', 'again');
  expect(again.status).toBe(0);
  const asked = ['replay', 'own', '--out', 'replayed'];
  expect(await millwright(folder, ...asked)).toMatchObject({ status: 2, stderr: expect.stringContaining('--metric') });
  const replayed = await millwright(folder, ...asked, '--metric', 'profit.mjs');
  expect([replayed.status, replayed.stdout]).toEqual([0, expect.stringMatching(/result +same bytes/)]);
  expect(readFileSync(at('again', 'model.mill')).equals(readFileSync(at('own', 'model.mill')))).toBe(true);
});

test('a file that is no metric, and a metric that fails, end with what is wrong', async () => {
  writeFileSync(at('empty.mjs'), 'export const greaterIsBetter = true;');
  writeFileSync(at('broken.mjs'), 'export const greaterIsBetter = true; export const score = () => { throw new Error("out of luck"); };');
  for (const [file, status, says] of [
    ['absent.mjs', 2, 'does not exist'],
    ['empty.mjs', 2, 'no function `score`'],
    ['broken.mjs', 1, 'out of luck'],
  ] as const) {
    const ended = await millwright(folder, 'run', 'shop.csv', ...ASK, '--metric', file, '--out', 'failed');
    expect([ended.status, ended.stderr], file).toEqual([status, expect.stringContaining(says)]);
  }
});
