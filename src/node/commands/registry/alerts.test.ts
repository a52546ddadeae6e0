import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import { type Actor, ROLES } from '../../store/records.js';
import { endAlert, handleAlert, MONITOR, raiseAlert } from './alerts.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-alerts-'));
const store = await openStore({ folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
const bea: Actor = { user: 'bea', roles: ['builder'], via: 'cli' };
const vic: Actor = { user: 'vic', roles: ['viewer'], via: 'cli' };
const drift = {
  model: 'churn',
  version: '3',
  origin: 'serve/1',
  kind: 'drift',
  severity: 'warning',
  detail: { what: 'age runs higher.', columns: ['age'] },
} as const;

it('tells of a change once, and of its end, to webhooks and the audit log', async () => {
  await store.act({ user: 'ann', roles: ROLES, via: 'cli' }, { action: 'webhook.add', subject: 'webhook' }, (g) =>
    g.events.addWebhook({ url: 'https://example.org', events: ['alert.*'], secret: 's', by: 'ann' }),
  );
  const raised = await raiseAlert(store, MONITOR, drift);
  expect(await raiseAlert(store, MONITOR, { ...drift, detail: { ...drift.detail, what: 'age runs still higher.' } })).toBeUndefined();
  await endAlert(store, MONITOR, drift);
  await endAlert(store, MONITOR, { ...drift, origin: 'serve/2' });
  expect(await store.alerts.get(raised?.id as string)).toMatchObject({ state: 'ended', detail: { what: 'age runs still higher.' } });
  const told = await store.events.claim({ limit: 10, leaseMilliseconds: 1000 });
  expect(told.map((d) => [d.type, d.subject, (d.data as { what: string }).what])).toEqual([
    ['alert.raised', 'model:churn@3', 'age runs higher.'],
    ['alert.ended', 'model:churn@3', 'age runs still higher.'],
  ]);
  expect((await store.audit.entries({ action: 'alert.raise' })).map((e) => e.actor)).toEqual(['monitor']);
  // nothing else was over
  expect((await store.audit.entries({ action: 'alert.end' })).map((e) => e.actor)).toEqual(['monitor']);
});

it('is for those who may, with who, when and why in the audit log', async () => {
  const { id } = (await raiseAlert(store, MONITOR, { ...drift, origin: 'serve/3' })) as { id: string };
  const asked = { alert: id, action: 'acknowledge', note: 'on it' } as const;
  await expect(handleAlert(store, vic, asked)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  await expect(handleAlert(store, bea, { ...asked, alert: 'alert_x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  for (const milliseconds of [undefined, 0, -1, Number.NaN, 1e12])
    await expect(handleAlert(store, bea, { ...asked, action: 'snooze', milliseconds })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  expect((await handleAlert(store, bea, asked)).state).toBe('acknowledged');
  expect((await handleAlert(store, bea, { ...asked, action: 'snooze', milliseconds: 60_000 })).state).toBe('snoozed');
  expect(await handleAlert(store, bea, { ...asked, action: 'resolve', note: 'mended' })).toMatchObject({
    state: 'resolved',
    handled: [{ action: 'acknowledge', by: 'bea', note: 'on it' }, { action: 'snooze' }, { action: 'resolve', note: 'mended' }],
  });
  const [refused] = await store.audit.entries({ action: 'alert.acknowledge.refused' });
  expect(refused?.actor).toBe('vic');
  const [entry] = await store.audit.entries({ action: 'alert.resolve' });
  expect(entry).toMatchObject({ actor: 'bea', subject: 'model:churn@3' });
  expect(JSON.parse(entry?.detail as string)).toMatchObject({ alert: id, note: 'mended' });
  expect(await store.audit.verify()).toMatchObject({ ok: true });
});
