import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { csvRows, type Ended, jsonLines, millwright, smallPlan, start, within, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const json = (...path: string[]) => JSON.parse(readFileSync(at(...path), 'utf8'));
const ARTEFACTS = ['leaderboard.csv', 'metrics.json', 'model.mill', 'plan.json', 'predictions.csv', 'report.html', 'run.json'];

let first: Ended;
beforeAll(async () => {
  writeShop(at('shop.csv'));
  first = await within(6, folder, 'run', 'shop.csv', '--target', 'bought', '--drop', 'id', '--seed', '7', '--out', 'first');
});

test('a run ends well, says what it decided, how good it is and what to do next', () => {
  expect(first.stderr).toContain('Training');
  expect(first.status).toBe(0);
  expect(first.stdout).toMatch(/question +bought — yes or no/);
  expect(first.stdout).toMatch(/score .*90 % interval/);
  expect(first.stdout).toMatch(/repaired +price/);
  expect(first.stdout).toContain('millwright predict first/model.mill');
});

test('not on a terminal there are no escapes and no redrawing', () => {
  for (const control of ['\u001b', '\r']) expect(first.stderr + first.stdout).not.toContain(control);
});

test('the folder holds the artefacts and nothing else', () => {
  expect(readdirSync(at('first')).sort()).toEqual(ARTEFACTS);
});

test('the model beats its baseline on rows it never saw', () => {
  const metrics = json('first', 'metrics.json');
  expect(metrics.task).toBe('binary');
  expect(metrics.classes).toEqual(['no', 'yes']);
  expect(metrics.holdout.roc_auc.value).toBeGreaterThan(0.7);
  expect(metrics.holdout.roc_auc.low).toBeLessThanOrEqual(metrics.holdout.roc_auc.value);
});

test('predictions.csv holds every row once in each part', () => {
  const [header, ...rows] = csvRows(at('first', 'predictions.csv'));
  expect(header).toEqual(['row', 'part', 'actual', 'prediction', 'probability_no', 'probability_yes']);
  const { holdout, train } = json('first', 'metrics.json').rows;
  expect(rows.filter((r) => r[1] === 'holdout')).toHaveLength(holdout);
  expect(rows.filter((r) => r[1] === 'out-of-fold').length).toBeLessThanOrEqual(train);
  expect(new Set(rows.map((r) => r[0])).size).toBe(rows.length);
  const shop = csvRows(at('shop.csv'));
  for (const [row, , actual] of rows) expect(shop[Number(row)]?.at(-1)).toBe(actual);
});

test('the leaderboard names the chosen one and the baseline', () => {
  const [header, ...rows] = csvRows(at('first', 'leaderboard.csv'));
  expect(header?.slice(0, 3)).toEqual(['rank', 'id', 'learner']);
  expect(rows.filter((r) => r[7] === 'true')).toHaveLength(1);
  expect(rows.length).toBeGreaterThanOrEqual(3);
});

test('the same seed gives the same bytes, on one thread or two; only run.json tells times', async () => {
  await smallPlan(folder, 'few.json', ['shop.csv', '--target', 'bought', '--drop', 'id', '--seed', '7'], 4);
  for (const threads of ['1', '2']) {
    const ended = await millwright(
      folder,
      'run',
      'shop.csv',
      '--plan',
      'few.json',
      '--threads',
      threads,
      '--out',
      `on${threads}`,
      '--quiet',
    );
    expect(ended.stdout + ended.stderr).toBe('');
    expect(ended.status).toBe(0);
  }
  expect(readFileSync(at('on1', 'model.mill')).equals(readFileSync(at('on2', 'model.mill')))).toBe(true);
  for (const name of ['plan.json', 'metrics.json', 'leaderboard.csv', 'predictions.csv'])
    expect(readFileSync(at('on1', name), 'utf8')).toBe(readFileSync(at('on2', name), 'utf8'));
});

test('--json: one object a line, the result last, nothing on standard error', async () => {
  const ended = await within(3, folder, 'run', 'shop.csv', '--target', 'bought', '--json', '--out', 'machine');
  expect(ended.status).toBe(0);
  expect(ended.stderr).toBe('');
  const lines = jsonLines(ended.stdout);
  const result = lines.pop();
  expect(lines.every((l) => l.type === 'progress')).toBe(true);
  expect(result).toMatchObject({ type: 'result', bundle: 'machine/model.mill', target: 'bought', task: 'binary', interrupted: false });
  const shares = lines.map((l) => l.done as number);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
});

test('a plan is written, edited and obeyed', async () => {
  const planned = await millwright(folder, 'plan', 'shop.csv', '--target', 'bought', '-o', 'plan.yaml');
  expect(planned.status).toBe(0);
  expect(planned.stdout).toContain('millwright run shop.csv --plan plan.yaml');
  const yaml = readFileSync(at('plan.yaml'), 'utf8');
  expect(yaml).toContain('target: bought');
  writeFileSync(at('edited.yaml'), yaml.replace(/(name: colour\n\s+type: \w+\n\s+use:) feature/, '$1 ignore'));
  const ended = await within(3, folder, 'run', 'shop.csv', '--plan', 'edited.yaml', '--out', 'edited');
  expect(ended.status).toBe(0);
  const shown = await millwright(folder, 'show', 'edited', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ type: 'result', ignored: expect.arrayContaining(['colour']) });
});

