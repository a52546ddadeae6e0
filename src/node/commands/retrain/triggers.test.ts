import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import { Rng } from '../../../core/rng.js';
import type { ChosenWindow } from '../../../engine/automl/choose-window.js';
import { openStore, type Project } from '../../store/open-store.js';
import { type Actor, type ModelRecord, ROLES } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { readBundle } from '../bundle-io.js';
import { importRunFolder } from '../import-run.js';
import { nodeClock } from '../node-clock.js';
import { CANARY_TAG, FORMER } from '../registry/canary-state.js';
import { parsePolicy } from '../registry/policy.js';
import { approve, requestPromotion, surelyGains } from '../registry/promotions.js';
import { registerModel } from '../registry/versions.js';
import { runCommand } from '../run.js';
import { readRecordedRun } from '../run-record.js';
import type { JobTools } from '../work/job-worker.js';
import { CanaryWatch } from './canary.js';
import { championOf, fullBudget, sourceOfSuccessor } from './champion.js';
import { compareOn } from './compare.js';
import { gather } from './gather.js';
import { type Gathered, parseRetrain } from './job-input.js';
import { fileOf, trainChallenger, WEIGHT, workFolder } from './train-challenger.js';
import { Triggers } from './triggers.js';

// What starts a retraining, and the rows that it gathers, on a small model in a store.

