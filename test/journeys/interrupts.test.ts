import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { jsonLines, millwright, start, within, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const LONG = ['run', 'big.csv', '--target', 'bought', '--drop', 'id', '--budget', '120s'];

beforeAll(() => {
  writeShop(at('big.csv'), 20_000);
  writeShop(at('shop.csv'));
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s once: the best so far is saved, exit status 130', async (signal) => {
  const out = `once-${signal}`;
  const running = start(folder, [...LONG, '--out', out]);
  await running.said(/Boosted trees/);
  running.child.kill(signal);
  const ended = await running.ended;
  expect(ended.stderr).toContain('Interrupted');
  expect(ended.status).toBe(130);
  expect(ended.stdout).toContain('the best so far is saved');
  expect(readdirSync(at(out))).toContain('model.mill');
  expect(readdirSync(at(out)).filter((name) => name.startsWith('.'))).toEqual([]);
  const scored = await millwright(folder, 'predict', `${out}/model.mill`, 'shop.csv', '-o', `${out}.csv`);
  expect(scored.stderr).not.toContain('error [');
  expect(scored.status).toBe(0);
});

test('interrupted with --json: the result says so', async () => {
  const running = start(folder, [...LONG, '--out', 'machine', '--json']);
  await running.said(/"step":"train"/);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.status).toBe(130);
  expect(jsonLines(ended.stdout).at(-1)).toMatchObject({ type: 'result', interrupted: true });
});

test.each(['run', 'plan'])('%s: while it reads, once is enough, and nothing is left', async (command) => {
  const running = start(folder, [command, '-', '--target', 'bought', '--out', 'reading'], { input: 'a,bought\n1,yes\n', open: true });
  await running.said(/Reading/);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.stderr).toContain('error [INTERRUPTED]');
  expect(ended.status).toBe(130);
  expect(existsSync(at('reading'))).toBe(false);
});

test('twice: it quits at once, and nothing half-written is there', async () => {
  const running = start(folder, [...LONG, '--out', 'twice']);
  await running.said(/Boosted trees/);
  running.child.kill('SIGINT');
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(130);
  if (existsSync(at('twice'))) expect(readdirSync(at('twice')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('killed in mid-run: nothing there is taken for a result, and a later run in the same folder works when asked to replace it', async () => {
  const running = start(folder, [...LONG, '--out', 'killed']);
  await running.said(/Training/);
  running.child.kill('SIGKILL');
  expect((await running.ended).signal).toBe('SIGKILL');
  expect(existsSync(at('killed', 'model.mill'))).toBe(false);
  writeFileSync(at('killed', '.model.mill.deadbeef.tmp'), 'PK');
  const again = await within(3, folder, 'run', 'shop.csv', '--target', 'bought', '--out', 'killed', '--force');
  expect(again.stderr).not.toContain('error [');
  expect(again.status).toBe(0);
  expect(readdirSync(at('killed')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('two runs in one folder: the second is refused and the first goes on', async () => {
  const first = start(folder, [...LONG, '--out', 'shared']);
  await first.said(/Reading|Training|Splitting|Profiling|Planning/);
  const second = await millwright(folder, 'run', 'shop.csv', '--target', 'bought', '--budget', '10s', '--out', 'shared');
  expect(second.stderr).toContain('error [OUTPUT_BUSY]');
  expect(second.status).toBe(1);
  first.child.kill('SIGINT');
  expect((await first.ended).status).toBe(130);
});

test('a finished run is refused, kept, and replaced when asked', async () => {
  const run = ['run', 'shop.csv', '--target', 'bought', '--out', 'kept'];
  expect((await within(2, folder, ...run, '--quiet')).status).toBe(0);
  const before = readFileSync(at('kept', 'run.json'), 'utf8');
  const refused = await millwright(folder, ...run);
  expect(refused.stderr).toMatch(/error \[OUTPUT_EXISTS\] kept|error \[OUTPUT_EXISTS\] .*kept/);
  expect(refused.status).toBe(1);
  const failed = await millwright(folder, 'run', 'shop.csv', '--target', 'nothing', '--out', 'kept', '--force');
  expect(failed.status).toBe(1);
  expect(readFileSync(at('kept', 'run.json'), 'utf8')).toBe(before);
  expect((await within(2, folder, ...run, '--force', '--quiet')).status).toBe(0);
  expect(readFileSync(at('kept', 'run.json'), 'utf8')).not.toBe(before);
});
