import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBundle } from '../../src/node/commands/bundle-io.js';
import { millwright, smallRun, within, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const json = (...path: string[]) => JSON.parse(readFileSync(at(...path), 'utf8'));
writeShop(at('shop.csv'));

const ASK = ['shop.csv', '--target', 'bought', '--drop', 'id', '--seed', '7'] as const;
const run = (out: string, ...more: string[]) => within(3, folder, 'run', ...ASK, '--out', out, ...more);

interface Point {
  role?: string;
  within: boolean;
  latency: number;
  size: number;
  score: number;
}

test('a quick model keeps to the time asked for, says what that costs, and its plan repeats it', async () => {
  await smallRun(folder, 'quick', [...ASK, '--latency', '4us'], 5);
  const { tradeoff } = json('quick', 'metrics.json');
  expect(tradeoff.limits).toEqual({ latency: 4, size: null, interpretable: false });
  const chosen = tradeoff.points.find((p: Point) => p.role === 'chosen');
  expect(chosen.within).toBe(true);
  expect(chosen.latency).toBeLessThanOrEqual(4);
  const report = readFileSync(at('quick', 'report.html'), 'utf8');
  expect(report).toContain('What it costs to be small and quick');
  expect(report).toContain('Score against time to answer a row');
  const again = await millwright(folder, 'run', 'shop.csv', '--plan', 'quick/plan.json', '--out', 'again', '--threads', '1');
  expect(again.status).toBe(0);
  expect(readFileSync(at('again', 'model.mill')).equals(readFileSync(at('quick', 'model.mill')))).toBe(true);
});

test('a small model fits into the file asked for', async () => {
  expect((await run('small', '--size', '9KB')).status).toBe(0);
  expect(statSync(at('small', 'model.mill')).size).toBeLessThanOrEqual(9000);
});

test('a readable model is one that a person can read, with its terms in the report', async () => {
  await smallRun(folder, 'readable', [...ASK, '--interpretable'], 4);
  expect(['linear', 'additive']).toContain((await readBundle(at('readable'))).model.kind);
  expect(readFileSync(at('readable', 'report.html'), 'utf8')).toContain('The model, term by term');
});

test('what cannot be kept is said, and the least costly model is saved', async () => {
  const { status, stdout } = await run('never', '--latency', '1ns');
  expect(status).toBe(0);
  expect(stdout).toContain('No candidate keeps within 0.001 µs a row');
});

test.each([
  [['--latency', '5'], /--latency "5" is not a time above 0 with its unit/],
  [['--latency', '-1ms'], /--latency "-1ms"|argument missing/],
  [['--size', 'tiny'], /--size "tiny" is not a size above 0/],
])('%j is refused before anything is read', async (options, said) => {
  const { status, stderr } = await run('refused', ...options);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(said);
});

test('a plan decides the limits', async () => {
  const { status, stderr } = await millwright(folder, 'run', 'shop.csv', '--plan', 'quick/plan.json', '--size', '1MB', '--out', 'both');
  expect(status).toBe(2);
  expect(stderr).toContain('--size cannot be given together with --plan');
});
