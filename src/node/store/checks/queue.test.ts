import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../../../../test/fixtures/postgres.js';
import { openStore } from '../open-store.js';
import type * as R from '../records.js';
import type { Store } from '../store.js';

// What every store's queue must do, and what retraining reads. It runs on SQLite, and on PostgreSQL where there is one.

let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
});
afterAll(() => server?.stop());

describe.each(['sqlite', 'postgres'] as const)('a queue in %s', (kind) => {
  describe.skipIf(kind === 'postgres' && !postgresThere)('', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millwright-queue-'));
    let store: Store;
    let other: Store;
    beforeAll(async () => {
      const database = kind === 'postgres' ? await freshSchema(server as TestPostgres, 'queue') : join(folder, 'store.db');
      const open = (): Promise<Store> => openStore({ folder, database, artefacts: join(folder, 'artefacts') });
      [store, other] = await Promise.all([open(), open()]);
    });
    afterAll(async () => {
      await store.close();
      await other.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('gives a job to one worker at a time, and to another when the first is gone', async () => {
      for (let i = 0; i < 6; i++) await store.jobs.add({ id: `j${i}`, kind: 'score', input: { i }, by: 'ann' });
      await store.jobs.add({ id: 'j0', kind: 'score', input: { i: 99 }, by: 'ann' });
      const lease = { kinds: ['score'], leaseMilliseconds: 60_000 };
      const taken = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? store : other).jobs.claim(`w${i}`, lease)));
      const ids = taken.flatMap((job) => (job ? [job.id] : [])).sort();
      expect(ids).toEqual(['j0', 'j1', 'j2', 'j3', 'j4', 'j5']);
      const job = taken.find((j) => j?.id === 'j0') as R.JobRecord;
      expect(job).toMatchObject({ state: 'running', attempts: 1, input: { i: 0 } });
      const worker = job.worker as string;
      expect(await store.jobs.progress('j0', worker, { rows: 10 }, -1)).toBe(true); // its time is over at once
      const next = await other.jobs.claim('w9', lease);
      expect(next).toMatchObject({ id: 'j0', worker: 'w9', attempts: 2, progress: { rows: 10 } });
      expect(await store.jobs.finish('j0', worker, { result: 1 })).toBe(false);
      expect(await store.jobs.progress('j0', worker, {}, 1000)).toBe(false);
      expect(await store.jobs.finish('j0', 'w9', { error: 'away', retry: true })).toBe(true);
      expect((await store.jobs.claim('w10', lease))?.id).toBe('j0');
      expect(await store.jobs.finish('j0', 'w10', { result: { rows: 20 } })).toBe(true);
      expect(await store.jobs.get('j0')).toMatchObject({ state: 'done', result: { rows: 20 }, attempts: 3 });
      expect(await store.jobs.cancel('j0')).toBe(false);
      expect(await store.jobs.cancel('j1')).toBe(true);
      expect((await store.jobs.list({ kind: 'score', state: 'running' })).length).toBe(4);
    });

    it('lets what failed wait before it is tried again', async () => {
      await store.jobs.add({ id: 'late', kind: 'slow', input: {}, by: 'ann' });
      const slow = { kinds: ['slow'], leaseMilliseconds: 60_000 };
      await store.jobs.claim('w1', slow);
      expect(await store.jobs.finish('late', 'w1', { error: 'away', retry: true, afterMilliseconds: 60_000 })).toBe(true);
      expect(await other.jobs.claim('w2', slow)).toBeUndefined();
      expect(await store.jobs.get('late')).toMatchObject({ state: 'queued', error: 'away', attempts: 1 });
      expect(await store.jobs.cancel('late')).toBe(true);
      expect(await store.jobs.claim('w2', slow)).toBeUndefined();
    });

    it('tells labelled rows in the order in which they were asked, by what was told last', async () => {
      const at = (n: number) => `2026-03-0${n}T00:00:00.000Z`;
      const asked = (n: number): R.PredictionRecord => ({
        ...{
          id: `p${n}`,
          at: at(n),
          model: 'm',
          version: 1,
          route: 'champion',
          row: { x: n, __proto__: null },
          answer: { prediction: 'no' },
        },
      });
      await store.traffic.addPredictions([asked(3), asked(1), asked(2), { ...asked(4), model: 'other' }]);
      const told = (id: string, n: number, day: number, actual: string) => ({ id, at: at(day), model: 'm', prediction: `p${n}`, actual });
      await store.traffic.addFeedback([
        told('a', 1, 5, 'no'),
        told('b', 3, 4, 'no'),
        told('c', 1, 7, 'yes'),
        told('d', 9, 4, 'yes'),
        told('e', 4, 6, 'no'),
      ]);
      const rows = await other.traffic.labelled({ model: 'm' });
      expect(rows.map(({ id, actual, toldAt }) => [id, actual, toldAt])).toEqual([
        ['p1', 'yes', at(5)],
        ['p3', 'no', at(4)],
      ]);
      expect(rows[0]).toMatchObject({ row: { x: 1 }, version: 1, route: 'champion', at: at(1) });
      expect((await store.traffic.labelled({ model: 'm', since: at(2) })).map((row) => row.id)).toEqual(['p3']);
      expect((await store.traffic.labelled({ model: 'm', limit: 1 })).map((row) => row.id)).toEqual(['p3']);
      expect(await store.traffic.labels('m', at(5))).toBe(2);
      expect(await store.traffic.labels('m', at(6))).toBe(2);
      // rows of one request, and requests of one moment, keep their places
      const ids = ['q-z/0', 'q-z/2', 'q-z/10', 'q-10/0'];
      await store.traffic.addPredictions(ids.map((id) => ({ ...asked(8), id })).reverse());
      await store.traffic.addFeedback(ids.map((id) => ({ id: `f${id}`, at: at(9), model: 'm', prediction: id, actual: 'no' })));
      expect((await store.traffic.labelled({ model: 'm', since: at(8) })).map((row) => row.id)).toEqual(ids);
    });
  });
});
