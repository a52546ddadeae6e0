import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { openStore } from '../../src/node/store/open-store.js';
import { jsonLines, start, until, workFolder } from './cli.js';

// A model is trained anew by the command line: by hand on new rows, by a schedule and a worker; with bad input nothing is lost.

const folder = workFolder();
const env = (user: string) => ({ env: { MILLWRIGHT_USER: user, MILLWRIGHT_STORE: '' } });
const as = (user: string, ...args: string[]) => start(folder, args, env(user)).ended;
const json = async <T>(user: string, ...args: string[]): Promise<T> => {
  const { stdout, stderr, status } = await as(user, ...args, '--json');
  expect(status, `${stdout}${stderr}`).toBe(0);
  return jsonLines(stdout).at(-1) as T;
};
const rng = new Rng(5);
/** Rows with a column whose name and cells are made to break things. */
function rows(count: number, sign: number): string {
  const lines = Array.from({ length: count }, () => {
    const x = rng.float() - 0.5;
    return `${x},"a ""b"", c\n${Math.round(rng.float() * 3)}",${rng.float() < 0.5 + 0.9 * sign * x ? 'yes' : 'no'}`;
  });
  return `__proto__,"odd, ""name""",bought\n${lines.join('\n')}\n`;
}

const open = () =>
  openStore({
    folder: join(folder, '.millwright'),
    database: join(folder, '.millwright/store.db'),
    artefacts: join(folder, '.millwright/artefacts'),
  });

/** Waits until a worker is in the midst of a job's training: the first fits are there. */
const training = (id: string) => {
  const place = join(folder, '.millwright/retraining', id);
  return until(() => existsSync(place) && readdirSync(place, { recursive: true }).some((file) => String(file).endsWith('.fit')));
};

interface Job {
  id: string;
  state: string;
  attempts: number;
  result: { outcome: string; version: number; request: string; difference: { gain: number; low: number } };
}

it('retrains by hand, asks with a case, and promotes by the written policy alone', async () => {
  await as('ann', 'init');
  await json('ann', 'user', 'set', 'robot', '--roles', 'builder');
  await json('ann', 'user', 'set', 'bea', '--roles', 'approver');
  writeFileSync(join(folder, 'old.csv'), rows(300, 1));
  writeFileSync(join(folder, 'new.csv'), rows(400, -1));
  await json('ann', 'run', 'old.csv', '--target', 'bought', '--budget', '3s', '-o', 'first');
  await json('ann', 'register', 'first', '--name', 'shop');
  expect((await as('robot', 'retrain', 'shop')).stderr).toContain('NOT_FOUND'); // there is no champion yet
  const { request } = await json<{ request: { id: string } }>('ann', 'promote', 'shop@1');
  await json('bea', 'approve', request.id, '--reason', 'first');

  // nothing is new
  const none = await json<{ job: Job }>('robot', 'retrain', 'shop', '--now');
  expect(none.job).toMatchObject({ state: 'done', result: { outcome: 'too-few-labels' } });
  const same = await as('robot', 'retrain', 'shop', 'old.csv', '--now');
  expect([same.status, same.stdout]).toEqual([1, expect.stringContaining('DATA_CHANGED')]);
  expect((await as('bea', 'retrain', 'shop')).stderr).toContain('NOT_ALLOWED');
  expect((await as('robot', 'retrain', 'shop', 'postgres://u:secret@h/d')).stderr).toContain('OPTION_INVALID');

  const made = await json<{ job: Job }>(
    'robot',
    'retrain',
    'shop',
    'new.csv',
    '--now',
    '--budget',
    '4s',
    '--reason',
    'the <b>world</b> turned',
  );
  expect(made.job).toMatchObject({ state: 'done', result: { outcome: 'requested', version: 2 } });
  expect(made.job.result.difference.low).toBeGreaterThan(0.2);
  const shown = await as('bea', 'requests', made.job.result.request);
  expect(shown.stdout).toContain('The case for a successor of shop@1');
  expect(shown.stdout).toContain('the &#60;b&#62;world&#60;/b&#62; turned');
  expect((await as('bea', 'models', 'shop')).stdout).toMatch(/1 {2}production/);
  expect((await as('robot', 'approve', made.job.result.request)).stderr).toContain('NOT_ALLOWED');
  // the run can be repeated byte for byte from what is kept
  const store = await open();
  const version = await store.models.resolve('shop@2');
  expect(version).toMatchObject({ trainedBy: 'robot', registeredBy: 'robot' });
  expect((await store.models.files('shop', 2)).map((f) => f.name).sort()).toEqual(['case.html', 'case.md', 'pool.csv', 'test.csv']);
  const html = Buffer.from(
    await store.artefacts.get((await store.models.files('shop', 2)).find((f) => f.name === 'case.html')?.sha256 as string),
  );
  expect(html.toString()).not.toContain('<b>');
  await store.close();

  // the written policy may do without a person
  writeFileSync(join(folder, '.millwright/policy.yaml'), 'version: 1\nretrain: { promote: auto, canary: { weight: 0.2 } }\n');
  await json('ann', 'withdraw', made.job.result.request, '--as', 'robot');
  const auto = await json<{ job: Job }>('robot', 'retrain', 'shop', 'new.csv', '--now', '--budget', '4s');
  expect(auto.job.result).toMatchObject({ outcome: 'promoted', version: 3 });
  const models = (await as('bea', 'models', 'shop')).stdout;
  expect(models).toMatch(/3 {2}production {2}champion/);
  expect(models).toMatch(/1 {2}archived {4}former/);
  expect((await as('bea', 'audit', '--action', 'promotion.policy')).stdout).toContain('shop@3');
  // a person ends the canary
  await json('bea', 'rollback', 'shop', '--reason', 'no');
  expect((await as('bea', 'models', 'shop')).stdout).not.toContain('former');
  expect((await as('bea', 'audit', 'verify')).status).toBe(0);
});