test('a plan on standard output is the plan and nothing else', async () => {
  const ended = await millwright(folder, 'plan', 'shop.csv', '--target', 'bought');
  expect(ended.status).toBe(0);
  expect(ended.stdout).toMatch(/^version: 1\n/);
});

test('regression, from standard input, with types set by hand', async () => {
  const ended = await start(folder, ['run', '-', '--target', 'price', '--type', 'stock=category', '--budget', '5s', '--out', 'price'], {
    input: readFileSync(at('shop.csv')),
  }).ended;
  expect(ended.stderr).not.toContain('error [');
  expect(ended.status).toBe(0);
  const metrics = json('price', 'metrics.json');
  expect(metrics.task).toBe('regression');
  expect(json('price', 'plan.json').columns.find((c: { name: string }) => c.name === 'stock').type).toBe('category');
});

test('without --out a folder of its own is made', async () => {
  const ended = await within(2, folder, 'run', 'shop.csv', '--target', 'bought', '--json');
  expect(ended.status).toBe(0);
  const { bundle } = jsonLines(ended.stdout).at(-1) as { bundle: string };
  expect(bundle).toMatch(/^millwright\/\d{8}T\d{6}Z-shop-[0-9a-f]{4}\/model\.mill$/);
  expect(existsSync(at(bundle))).toBe(true);
});

test('one second is enough for a valid model, and its plan repeats it, whatever the clock says', async () => {
  const ended = await within(1, folder, 'run', 'shop.csv', '--target', 'bought', '--out', 'quick');
  expect(ended.stderr).not.toContain('error [');
  expect(ended.status).toBe(0);
  expect(readdirSync(at('quick')).sort()).toEqual(ARTEFACTS);
  const scored = await millwright(folder, 'predict', 'quick/model.mill', 'shop.csv', '-o', 'quick.csv');
  expect(scored.stderr).not.toContain('error [');
  expect(scored.status).toBe(0);
  expect(csvRows(at('quick.csv'))).toHaveLength(301);
  const again = await millwright(folder, 'run', 'shop.csv', '--plan', 'quick/plan.json', '--out', 'repeated');
  expect(again.stderr).not.toContain('error [');
  expect(again.status).toBe(0);
  expect(readFileSync(at('repeated', 'model.mill')).equals(readFileSync(at('quick', 'model.mill')))).toBe(true);
});

test('show prints the card', async () => {
  const { status, stdout } = await millwright(folder, 'show', 'first/model.mill');
  expect(status).toBe(0);
  for (const said of [/question +bought/, /score +roc_auc|score +\w+/, /columns expected/, /price +number/]) expect(stdout).toMatch(said);
});
