import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csvRows, type Ended, millwright, start, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
writeShop(at('shop.csv'));
const tune = (out: string, ...more: string[]) =>
  millwright(folder, 'tune', 'shop.csv', '--target', 'bought', '--drop', 'id', '--learner', 'linear', '--seed', '3', '--out', out, ...more);

test('tries points, compares them with the defaults, and writes a plan that run accepts', async () => {
  const ended = await tune('tuned', '--trials', '4', '--method', 'random', '--budget', '10m');
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
  const again = await tune('again', '--trials', '4', '--method', 'random', '--budget', '10m');
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

test.each(['grid', 'halving', 'hyperband', 'asha', 'bayesian'])('%s search works from the command line', async (method) => {
  const ended = await tune(`by-${method}`, '--trials', '7', '--method', method);
  expect(ended.stderr).not.toContain('error [');
  expect(ended.status).toBe(0);
  const best = JSON.parse(readFileSync(at(`by-${method}`, 'best.json'), 'utf8'));
  expect(best).toMatchObject({ learner: 'linear', method });
  expect(best.trials).toBeGreaterThan(0);
});

let unbroken: Promise<Ended> | undefined;
test.each(['SIGINT', 'SIGKILL'] as const)('%s: what was tried is kept, and --resume ends as if nothing had happened', async (signal) => {
  const own = ['--target', 'bought', '--drop', 'id', '--learner', 'boosted-trees', '--folds', '2', '--method', 'random', '--seed', '3'];
  const space = ['--only', '--space', 'rounds=20..100,leaves=4..12'];
  const args = ['tune', 'shop.csv', ...own, ...space, '--trials', '8'];
  const out = `stopped-${signal}`;
  const running = start(folder, [...args, '--out', out]);
  await running.said(/trial 4 of 8/);
  running.child.kill(signal);
  const ended = await running.ended;
  if (signal === 'SIGINT') {
    expect(ended.status).toBe(130);
    expect(JSON.parse(readFileSync(at(out, 'best.json'), 'utf8')).trials).toBeGreaterThanOrEqual(3);
    expect(existsSync(at(out, 'plan.json'))).toBe(true);
  }
  const done = csvRows(at(out, 'trials.csv')).slice(1);
  expect(done.length).toBeGreaterThan(0);
  const refused = await millwright(folder, ...args, '--out', out);
  expect(refused.stderr).toContain('--resume');
  const other = await millwright(folder, ...args, '--out', out, '--resume', '--method', 'bayesian');
  expect(other.stderr).toContain('its method was');
  const resumed = await millwright(folder, ...args, '--out', out, '--resume');
  expect(resumed.status).toBe(0);
  const all = csvRows(at(out, 'trials.csv')).slice(1);
  // the part that was there is as it was, its seconds included
  expect(all.slice(0, done.length)).toEqual(done);
  unbroken ??= millwright(folder, ...args, '--out', 'whole', '--quiet');
  expect((await unbroken).status).toBe(0);
  const untimed = (rows: string[][]) => rows.map((row) => row.filter((_, i) => i !== 5));
  expect(untimed(all)).toEqual(untimed(csvRows(at('whole', 'trials.csv')).slice(1)));
  expect(readFileSync(at(out, 'plan.json'), 'utf8')).toBe(readFileSync(at('whole', 'plan.json'), 'utf8'));
});

test('a grid over the many parameters of trees takes a few of them, and says so', async () => {
  const ended = await millwright(
    folder,
    'tune',
    'shop.csv',
    '--target',
    'bought',
    '--method',
    'grid',
    '--trials',
    '1',
    '--folds',
    '2',
    '--out',
    'grid',
  );
  expect(ended.stderr).toMatch(/note: A grid over all \d+ parameters would be too large, so it is over learningRate, leaves/);
  expect(ended.stderr).toContain('--only --space "learningRate=0.01..0.2:log,leaves=4..256:log"');
  expect(ended.status).toBe(0);
});

test('--show-space lists what is searched, without data', async () => {
  const shown = await millwright(folder, 'tune', '--learner', 'boosted-trees', '--show-space');
  expect(shown.status).toBe(0);
  expect(shown.stdout).toMatch(/learningRate +0\.01\.\.0\.2:log +0\.05/);
  const json = JSON.parse((await millwright(folder, 'tune', '--learner', 'linear', '--show-space', '--json')).stdout);
  expect(json.parameters.map((p: { name: string }) => p.name)).toContain('l1Ratio');
  const wrong = await millwright(folder, 'tune', '--learner', 'linaer', '--show-space');
  expect(wrong.stderr).toContain('Did you mean "linear"');
  expect(wrong.status).toBe(2);
});
