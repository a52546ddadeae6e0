import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import { openStore } from '../../store/open-store.js';
import type { Actor, Json } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { type Doer, JobWorker } from './job-worker.js';
import { addSchedule, queueDue, removeSchedule, schedulesOf, ticksOf } from './schedules.js';

const ann: Actor = { user: 'ann', roles: ['builder'], via: 'library' };
let folder: string;
let store: Store;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime('2026-03-02T00:00:00Z'); // a Monday
  folder = mkdtempSync(join(tmpdir(), 'millwright-work-'));
  store = await openStore({ database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const add = (id: string) => store.jobs.add({ id, kind: 'work', input: {}, by: 'ann' });
const worker = (doer: Doer, options = {}) => new JobWorker(store, ann, new Map([['work', doer]]), options);
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

it('does each job once, though several workers drain the queue', async () => {
  const done: string[] = [];
  for (let i = 0; i < 12; i++) await add(`j${i}`);
  const doer: Doer = async ({ id }) => {
    done.push(id);
    return { id };
  };
  await Promise.all([worker(doer).drain(), worker(doer).drain(), worker(doer).drain()]);
  expect(done.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `j${i}`).sort());
  expect(await store.jobs.get('j3')).toMatchObject({ state: 'done', result: { id: 'j3' } });
});

it('tries again what failed for the moment, later each time, from where it was; and gives up in the end', async () => {
  await add('j');
  const seen: Json[] = [];
  const doer: Doer = async (job, tools) => {
    seen.push(job.progress);
    await tools.keep({ step: job.attempts });
    throw new MillwrightError('STORE_BUSY', 'Somebody else is at it.');
  };
  const w = worker(doer, { backoff: 1000 });
  expect(await w.drain()).toEqual({ done: 0, failed: 0, again: 1 });
  expect(await w.drain()).toEqual({ done: 0, failed: 0, again: 0 });
  for (const wait of [1000, 3000, 9000, 27_000]) {
    later(wait);
    await w.drain();
  }
  expect(seen).toEqual([null, { step: 1 }, { step: 2 }, { step: 3 }, { step: 4 }]);
  expect(await store.jobs.get('j')).toMatchObject({ state: 'failed', attempts: 5, error: 'STORE_BUSY: Somebody else is at it.' });
});

it('does not try again what cannot get better', async () => {
  await add('j');
  const doer: Doer = async () => {
    throw new MillwrightError('PLAN_INVALID', 'The plan is wrong.');
  };
  expect(await worker(doer).drain()).toMatchObject({ failed: 1 });
  expect(await store.jobs.get('j')).toMatchObject({ state: 'failed', attempts: 1 });
});

it('stops a job that is called off, and gives back what it had not ended when it is to end itself', async () => {
  await add('off');
  const stopped: boolean[] = [];
  const off: Doer = async (job, tools) => {
    await store.jobs.cancel(job.id);
    await tools.keep({ step: 1 }).catch(() => stopped.push(tools.signal.aborted));
    throw new MillwrightError('INTERRUPTED', 'Stopped.');
  };
  expect(await worker(off).drain()).toMatchObject({ done: 0, failed: 0 });
  expect(stopped).toEqual([true]);
  expect(await store.jobs.get('off')).toMatchObject({ state: 'cancelled' });
  await add('ending');
  const ending = new AbortController();
  const doer: Doer = async () => {
    ending.abort();
    throw new MillwrightError('INTERRUPTED', 'Ending.');
  };
  await worker(doer).drain(ending.signal);
  expect(await store.jobs.get('ending')).toMatchObject({ state: 'queued', attempts: 1 });
});

it('takes over what a worker left that is no more', async () => {
  await add('left');
  const gone = JSON.stringify({ host: (await import('node:os')).hostname(), pid: 2 ** 30, started: '1' });
  await store.jobs.claim(gone, { kinds: ['work'], leaseMilliseconds: 3_600_000 });
  await add('elsewhere');
  await store.jobs.claim(JSON.stringify({ host: 'another', pid: 1, started: '1' }), { kinds: ['work'], leaseMilliseconds: 3_600_000 });
  const doer: Doer = async () => true;
  expect(await worker(doer).drain()).toMatchObject({ done: 1 });
  expect(await store.jobs.get('left')).toMatchObject({ state: 'done', attempts: 2 });
  later(3_600_001);
  expect(await worker(doer).drain()).toMatchObject({ done: 1 });
});

it('puts one job on the queue for each tick, whoever looks, and one for all that were missed', async () => {
  await store.act(ann, { action: 'model.create', subject: 'model:m' }, (g) => g.models.ensure({ name: 'm', by: 'ann' }));
  await expect(addSchedule(store, ann, { model: 'm', cron: '0 3 * * nonsense', zone: 'UTC' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  });
  await expect(addSchedule(store, ann, { model: 'none', cron: '0 3 * * 1', zone: 'UTC' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const viewer: Actor = { user: 'vic', roles: ['viewer'], via: 'library' };
  await expect(addSchedule(store, viewer, { model: 'm', cron: '0 3 * * 1', zone: 'UTC' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  const { id } = await addSchedule(store, ann, { model: 'm', cron: '0 3 * * 1', zone: 'UTC' });
  await queueDue(store);
  expect(await store.jobs.list()).toEqual([]);
  vi.setSystemTime('2026-03-02T03:00:01Z');
  await Promise.all([queueDue(store), queueDue(store), queueDue(store)]);
  vi.setSystemTime('2026-03-02T09:00:00Z');
  await queueDue(store);
  expect((await store.jobs.list()).map((job) => job.id)).toEqual([`retrain:${id}:2026-03-02T03:00:00.000Z`]);
  vi.setSystemTime('2026-03-24T00:00:00Z'); // three weeks asleep
  await queueDue(store);
  expect((await store.jobs.list()).map((job) => job.id)).toEqual([
    `retrain:${id}:2026-03-23T03:00:00.000Z`,
    `retrain:${id}:2026-03-02T03:00:00.000Z`,
  ]);
  // one that comes once, and then never again, holds up no other
  const once = await addSchedule(store, ann, { model: 'm', cron: '2026-03-24T01:00:00', zone: 'UTC' });
  vi.setSystemTime('2026-03-30T04:00:00Z');
  await queueDue(store);
  const queued = (await store.jobs.list()).map((job) => job.id);
  expect(queued).toContain(`retrain:${id}:2026-03-30T03:00:00.000Z`);
  expect(queued).toContain(`retrain:${once.id}:2026-03-24T01:00:00.000Z`);
  expect(ticksOf(once, new Date()).next).toBeUndefined();
  expect(ticksOf({ cron: 'nonsense', zone: 'UTC' }, new Date())).toEqual({});
  await removeSchedule(store, ann, once.id);
  await removeSchedule(store, ann, id);
  expect(await schedulesOf(store)).toEqual([]);
  expect(await store.audit.verify()).toMatchObject({ ok: true });
});
