import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { millwright, start, workFolder } from './cli.js';

const folder = workFolder();
const MIB = 2 ** 20;

/** Numbers and categories from which a yes or no follows, with noise. */
function table(rows: number, columns: number): string {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const lines = [[...Array.from({ length: columns }, (_, c) => `c${c}`), 'y'].join(',')];
  for (let i = 0; i < rows; i++) {
    const cells = Array.from({ length: columns }, (_, c) => (c % 4 === 3 ? `level${Math.floor(30 * random())}` : random().toFixed(5)));
    lines.push([...cells, Number(cells[0]) + Number(cells[1]) + 0.5 * random() > 1.2 ? 'yes' : 'no'].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** The most that a process takes, read while it runs (Linux). */
async function watched(args: string[]): Promise<{ status: number | null; stderr: string; peak: number }> {
  const running = start(folder, args);
  let peak = 0;
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {
      // the process is gone
    }
  }, 20);
  const { status, stderr } = await running.ended;
  clearInterval(watch);
  return { status, stderr, peak };
}

test.skipIf(process.platform !== 'linux')('a run keeps under the memory allowed, and ends with a model', async () => {
  writeFileSync(join(folder, 'wide.csv'), table(60_000, 20));
  const ceiling = 300 * MIB;
  const asked = ['run', 'wide.csv', '--target', 'y', '--budget', '10s', '--threads', '2', '--memory', '300MiB', '--out', 'out'];
  const { status, stderr, peak } = await watched(asked);
  expect(stderr).not.toMatch(/error/);
  expect(status).toBe(0);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThanOrEqual(ceiling);
  const metrics = JSON.parse(readFileSync(join(folder, 'out', 'metrics.json'), 'utf8'));
  expect(metrics.holdout.roc_auc.value).toBeGreaterThan(0.8);
});

test.each([
  ['50MB', /less than any run takes/],
  ['much', /--memory "much" is not a size/],
])('--memory %s is refused', async (memory, said) => {
  writeFileSync(join(folder, 'small.csv'), table(60, 3));
  const { status, stderr } = await millwright(folder, 'run', 'small.csv', '--target', 'y', '--memory', memory, '--out', 'never');
  expect(status).not.toBe(0);
  expect(stderr).toMatch(said);
});
