import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { ALERT_STATES } from '../../src/node/store/alerts.js';
import { findProject, makeProject, openStore } from '../../src/node/store/open-store.js';
import type { Actor, AlertRecord, Role } from '../../src/node/store/records.js';
import type { Store } from '../../src/node/store/store.js';
import { exampleRows, watchedBundle } from '../fixtures/watched-bundle.js';
import { millwright, type Running, start, until, workFolder } from './cli.js';

const folder = workFolder();
const project = join(folder, 'project');
const admin: Actor = { user: 'ada', roles: ['admin', 'builder'], via: 'library' };
const secrets = new Map<Role, string>();
let store: Store;

beforeAll(async () => {
  await makeProject(project);
  store = await openStore(findProject(project, {}));
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(watchedBundle()));
  const ref = await store.artefacts.put(await encodeBundle(watchedBundle()));
  const note = { action: 'test', subject: 'model:left' };
  await store.act(admin, note, async (governed) => {
    await governed.models.ensure({ name: 'left', by: 'ada' });
    const facts = { format: 'mill' as const, bundle: ref, metrics: new Map(), findings: [], trainedBy: 'bob' };
    await governed.models.addVersion({ ...facts, model: 'left', registeredBy: 'bob' });
    await governed.models.setAlias('left', 'champion', 1);
    for (const role of ['viewer', 'builder'] as const) {
      await governed.access.setUser({ name: role, roles: [role] });
      secrets.set(role, (await governed.access.addToken({ user: role, roles: [role], note: '' })).secret);
    }
    await governed.events.addWebhook({ url: 'https://example.org', events: ['alert.*'], secret: 's', by: 'ada' });
    const [hook] = await governed.events.webhooks();
    await governed.events.setWebhook(hook?.id as string, false);
    await governed.note(note);
  });
});
afterAll(() => store.close());

async function serve(cwd: string, ...args: string[]): Promise<{ running: Running; address: string }> {
  const running = start(cwd, ['serve', ...args, '--port', '0', '--monitor', '200', '--json']);
  let address = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
  });
  await running.said(/"type":"ready"/);
  return { running, address };
}

const post = (url: string, body: unknown, role?: Role) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(role && { authorization: `Bearer ${secrets.get(role)}` }) },
    body: JSON.stringify(body),
  });

/** Half of the rows together, half one by one. */
async function send(address: string, rows: readonly unknown[]): Promise<void> {
  const url = `${address}/v1/models/left/predict`;
  const half = rows.length / 2;
  expect((await post(url, rows.slice(0, half))).status).toBe(200);
  for (const row of rows.slice(half)) expect((await post(url, row)).status).toBe(200);
}

const all = (): Promise<AlertRecord[]> => store.alerts.list({ states: ALERT_STATES });
const ofAge = async (): Promise<AlertRecord | undefined> =>
  (await all()).find(({ detail }) => (detail as unknown as { columns: string[] }).columns[0] === 'age');

