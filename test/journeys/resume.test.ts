import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { millwright, type Running, start, until, within, workFolder, writeShop } from './cli.js';

const folder = workFolder();
const at = (...path: string[]) => join(folder, ...path);
const fits = (out: string) =>
  existsSync(at(out, '.unfinished')) ? readdirSync(at(out, '.unfinished')).filter((f) => f.endsWith('.fit')) : [];

beforeAll(() => {
  writeShop(at('shop.csv'), 1500);
  writeShop(at('big.csv'), 20_000);
});

/** Waits until there is that, or the run is over. */
async function during(running: Running, what: () => boolean): Promise<void> {
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  await until(() => over || what());
}

test('killed again and again at random moments, a run ends with the bytes of one that was never killed', { timeout: 300_000 }, async () => {
  const planned = await millwright(folder, 'plan', 'shop.csv', '--target', 'bought', '--drop', 'id', '-o', 'plan.json');
  expect(planned.status).toBe(0);
  // no clock, so that no busy machine cuts the work short
  const { search: _, ...plan } = JSON.parse(readFileSync(at('plan.json'), 'utf8'));
  const candidates = [
    { learner: 'baseline', parameters: {} },
    { learner: 'linear', parameters: {} },
    { learner: 'boosted-trees', parameters: { rounds: 80 } },
    { learner: 'random-forest', parameters: { trees: 40 } },
  ];
  writeFileSync(at('few.json'), JSON.stringify({ ...plan, candidates, budget: null }));
  const whole = await millwright(folder, 'run', 'shop.csv', '--plan', 'few.json', '--out', 'whole', '--quiet');
  expect(whole.stderr).toBe('');
  const rng = new Rng(7);
  let kills = 0;
  for (let part = 0; !existsSync(at('killed', 'run.json')); part++) {
    const args = existsSync(at('killed', '.unfinished', 'progress.json'))
      ? ['run', '--resume', 'killed']
      : ['run', 'shop.csv', '--plan', 'few.json', '--out', 'killed'];
    const before = fits('killed').length;
    const running = start(folder, args);
    if (part < 3) {
      const more = 1 + Math.floor(rng.float() * 5);
      await during(running, () => fits('killed').length >= before + more);
      await pause(rng.float() * 200);
      if (running.child.kill('SIGKILL')) kills++;
    }
    const ended = await running.ended;
    if (ended.signal === null) expect(ended.stderr).not.toContain('error [');
    expect(part).toBeLessThan(5);
  }
  expect(kills).toBeGreaterThan(0);
  expect(readdirSync(at('killed')).sort()).toEqual(readdirSync(at('whole')).sort());
  for (const name of ['model.mill', 'plan.json', 'metrics.json', 'leaderboard.csv', 'predictions.csv'])
    expect(readFileSync(at('killed', name)).equals(readFileSync(at('whole', name)))).toBe(true);
});

test('a run with a clock: the best so far scores rows, nothing is redone, and the end replays byte for byte', {
  timeout: 300_000,
}, async () => {
  const running = start(folder, ['run', 'big.csv', '--target', 'bought', '--drop', 'id', '--budget', '60s', '--out', 'timed']);
  await during(running, () => existsSync(at('timed', 'best-so-far.mill')));
  running.child.kill('SIGKILL');
  expect((await running.ended).signal).toBe('SIGKILL');
  const scored = await millwright(folder, 'predict', 'timed', 'shop.csv', '-o', 'scored.csv');
  expect(scored.stderr).not.toContain('error [');
  expect(scored.status).toBe(0);
  const refused = await millwright(folder, 'run', 'big.csv', '--target', 'bought', '--out', 'timed');
  expect(refused.stderr).toContain('error [OUTPUT_EXISTS]');
  expect(refused.stderr).toContain('--resume');
  const done = fits('timed').length;
  expect(done).toBeGreaterThan(0);
  // a fit that is damaged is done again
  truncateSync(at('timed', '.unfinished', fits('timed')[0] as string), 100);
  const resumed = await within(8, folder, 'run', '--resume', 'timed');
  expect(resumed.stderr).toContain(`${done - 1} finished fits are there`);
  expect(resumed.stderr).not.toContain('error [');
  expect(resumed.status).toBe(0);
  expect(readdirSync(at('timed')).filter((name) => name.startsWith('.') || name.startsWith('best'))).toEqual([]);
  const again = await millwright(folder, 'replay', 'timed', '--out', 'timed-again');
  expect(again.stdout).toMatch(/result +same bytes/);
  expect(again.status).toBe(0);
});

test('what cannot be gone on with is refused, and nothing is lost', async () => {
  writeShop(at('other.csv'), 5000);
  const running = start(folder, ['run', 'other.csv', '--target', 'bought', '--drop', 'id', '--budget', '60s', '--out', 'left']);
  await during(running, () => fits('left').length > 2);
  running.child.kill('SIGKILL');
  await running.ended;
  const kept = fits('left').length;
  const wrong = await millwright(folder, 'run', '--resume', 'left', '--target', 'price');
  expect(wrong.stderr).toContain('error [USAGE] --target cannot be given together with --resume');
  expect(wrong.status).toBe(2);
  appendFileSync(at('other.csv'), 'C9,01/01/2024,"$900",red,1,ok,yes\n');
  const changed = await millwright(folder, 'run', '--resume', 'left');
  expect(changed.stderr).toContain('error [DATA_CHANGED]');
  expect(changed.status).toBe(1);
  expect(fits('left')).toHaveLength(kept);
  const nothing = await millwright(folder, 'run', '--resume', 'nowhere');
  expect(nothing.stderr).toContain('holds no unfinished run');
  expect(nothing.status).toBe(1);
  expect(existsSync(at('nowhere'))).toBe(false);
});