it('a worker does what schedules ask for, and gives a job back when it is told to end', async () => {
  writeFileSync(join(folder, '.millwright/policy.yaml'), 'version: 1\n');
  expect((await as('robot', 'schedule', 'add', 'shop', '--cron', '61 * * * *', '--retrain')).stderr).toContain('OPTION_INVALID');
  expect((await as('robot', 'schedule', 'add', 'shop')).status).toBe(2);
  const { made, schedules } = await json<{ made: string; schedules: { next: string }[] }>(
    ...(['robot', 'schedule', 'add', 'shop', '--cron', '0 3 * * 1', '--zone', 'Europe/Oslo', '--retrain'] as const),
  );
  expect(new Date(schedules[0]?.next as string).getUTCDay()).toBe(1);
  expect((await as('robot', 'schedule')).stdout).toContain('Europe/Oslo');
  await json('robot', 'schedule', 'remove', made);

  const off = await json<{ job: Job }>('robot', 'retrain', 'shop');
  expect(await json('robot', 'jobs', 'cancel', off.job.id)).toMatchObject({ job: { state: 'cancelled' } });
  expect((await as('robot', 'jobs', 'cancel', off.job.id)).stderr).toContain('STORE_CONFLICT');
  const { job } = await json<{ job: Job }>('robot', 'retrain', 'shop', 'new.csv', '--budget', '12s');
  const worker = start(folder, ['worker', '--threads', '1'], env('robot'));
  await training(job.id);
  worker.child.kill('SIGTERM');
  expect((await worker.ended).signal).toBeNull();
  const back = await json<{ job: Job }>('robot', 'jobs', 'show', job.id);
  expect(back.job).toMatchObject({ state: 'queued', attempts: 1 });
  const done = await json<{ done: number; failed: number }>('robot', 'worker', '--once');
  expect(done).toMatchObject({ done: 1, failed: 0 });
  const { jobs } = await json<{ jobs: Job[] }>('robot', 'jobs', '--state', 'done');
  expect(jobs.find((j) => j.id === job.id)).toMatchObject({ attempts: 2, result: { version: 4 } });
  expect((await as('bea', 'worker', '--once')).stderr).toContain('NOT_ALLOWED');
});
