import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { millwright, workFolder } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const day = (i: number): string => new Date(Date.UTC(2022, 0, 1) + i * 864e5).toISOString().slice(0, 10);

test('a list of one’s own holidays tells what dates alone do not, and is needed in training alone', async () => {
  // no rhythm that a calendar has
  const closed = Array.from({ length: 60 }, (_, k) => (k * 37 + ((k * k) % 11)) % 700);
  writeFileSync(at('closed.csv'), `closed\n${closed.map(day).join('\n')}\n`);
  const rows = Array.from({ length: 700 }, (_, i) => `${day(i)},${(i * 7) % 13},${closed.includes(i) ? 5 : 100 + ((i * 7) % 13)}`);
  writeFileSync(at('sales.csv'), `day,staff,sold\n${rows.join('\n')}\n`);
  const plan = await millwright(
    folder,
    'plan',
    'sales.csv',
    '-t',
    'sold',
    '--holidays',
    'closed.csv',
    '--features',
    'off',
    '-o',
    'plan.yaml',
  );
  expect([plan.status, plan.stdout]).toEqual([0, expect.stringMatching(/holidays\s+closed/)]);
  const text = readFileSync(at('plan.yaml'), 'utf8').replace(/^search:\n {2}trials: \d+\n/m, '');
  writeFileSync(at('plan.yaml'), text);
  // what the plan says is enough from here on
  rmSync(at('closed.csv'));
  const made = await millwright(folder, 'run', 'sales.csv', '--plan', 'plan.yaml', '--budget', '3s', '-o', 'run');
  expect([made.status, made.stderr]).toEqual([0, expect.anything()]);
  const metrics = JSON.parse(readFileSync(at('run', 'metrics.json'), 'utf8'));
  expect(metrics.holdout[metrics.metric].value).toBeLessThan(0.3 * metrics.baseline[metrics.metric]);
  const replayed = await millwright(folder, 'replay', 'run');
  expect([replayed.status, replayed.stdout]).toEqual([0, expect.stringContaining('same bytes')]);
  const clash = await millwright(folder, 'run', 'sales.csv', '--plan', 'plan.yaml', '--holidays', 'DE', '-o', 'other');
  expect([clash.status, clash.stderr]).toEqual([2, expect.stringMatching(/--holidays cannot be given together with --plan/)]);
}, 60_000);
