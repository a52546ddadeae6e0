import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runText } from '../cli/run-text.js';
import { nodeClock } from './node-clock.js';
import { runCommand } from './run.js';

const failing = vi.hoisted(() => ({ report: false }));
vi.mock('../report/report.js', async (original) => {
  const real = await original<typeof import('../report/report.js')>();
  return {
    ...real,
    renderReport: (...args: Parameters<typeof real.renderReport>) => {
      if (failing.report) throw new TypeError('a chart without points');
      return real.renderReport(...args);
    },
  };
});

const opened = vi.hoisted((): { options: unknown[] } => ({ options: [] }));
vi.mock('../data/duck.js', async (original) => {
  const real = await original<typeof import('../data/duck.js')>();
  return {
    ...real,
    Duck: {
      open: (options: object) => {
        opened.options.push(options);
        return real.Duck.open(options);
      },
    },
  };
});

let base: string;
beforeEach(() => {
  failing.report = false;
  base = mkdtempSync(join(tmpdir(), 'millwright-run-'));
  // the answer is the number of the row, so that rows can be told apart
  writeFileSync(
    join(base, 'rows.csv'),
    `a,b,y\n${Array.from({ length: 900 }, (_, i) => `${i % 13},${(i * 7) % 31},${i + 1}.5`).join('\n')}\n`,
  );
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const run = (options: object, startedAt = nodeClock.now()) =>
  runCommand(
    { data: [join(base, 'rows.csv')], target: 'y', task: 'regression', budget: '3s', threads: '1', out: join(base, 'out'), ...options },
    { startedAt },
  );

test('a report that cannot be drawn costs nothing else', async () => {
  failing.report = true;
  const summary = await run({});
  expect(summary).toMatchObject({ reportMissing: 'a chart without points' });
  expect(summary.report).toBeUndefined();
  expect(runText(summary)).toMatch(/report +missing, all else is saved: a chart without points/);
  expect(readdirSync(join(base, 'out')).sort()).toEqual([
    'leaderboard.csv',
    'metrics.json',
    'model.mill',
    'plan.json',
    'predictions.csv',
    'run.json',
  ]);
  expect(JSON.parse(readFileSync(join(base, 'out', 'run.json'), 'utf8')).reportMissing).toBe('a chart without points');
});

test('predictions.csv names the rows of the data, not those of the sample', async () => {
  await run({ maxRows: '200' });
  const rows = readFileSync(join(base, 'out', 'predictions.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  expect(rows.length).toBeGreaterThanOrEqual(200);
  for (const [row, , actual] of rows.map((line) => line.split(','))) expect(`${row}.5`).toBe(actual);
  expect(Math.max(...rows.map((line) => Number(line.split(',')[0])))).toBeGreaterThan(200);
});

test('the database takes no more threads than the run, and part of the memory', async () => {
  await run({ sql: 'select * from data', threads: '1', maxRows: '100' });
  expect(opened.options).toEqual([expect.objectContaining({ threads: 1, memory: expect.any(Number) })]);
  const { memory } = opened.options[0] as { memory: number };
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThan(totalmem() / 2 ** 20 / 2);
});

test('a repetition does its recorded work, even when the budget is over before it begins', async () => {
  await run({});
  const plan = join(base, 'out', 'plan.json');
  const long = nodeClock.now() - 60_000;
  await run({ plan, target: undefined, task: undefined, budget: undefined, out: join(base, 'again') }, long);
  for (const file of ['model.mill', 'predictions.csv'])
    expect(readFileSync(join(base, 'again', file)).equals(readFileSync(join(base, 'out', file)))).toBe(true);
  await expect(run({ out: join(base, 'late') }, long)).rejects.toMatchObject({ code: 'BUDGET_TOO_SMALL' });
});