test('what changes in answered rows is one alert, over a restart, until it is over', async () => {
  expect((await millwright(project, 'models', 'left', '--value', 'much')).status).toBe(2);
  const kept = await millwright(project, 'models', 'left', '--value', '2 EUR', '--as', 'builder', '--json');
  expect((JSON.parse(kept.stdout) as { model: { tags: object } }).model.tags).toEqual({ 'millwright.value': '2 EUR' });
  const first = await serve(project);
  await send(first.address, exampleRows(1000, 2));
  await send(first.address, exampleRows(600, 3, 20));
  const raised = await until(ofAge);
  expect(raised).toMatchObject({ model: 'left', version: '1', state: 'open', kind: 'drift' });
  expect((raised.detail as { what: string }).what).toMatch(/^“age” /);
  expect((raised.detail as unknown as { cost: { value: number; unit: string } }).cost).toMatchObject({ unit: 'EUR' });
  expect((await millwright(project, 'alerts', 'show', raised.id)).stdout).toMatch(/at stake: [\d,]+ EUR/);
  first.running.child.kill('SIGTERM');
  expect((await first.running.ended).status).toBe(0);

  const second = await serve(project);
  await send(second.address, exampleRows(400, 4, 20));
  const seen = await until(async () => ((await ofAge())?.seenAt !== raised.seenAt ? ofAge() : undefined));
  expect(seen.id).toBe(raised.id);
  expect((await post(`${second.address}/v1/alerts/${raised.id}/resolve`, {}, 'viewer')).status).toBe(403);
  expect((await post(`${second.address}/v1/alerts/${raised.id}/acknowledge`, { note: 'on it' }, 'builder')).status).toBe(200);
  expect((await post(`${second.address}/v1/alerts/${raised.id}/snooze`, { for: 'ever' }, 'builder')).status).toBe(400);
  const listed = await fetch(`${second.address}/v1/alerts`, { headers: { authorization: `Bearer ${secrets.get('viewer')}` } });
  expect(((await listed.json()) as { alerts: AlertRecord[] }).alerts.find((a) => a.id === raised.id)).toMatchObject({
    state: 'acknowledged',
    handled: [{ action: 'acknowledge', by: 'builder', note: 'on it' }],
  });
  await send(second.address, exampleRows(1200, 5));
  expect(await until(async () => ((await ofAge())?.state === 'ended' ? ofAge() : undefined))).toMatchObject({ id: raised.id });
  second.running.child.kill('SIGTERM');
  expect((await second.running.ended).status).toBe(0);
  expect((await all()).filter(({ detail }) => (detail as unknown as { columns: string[] }).columns[0] === 'age')).toHaveLength(1);
  const told = await millwright(project, 'alerts', '--all', '--json');
  expect((JSON.parse(told.stdout) as { alerts: AlertRecord[] }).alerts.map((a) => a.id)).toContain(raised.id);
  expect((await store.audit.entries({ action: 'alert.raise' })).every((e) => e.actor === 'monitor')).toBe(true);
  expect(await store.audit.verify()).toMatchObject({ ok: true });
});

test('the page shows the scores of rows whose truth came later', async () => {
  const { running, address } = await serve(project);
  const answered = (await (await post(`${address}/v1/models/left/predict`, exampleRows(400, 9))).json()) as {
    id: string;
    predictions: { prediction: unknown }[];
  };
  expect((await post(`${address}/v1/models/left/predict`, { age: 'many' })).status).toBe(422);
  const truths = answered.predictions.map(({ prediction }, row) => ({ prediction: answered.id, row, actual: prediction }));
  expect((await post(`${address}/v1/models/left/feedback`, truths)).status).toBe(202);
  const page = await until(async () => {
    const text = await (
      await fetch(`${address}/monitor?by=city`, { headers: { authorization: `Bearer ${secrets.get('viewer')}` } })
    ).text();
    return /by window: [1-9]\d* windows? with labels/.test(text) ? text : undefined;
  });
  expect(page).not.toContain('<script');
  // each request is counted, over restarts
  expect(page).toMatch(/[\d,]+ requests so far/);
  expect(page).toMatch(/city: Oslo<.*\d/s);
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
});

test('rows that several processes answered are watched together; without a project alerts are in the log', async () => {
  const { running, address } = await serve(folder, 'left.mill', '--workers', '2', '--log', 'log');
  await send(address, exampleRows(600, 6, 20));
  await running.said(/“age”[^\n]*alert raised/);
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
  expect(readdirSync(join(folder, 'log')).filter((name) => /^monitor-left%40\w{12}\.json$/.test(name))).toHaveLength(1);
});

test('off watches nothing, and nonsense is refused', async () => {
  const off = start(folder, ['serve', 'left.mill', '--port', '0', '--monitor', 'off', '--json']);
  await off.said(/"type":"ready"/);
  off.child.kill('SIGTERM');
  expect((await off.ended).status).toBe(0);
  const wrong = await millwright(folder, 'serve', 'left.mill', '--monitor', '5');
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringMatching(/--monitor "5" is neither/) });
});
