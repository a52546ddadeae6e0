import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { jsonLines, millwright, smallRun, start, within, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const json = (...path: string[]) => JSON.parse(readFileSync(at(...path), 'utf8'));
const RUN = ['--target', 'bought', '--drop', 'id', '--quiet'];

beforeAll(async () => {
  writeShop(at('shop.csv'));
  await smallRun(folder, 'first', ['shop.csv', '--target', 'bought', '--drop', 'id']);
});

test('a run that its deadline cut is repeated byte for byte, on another number of threads', async () => {
  writeShop(at('big.csv'), 20_000);
  expect((await within(3, folder, 'run', 'big.csv', ...RUN, '--threads', '2', '--out', 'cut')).stderr).toBe('');
  expect(json('cut', 'run.json').cut).toBe(true);
  const again = await millwright(folder, 'replay', 'cut', '--threads', '1', '--out', 'cut-again');
  expect(again.stderr).not.toContain('error [');
  expect(again.stdout).toMatch(/result +same bytes/);
  expect(again.status).toBe(0);
  expect(readFileSync(at('cut-again', 'model.mill')).equals(readFileSync(at('cut', 'model.mill')))).toBe(true);
});

test('so is one that a person interrupted', async () => {
  const running = start(folder, ['run', 'big.csv', '--target', 'bought', '--drop', 'id', '--budget', '300s', '--out', 'stopped']);
  await running.said(/Boosted trees/);
  running.child.kill('SIGINT');
  expect((await running.ended).status).toBe(130);
  const again = await millwright(folder, 'replay', 'stopped/plan.json', '--out', 'stopped-again', '--json');
  expect(again.status).toBe(0);
  expect(jsonLines(again.stdout).at(-1)).toMatchObject({ type: 'result', same: true, differs: [], folder: 'stopped-again' });
});

test('from another folder the data is found by where the run was', async () => {
  mkdirSync(at('elsewhere'));
  const again = await millwright(at('elsewhere'), 'replay', '../first', '--out', 'again', '--quiet');
  expect(again.stderr).toBe('');
  expect(again.status).toBe(0);
});

test('a model alone is enough when the data is named', async () => {
  copyFileSync(at('first', 'model.mill'), at('alone.mill'));
  const without = await millwright(folder, 'replay', 'alone.mill');
  expect(without.stderr).toContain('--data');
  expect(without.status).toBe(2);
  const again = await millwright(folder, 'replay', 'alone.mill', '--data', 'shop.csv', '--out', 'from-model');
  expect(again.stdout).toMatch(/result +same bytes/);
  expect(again.status).toBe(0);
});

test('data that changed is refused, data that is gone is asked for, and nothing is left', async () => {
  copyFileSync(at('shop.csv'), at('kept.csv'));
  appendFileSync(at('shop.csv'), 'C9,01/01/2024,"$900",red,1,ok,yes\n');
  const changed = await millwright(folder, 'replay', 'first', '--out', 'wrong');
  expect(changed.stderr).toContain('error [DATA_CHANGED]');
  expect(changed.status).toBe(1);
  rmSync(at('shop.csv'));
  const gone = await millwright(folder, 'replay', 'first', '--out', 'wrong');
  expect(gone.stderr).toContain('error [DATA_NOT_FOUND]');
  expect(gone.stderr).toContain('--data');
  expect(gone.status).toBe(1);
  renameSync(at('kept.csv'), at('shop.csv'));
  expect(existsSync(at('wrong'))).toBe(false);
});

test('another model is told apart, with what differs', async () => {
  const other = ['run', 'shop.csv', '--plan', 'first.plan.json', '--seed', '5', '--out', 'other'];
  expect((await millwright(folder, ...other)).status).toBe(0);
  copyFileSync(at('first', 'model.mill'), at('other', 'model.mill'));
  rmSync(at('other', 'run.json'));
  const again = await millwright(folder, 'replay', 'other', '--out', 'other-again');
  expect(again.stdout).toMatch(/result +differs: .*lineage\.seed/);
  expect(again.status).toBe(1);
});

test('a plan that was never run is no record', async () => {
  const { work: _, ...plan } = json('first', 'plan.json');
  writeFileSync(at('never.json'), JSON.stringify(plan));
  const ended = await millwright(folder, 'replay', 'never.json');
  expect(ended.stderr).toContain('error [PLAN_INVALID]');
  expect(ended.status).toBe(2);
});