const ann: Actor = { user: 'ann', roles: ROLES, via: 'library' };
const bea: Actor = { user: 'bea', roles: ['approver'], via: 'library' };
const folder = mkdtempSync(join(tmpdir(), 'millwright-triggers-'));
const project: Project = { folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') };
const before = process.env.MILLWRIGHT_STORE;
const data = join(folder, 'train.csv');
const rng = new Rng(1);
const never = new AbortController().signal;
const policy = (retrain: string) => parsePolicy(`version: 1\nretrain: ${retrain}`, 'test');
let store: Store;
let told = 0;

/** Semicolons and decimal commas, as half of Europe writes. */
const line = (sign: number): { row: { x: number; note: string }; actual: string } => {
  const x = rng.float() - 0.5;
  return { row: { x, note: 'a;"b"\nc' }, actual: rng.float() < 0.5 + 0.9 * sign * x ? 'yes' : 'no' };
};
const csv = (lines: ReturnType<typeof line>[]): string =>
  lines.map(({ row, actual }) => `${String(row.x).replace('.', ',')};"a;""b""\nc";${actual}\n`).join('');

beforeAll(async () => {
  process.env.MILLWRIGHT_STORE = folder;
  store = await openStore(project);
  await store.act(ann, { action: 'user.set', subject: 'user:ann' }, (g) => g.access.setUser({ name: 'ann', roles: ROLES }));
  writeFileSync(data, `x;note;bought\n${csv(Array.from({ length: 300 }, () => line(1)))}`);
  const out = join(folder, 'first');
  const made = await runCommand({ data: [data], target: 'bought', budget: '5s', threads: 1, out }, { startedAt: nodeClock.now() });
  // a busy machine may have left no time for the store
  const from = made.run ?? (await importRunFolder(out, 'ann'));
  await registerModel(store, ann, { from, name: 'shop' }, policy('{}'));
  const { request } = await requestPromotion(store, ann, policy('{}'), { reference: 'shop@1', to: 'production' });
  await approve(store, bea, policy('{}'), { request: request.id, reason: '' });
});
afterAll(async () => {
  await store.close();
  if (before === undefined) delete process.env.MILLWRIGHT_STORE;
  else process.env.MILLWRIGHT_STORE = before;
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await store.traffic.forget('9999');
  for (const job of await store.jobs.list()) await store.jobs.cancel(job.id);
});

async function feedback(count: number, sign: number): Promise<void> {
  const rows = Array.from({ length: count }, () => ({ id: `p${told++}`, ...line(sign) }));
  const at = new Date().toISOString();
  await store.traffic.addPredictions(
    rows.map(({ id, row }) => ({ id, at, model: 'shop', version: 1, route: 'champion', row, answer: {} })),
  );
  await store.traffic.addFeedback(rows.map(({ id, actual }) => ({ id: `f${id}`, at, model: 'shop', prediction: id, actual })));
}

const reset = async () => {
  // what was queued in an earlier test is in the past
  for (const job of await store.jobs.list()) await store.jobs.cancel(job.id);
};

it('new labels queue one retraining, whoever looks, and none before it is cool', async () => {
  await reset();
  const rules = policy('{ newLabels: 120, coolDownHours: 1 }');
  await feedback(119, 1);
  expect(await new Triggers(store).look(rules, 'robot')).toEqual([]);
  await feedback(1, 1);
  const [a, b] = [new Triggers(store), new Triggers(store)];
  const queued = (await Promise.all([a.look(rules, 'robot'), b.look(rules, 'robot')])).flat();
  expect(new Set(queued.map((job) => job.id)).size).toBe(1);
  expect(queued[0]?.input).toMatchObject({ model: 'shop', trigger: 'labels', reason: '120 labelled rows are new since the last training' });
  expect((await store.jobs.list({ state: 'queued' })).length).toBe(1);
  await feedback(200, 1);
  expect(await a.look(rules, 'robot')).toEqual([]); // one is under way
  await store.jobs.cancel(queued[0]?.id as string);
  expect(await a.look(rules, 'robot')).toEqual([]); // and now it is not cool
  const hot = policy('{ newLabels: 120, coolDownHours: 0 }');
  // each that follows is another job
  const ids = new Set<string | undefined>();
  for (let i = 0; i < 6; i++) {
    await feedback(120, 1);
    const [next] = await a.look(hot, 'robot');
    expect(next).toMatchObject({ state: 'queued', input: { trigger: 'labels' } });
    ids.add(next?.id);
    await store.jobs.cancel(next?.id as string);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(ids.size).toBe(6);
});

it('a metric that has fallen on labelled traffic does, one that has not does not', async () => {
  await reset();
  const rules = policy('{ performance: 0.1, coolDownHours: 0 }');
  await feedback(300, 1);
  expect(await new Triggers(store).look(rules, 'robot')).toEqual([]);
  await store.traffic.forget('9999');
  await feedback(300, -1);
  const [job] = await new Triggers(store).look(rules, 'robot');
  expect(job?.input).toMatchObject({ trigger: 'performance', reason: expect.stringMatching(/^roc_auc is 0\.[0-4]\d* on the latest 300/) });
});

it('gathers the source and the labelled rows, what the champion does not know last, spelled as its files spell it', async () => {
  const champion = await championOf(store, 'shop');
  expect(champion).toMatchObject({ rows: 300, budget: { seconds: 5, rows: 300 } });
  expect(champion.earlier.length).toBeGreaterThan(0);
  const asked = parseRetrain({ model: 'shop', reason: 'test' });
  expect(await gather(store, champion, asked, 100, never)).toEqual({ fresh: 0, minimum: 100 });
  await feedback(100, -1);
  const found = (await gather(store, champion, asked, 100, never)) as Gathered;
  expect(found).toMatchObject({ poolRows: 370, testRows: 30, fresh: 70, fromFeedback: 100, champion: 1, notes: [] });
  const pool = Buffer.from(await store.artefacts.get(found.pool)).toString('utf8');
  expect(pool.slice(0, 14)).toBe('x,note,bought\n');
  // a decimal comma within a cell of a comma-separated file stands in quotes, in old rows and new ones
  expect(pool.match(/^"-?\d,\d+(e-\d+)?","a;""b""$/gm)?.length).toBe(370);
  // rows that the source has gained are new, too
  appendFileSync(data, csv(Array.from({ length: 50 }, () => line(1))));
  const grown = (await gather(store, champion, asked, 100, never)) as Gathered;
  expect(grown).toMatchObject({ poolRows: 405, testRows: 45, fresh: 105, source: 350 });
  // and not new any more for a champion that has learned from them, nor is feedback that came meanwhile
  const { rows, until, source, budget } = sourceOfSuccessor(champion, asked, grown);
  // whatever the windows of those between, so that it cannot grow from one to the next
  expect(budget).toEqual(champion.budget);
  expect(await gather(store, { ...champion, rows, until, source }, asked, 1, never)).toEqual({ fresh: 0, minimum: 1 });
  await store.traffic.addPredictions([
    { id: 'ahead', at: until, model: 'shop', version: 1, route: 'champion', row: { x: 0, note: '' }, answer: {} },
  ]);
  await store.traffic.addFeedback([{ id: 'f-ahead', at: '2999-01-01T00:00:00.000Z', model: 'shop', prediction: 'ahead', actual: 'yes' }]);
  expect(await gather(store, champion, asked, 100, never)).toMatchObject({ fresh: 105, fromFeedback: 100 });
  // without the source there are labelled rows still
  renameSync(data, `${data}.gone`);
  const alone = (await gather(store, champion, asked, 100, never)) as Gathered;
  expect(alone).toMatchObject({ poolRows: 70, testRows: 30, fresh: 70 });
  expect(alone.notes[0]).toContain('cannot be read any more');
  renameSync(`${data}.gone`, data);
});

it('trains on rows that weigh by age, and compares on rows that have no weights', async () => {
  const champion = await championOf(store, 'shop');
  await feedback(200, -1);
  const asked = parseRetrain({ model: 'shop', reason: 'test' });
  const gathered = (await gather(store, champion, asked, 100, never)) as Gathered;
  const chosen: ChosenWindow = { window: { kind: 'weighted', rows: gathered.poolRows, halfLife: 40 }, windows: [], warm: true, judged: 50 };
  const place = await workFolder(folder, 'job_weighted');
  const tools: JobTools = { store, actor: ann, signal: never, keep: async () => undefined, note: () => undefined };
  const run = '20260101T000000Z-weighted';
  expect(await trainChallenger(tools, champion, asked, { gathered, chosen, folder: place, run, threads: 1 })).toBe(run);
  const { plan } = await readRecordedRun(join(place, run));
  expect(plan.columns.find((c) => c.use === 'weight')?.name).toBe(WEIGHT);
  await fileOf(tools, gathered.test, join(place, 'test.csv'));
  copyFileSync(join(place, run, 'predictions.csv'), join(place, 'predictions.csv'));
  const found = await compareOn(place, await readBundle(join(place, run)), champion.bundle, gathered.poolRows);
  expect(found.rows).toBe(gathered.testRows);
  // it was scored without the rows that it was compared on, and learned from all then
  expect(plan.validation.kind).toBe('order');
  expect(plan.holdout).toMatchObject({ kind: 'order', fraction: gathered.testRows / (gathered.poolRows + gathered.testRows) });
  // the latest rows are of a world turned round, and weigh most
  expect(found.low).toBeGreaterThan(0);
  expect(found.excess).toBeLessThan(-0.1);
  expect(found.excessHigh).toBeGreaterThan(found.excess as number);
  expect(found.excessHigh).toBeLessThan(0);
  // done already, it is not done again
  expect(await trainChallenger(tools, champion, asked, { gathered, chosen, folder: place, run, threads: 1 })).toBe(run);
});

it('a store that is away for a moment loses no trigger, and a canary that cannot be judged holds up no other', async () => {
  await reset();
  const rules = policy('{ newLabels: 120, coolDownHours: 0 }');
  await feedback(120, 1);
  const away = new MillwrightError('STORE_BUSY', 'Somebody else writes.');
  const triggers = new Triggers(store);
  const add = vi.spyOn(store.jobs, 'add').mockRejectedValueOnce(away);
  await expect(triggers.look(rules, 'robot')).rejects.toBe(away);
  expect(await triggers.look(rules, 'robot')).toHaveLength(1);
  add.mockRestore();
  const state = { version: 1, former: 99, since: '2026-01-01T00:00:00.000Z', weight: 0.1, margin: 0.05, labels: 50 };
  await store.act(ann, { action: 'test', subject: 'model:shop' }, ({ models }) =>
    models.describe('shop', { tags: new Map([[CANARY_TAG, JSON.stringify(state)]]) }),
  );
  const [shop] = await store.models.list();
  const aliases = new Map([...(shop?.aliases ?? []), [FORMER, 99]]);
  const list = vi.spyOn(store.models, 'list').mockResolvedValue([{ ...(shop as ModelRecord), aliases }]);
  const told: string[] = [];
  const watch = new CanaryWatch(store, ann);
  for (let i = 0; i < 2; i++) expect(await watch.look((text) => told.push(text))).toEqual([]);
  expect(told).toEqual(['The canary shop@1 cannot be judged: There is no shop@99.']);
  list.mockRestore();
  await store.act(ann, { action: 'test', subject: 'model:shop' }, ({ models }) =>
    models.describe('shop', { tags: new Map([[CANARY_TAG, undefined]]) }),
  );
});

it('a budget grows as the rows have, and a gain is sure as the policy says', async () => {
  const champion = await championOf(store, 'shop');
  const { rows } = champion.budget;
  expect([0.5, 1, 3, 99].map((growth) => fullBudget(champion, {}, growth * rows))).toEqual([5, 5, 15, 50]);
  expect(fullBudget(champion, { budget: 7000 }, 3 * rows)).toBe(7);
  const rules = (sure: number, minimumGain = 0) => ({ sure, minimumGain });
  expect(surelyGains({ gain: 0.02, low: -0.001 }, rules(0.95))).toBeUndefined();
  expect(surelyGains({ gain: 0.02, low: 0 }, rules(0.95))).toBe('metric');
  expect(surelyGains({ gain: 0.02, low: -0.001 }, rules(0.9))).toBe('metric');
  expect(surelyGains({ gain: 0.02, low: -0.001 }, rules(0.9, 0.01))).toBeUndefined();
  // at even odds the gain itself counts, but none is never enough
  expect(surelyGains({ gain: 0.001, low: -0.5 }, rules(0.5))).toBe('metric');
  expect(surelyGains({ gain: 0, low: 0 }, rules(0.5))).toBeUndefined();
  // what the canary would turn out again
  const canary = { weight: 0.1, margin: 0.05, labels: 500 };
  expect([0.04, 0.06].map((excess) => surelyGains({ gain: 0.02, low: 0.01, excess }, { ...rules(0.95), canary }))).toEqual([
    'metric',
    undefined,
  ]);
  expect(surelyGains({ gain: 0.02, low: 0.01, excess: 0.06 }, rules(0.95))).toBe('metric');
  // probabilities that are surely nearer count where the metric gains as well
  const nearer = { excess: -0.3, excessHigh: -0.1 };
  expect(surelyGains({ gain: 0.001, low: -0.02, ...nearer }, rules(0.95))).toBe('loss');
  expect(surelyGains({ gain: -0.001, low: -0.02, ...nearer }, rules(0.95))).toBeUndefined();
  expect(surelyGains({ gain: 0.001, low: -0.02, ...nearer }, rules(0.95, 0.01))).toBeUndefined();
  expect(surelyGains({ gain: 0.001, low: -0.02, excess: -0.3, excessHigh: 0.01 }, rules(0.95))).toBeUndefined();
  expect(surelyGains({ gain: 0.001, low: -0.02, excess: -0.03, excessHigh: -0.01 }, rules(0.95))).toBeUndefined();
  expect(surelyGains({ gain: Number.NaN, low: Number.NaN }, rules(0.5))).toBeUndefined();
});

it('a job that is none is refused', () => {
  expect(() => parseRetrain({ model: 'shop' })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  expect(() => parseRetrain(null)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
});
