import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Alert } from '../../../engine/monitor/alert.js';
import type { PerformanceReport } from '../../../engine/monitor/performance/performance-report.js';
import { ALERT_STATES } from '../../store/alerts.js';
import { openStore } from '../../store/open-store.js';
import { storeSink } from './alert-sink.js';
import { ScoresKeeper } from './scores-keeper.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-scores-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = { row: 900 };
const alert = (state: Alert['state'], row: number): Alert => ({
  ...{ id: `performance:performance:real:${row}`, kind: 'performance', severity: 'warning', columns: ['age'], state },
  ...{ what: 'worse', cause: 'age', action: 'retrain', since: at, raised: at, seen: at, windows: 1, confidence: 0.999 },
  figure: { name: 'roc_auc', reference: 0.9, current: 0.7 },
});
const report = (...alerts: Alert[]): PerformanceReport => ({
  ...{ metric: 'roc_auc', greaterIsBetter: true, windows: [], alerts, slices: [], groups: [], unmatched: 0 },
});

test('a fall of scores is one alert, over a restart, whatever rows it is counted from', async () => {
  const store = await openStore({ folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
  const all = () => store.alerts.list({ models: ['shop'], states: ALERT_STATES });
  const keeperOf = () => new ScoresKeeper(storeSink(store), all, () => 1000);
  const price = (a: Alert): void => {
    a.cost = { value: 7, unit: 'EUR' };
  };
  const first = keeperOf();
  await first.take('shop', '2', report());
  expect(await all()).toEqual([]);
  await first.take('shop', '2', report(alert('open', 999)), price);
  await first.take('shop', '2', report(alert('open', 499)), price);
  const second = keeperOf();
  await second.take('shop', '2', report(alert('open', 1499)), price);
  const [raised, ...others] = await all();
  expect(others).toEqual([]);
  expect(raised).toMatchObject({ kind: 'performance', version: '2', state: 'open', detail: { cost: { value: 7, unit: 'EUR' } } });
  await second.take('shop', '2', report());
  expect((await all()).map((a) => a.state)).toEqual(['ended']);
  // a later fall is another
  await second.take('shop', '3', report(alert('open', 1499)));
  expect((await all()).map((a) => [a.version, a.state]).sort()).toEqual([
    ['2', 'ended'],
    ['3', 'open'],
  ]);
  await store.close();
});
