import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LATENCY_PLACES } from '../../../engine/monitor/traffic/latency-places.js';
import { ANSWER_PLACES } from '../../../engine/monitor/traffic/traffic-counts.js';
import { ALERT_STATES } from '../../store/alerts.js';
import { openStore } from '../../store/open-store.js';
import { storeSink } from './alert-sink.js';
import { TrafficKeeper } from './traffic-keeper.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-traffic-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MINUTE = 60_000;
const serving = [{ model: 'shop', version: '3' }];

test('silence is an alert in the store, over a restart, until somebody asks again', async () => {
  const store = await openStore({ folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
  const failures: string[] = [];
  let now = Date.UTC(2026, 0, 5);
  let kept: string | undefined;
  let saving = false;
  const write = async (_: string, __: string, state: string): Promise<void> => {
    if (saving) kept = state;
  };
  const keeperOf = () =>
    new TrafficKeeper(
      storeSink(store),
      { read: async () => kept, write },
      () => now,
      (reason) => failures.push(reason),
      MINUTE,
    );
  const beats = async (keeper: TrafficKeeper, count: number, requests: number): Promise<void> => {
    const counts = { requests, refused: 0, failed: 0, latency: new Float64Array(LATENCY_PLACES), answers: new Float64Array(ANSWER_PLACES) };
    counts.latency[40] = requests;
    for (let i = 0; i < count; i++) {
      if (requests > 0) await keeper.take({ kind: 'traffic', counts: [{ model: 'shop', counts }] });
      now += MINUTE;
      await keeper.tick();
    }
  };
  const all = () => store.alerts.list({ models: ['shop'], states: ALERT_STATES });

  const first = keeperOf();
  await first.take({ kind: 'traffic', serving });
  // two days, so that their hours are known
  await beats(first, 2 * 1440 + 130, 20);
  expect(await all()).toEqual([]);
  await beats(first, 10, 0);
  const [raised] = await all();
  expect(raised).toMatchObject({ kind: 'traffic', version: '3', state: 'open' });
  expect(raised?.detail).toMatchObject({ what: expect.stringMatching(/^(No request has come for|0 requests came in)/), columns: [] });
  saving = true;
  await first.tick(true);
  const ofSilence = kept;

  const second = keeperOf();
  await second.take({ kind: 'traffic', serving });
  now += 60 * MINUTE;
  await beats(second, 10, 20);
  expect((await all()).map((a) => [a.id, a.state])).toEqual([[raised?.id, 'ended']]);
  expect((await store.audit.entries({ action: 'alert.raise' })).map((e) => e.actor)).toEqual(['monitor']);

  // what is served no more is not missed
  await second.take({ kind: 'traffic', serving: [] });
  await beats(second, 30, 0);
  expect(await all()).toHaveLength(1);

  // nor is an alert that ended with the serving still open when it is served again
  kept = ofSilence;
  const third = keeperOf();
  await third.take({ kind: 'traffic', serving });
  expect(third.of('shop')?.monitor.alerts.map((a) => a.state)).toEqual(['open']);
  await third.take({ kind: 'traffic', serving: [] });
  await third.take({ kind: 'traffic', serving });
  expect(third.of('shop')?.monitor.alerts.map((a) => a.state)).toEqual(['ended']);
  expect([...(third.of('shop')?.told ?? [])]).toEqual([]);
  expect(failures).toEqual([]);
  await store.close();
});
