import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jsonLines, start, workFolder, writeShop } from './cli.js';

// A team's way from a run to production, by the command line.

const folder = workFolder();
const as = (user: string, ...args: string[]) => start(folder, args, { env: { MILLWRIGHT_USER: user, MILLWRIGHT_STORE: '' } }).ended;
const json = async <T>(user: string, ...args: string[]): Promise<T> => {
  const { stdout, stderr, status } = await as(user, ...args, '--json');
  expect(status, `${stdout}${stderr}`).toBe(0);
  return jsonLines(stdout).at(-1) as T;
};

/** Few candidates and no deadline, so that a busy machine changes nothing. */
async function smallPlan(): Promise<void> {
  writeShop(join(folder, 'shop.csv'));
  await as('ann', 'plan', 'shop.csv', '--target', 'bought', '-o', 'plan.json');
  const plan = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as { candidates: object[] };
  const small = { ...plan, candidates: plan.candidates.slice(0, 2), search: { trials: 0 }, budget: null };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(small));
}

it('a run, its version, an approval by another, a rollback, and a log of it', async () => {
  expect((await as('ann', 'runs')).stderr).toContain('STORE_MISSING');
  expect((await as('ann', 'init')).stdout).toContain('ann');
  await smallPlan();
  const first = await json<{ run: string }>('ann', 'run', 'shop.csv', '--plan', 'plan.json', '-o', 'out1');
  const { runs } = await json<{ runs: { id: string; by: string; dataHash: string; metrics: object }[] }>(
    'ann',
    'runs',
    '--filter',
    "target = 'bought'",
  );
  expect(runs).toMatchObject([{ id: first.run, by: 'ann', metrics: { roc_auc: expect.any(Number) } }]);
  expect((await as('ann', 'runs')).stdout).toMatch(/roc_auc|log_loss/);

  await json('ann', 'register', first.run, '--name', 'shop');
  const byFile = await json<{ version: { run: string; version: number } }>('ann', 'register', 'out1', '--name', 'shop');
  expect(byFile.version).toMatchObject({ run: first.run, version: 2 });
  const { request } = await json<{ request: { id: string } }>('ann', 'promote', 'shop@1', '--reason', 'first');
  const own = await as('ann', 'approve', request.id);
  expect([own.status, own.stderr]).toEqual([1, expect.stringContaining('NOT_ALLOWED')]);
  await json('ann', 'user', 'set', 'bea', '--roles', 'approver');
  expect((await as('bea', 'requests', request.id)).stdout).toContain('no open leaks');
  expect(await json('bea', 'approve', request.id, '--reason', 'read it')).toMatchObject({ applied: true });
  const second = await json<{ request: { id: string } }>('ann', 'promote', 'shop@2');
  await json('ann', 'approve', second.request.id, '--as', 'bea');
  expect((await as('bea', 'rollback', 'shop', '--reason', 'errors')).stdout).toContain('shop@1 is in production again');
  expect((await as('ann', 'models', 'shop')).stdout).toMatch(/1 {2}production {2}champion/);
  expect((await as('ann', 'compare', 'shop@1', 'shop@2')).stdout).toContain('the same data');

  writeFileSync(join(folder, '.millwright', 'policy.yaml'), 'version: 1\nproduction:\n  minimum: { roc_auc: 1.1 }\n');
  const refused = await as('ann', 'promote', 'shop@2');
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('GATE_REFUSED')]);
  writeFileSync(join(folder, '.millwright', 'policy.yaml'), 'version: 1\nproduction: { minimun: {} }\n');
  expect((await as('ann', 'promote', 'shop@2')).status).toBe(2);

  const anchor = await as('ann', 'audit', 'anchor', '--json');
  writeFileSync(join(folder, 'anchors.jsonl'), anchor.stdout);
  await json('ann', 'comment', 'shop@1', 'look at <b>');
  const verdict = await json<{ verdict: object }>('ann', 'audit', 'verify', '--anchor', 'anchors.jsonl');
  expect(verdict.verdict).toMatchObject({ ok: true });
  const { entries } = await json<{ entries: { action: string }[] }>('ann', 'audit');
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  expect(await json('ann', 'export', 'backup')).toMatchObject({ files: expect.any(Number) });
  const there = (...args: string[]) => start(elsewhere, args, { env: { MILLWRIGHT_USER: 'bea', MILLWRIGHT_STORE: '' } }).ended;
  expect((await there('import', '../backup')).status).toBe(0);
  expect((await there('import', '../backup')).stderr).toContain('STORE_CONFLICT');
  expect((await there('audit', 'verify', '--anchor', '../anchors.jsonl')).stdout).toContain('is whole');
  expect((await there('models', 'shop')).stdout).toMatch(/1 {2}production {2}champion/);
  expect((await as('ann', 'import', 'out1')).stderr).toContain('STORE_CONFLICT');
  expect((await as('ann', 'gc')).stdout).toContain('0 files');
  expect(entries.map((e) => e.action)).toEqual(
    expect.arrayContaining(['request.approve.refused', 'request.open.refused', 'rollback', 'run.record']),
  );
});

it('a run does without a store that cannot be used', async () => {
  const env = { MILLWRIGHT_STORE: 'postgres://nobody:secret@127.0.0.1:1/none', MILLWRIGHT_ARTEFACTS: join(folder, 'files') };
  await smallPlan();
  const args = ['run', 'shop.csv', '--plan', 'plan.json', '-o', 'alone', '-q'];
  const { status, stderr } = await start(folder, args, { env }).ended;
  expect([status, stderr]).toEqual([0, expect.stringContaining('not in the project’s store')]);
  expect(stderr).not.toContain('secret');
});
