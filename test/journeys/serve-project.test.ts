import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bundle } from '../../src/model/bundle.js';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { findProject, makeProject, openStore } from '../../src/node/store/open-store.js';
import type { Actor } from '../../src/node/store/records.js';
import type { Store } from '../../src/node/store/store.js';
import { exampleBundle } from '../example-bundle.js';
import { type Running, start, until, workFolder } from './cli.js';

const folder = workFolder();
const admin: Actor = { user: 'ada', roles: ['admin'], via: 'library' };
let store: Store;

beforeAll(async () => {
  await makeProject(folder);
  store = await openStore(findProject(folder, {}));
});
afterAll(() => store.close());

/** Registers a version and makes it champion, as a promotion would. */
async function promote(bundle: Bundle): Promise<number> {
  const ref = await store.artefacts.put(await encodeBundle(bundle));
  const note = { action: 'test', subject: 'model:left' };
  return store.act(admin, note, async (governed) => {
    await governed.models.ensure({ name: 'left', by: 'ada' });
    const facts = { format: 'mill' as const, bundle: ref, metrics: new Map(), findings: [], trainedBy: 'bob' };
    const { version } = await governed.models.addVersion({ ...facts, model: 'left', registeredBy: 'bob' });
    await governed.models.setAlias('left', 'champion', version);
    await governed.note(note);
    return version;
  });
}

async function serve(...args: string[]): Promise<{ running: Running; address: string }> {
  const running = start(folder, ['serve', '--port', '0', '--json', ...args]);
  let address = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
  });
  await running.said(/"type":"ready"/);
  return { running, address };
}

const ask = async (address: string, body: unknown, headers: Record<string, string> = {}, path = 'predict') => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  const response = await fetch(`${address}/v1/models/left/${path}`, init);
  return { status: response.status, json: (await response.json()) as Record<string, never> };
};

test('a project’s champions are served; answers and feedback reach the store, also of a process that was killed', async () => {
  await promote(exampleBundle());
  const { running, address } = await serve();
  const one = (await ask(address, { age: 25, city: 'Oslo' })).json;
  expect(one).toMatchObject({ version: '1' });
  const many = (await ask(address, [{ age: 1 }, { age: 50 }])).json;
  expect((await ask(address, { prediction: many.id, row: 1, actual: 'no' }, {}, 'feedback')).status).toBe(202);
  running.child.kill('SIGKILL');
  await running.ended;

  // an approved promotion is taken up without a restart
  const next = await serve();
  const version = await promote({ ...exampleBundle(), threshold: 0.9 });
  const answered = async () => (await ask(next.address, { age: 25 })).json.version as string;
  await until(async () => (await answered()) === String(version));
  next.running.child.kill('SIGTERM');
  expect((await next.running.ended).status).toBe(0);

  expect(await store.traffic.prediction(`${one.id}/0`)).toMatchObject({
    ...{ model: 'left', version: 1, route: 'champion', row: { age: 25, city: 'Oslo' } },
    answer: { prediction: one.prediction, probabilities: one.probabilities },
  });
  expect(await store.traffic.prediction(`${many.id}/1`)).toMatchObject({ row: { age: 50 }, answer: (many.predictions as unknown[])[1] });
  const [feedback] = await store.traffic.feedback({ model: 'left' });
  expect(feedback).toMatchObject({ prediction: `${many.id}/1`, actual: 'no' });
});

test('tokens of the store are asked for, and each refusal is in the audit log', async () => {
  const note = { action: 'token.create', subject: 'user:shop' };
  const { secret } = await store.act(admin, note, async (governed) => {
    await governed.access.setUser({ name: 'shop', roles: ['viewer'] });
    await governed.note(note);
    return governed.access.addToken({ user: 'shop', roles: ['viewer'], note: '' });
  });
  const { running, address } = await serve('--require-token');
  expect((await ask(address, { age: 1 })).status).toBe(401);
  expect((await ask(address, { age: 1 }, { authorization: `Bearer ${secret}` })).status).toBe(403);
  running.child.kill('SIGTERM');
  await running.ended;
  const refused = await store.audit.entries({ action: 'access.refuse' });
  expect(refused.map((e) => `${e.actor} ${e.subject} ${e.detail}`)).toEqual([
    'unknown route:POST /v1/models/{name}/predict {"code":"NOT_AUTHENTICATED"}',
    expect.stringMatching(/^shop route:POST \/v1\/models\/\{name\}\/predict .*"code":"NOT_ALLOWED".*"token":"tok_/),
  ]);
  expect((await store.audit.verify()).ok).toBe(true);
});

test('a promotion is asked for and approved over REST, by two persons', async () => {
  const made = async (user: string, roles: readonly ('builder' | 'approver')[]) => {
    const note = { action: 'token.create', subject: `user:${user}` };
    const { secret } = await store.act(admin, note, async (governed) => {
      await governed.access.setUser({ name: user, roles });
      await governed.note(note);
      return governed.access.addToken({ user, roles, note: '' });
    });
    return { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  };
  const [builder, approver] = [await made('bea', ['builder']), await made('ann', ['approver'])];
  const ref = await store.artefacts.put(await encodeBundle({ ...exampleBundle(), threshold: 0.7 }));
  const note = { action: 'test', subject: 'model:left' };
  const { version } = await store.act(admin, note, async (governed) => {
    await governed.note(note);
    const facts = { format: 'mill' as const, bundle: ref, metrics: new Map(), findings: [], trainedBy: 'bob' };
    return governed.models.addVersion({ ...facts, model: 'left', registeredBy: 'bob' });
  });
  writeFileSync(join(folder, '.millwright', 'policy.yaml'), 'version: 1\nproduction: { noWorseThanChampion: false }\n');
  const { running, address } = await serve();
  const send = async (path: string, headers: Record<string, string>, body: object) => {
    const response = await fetch(address + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: (await response.json()) as { request: { id: string }; applied: boolean } };
  };
  expect((await send('/v1/models/left/requests', approver, { version })).status).toBe(403);
  const asked = await send('/v1/models/left/requests', builder, { version, reason: 'better' });
  expect(asked).toMatchObject({ status: 201, json: { applied: false } });
  const path = `/v1/requests/${asked.json.request.id}`;
  expect((await send(`${path}/approve`, { 'content-type': 'application/json' }, {})).status).toBe(403);
  expect((await send(`${path}/approve`, builder, {})).status).toBe(403);
  expect(await send(`${path}/approve`, approver, { reason: 'read the report' })).toMatchObject({ status: 200, json: { applied: true } });
  expect((await ask(address, { age: 25 })).json.version).toBe(String(version));

  // a retraining is asked for, seen and called off
  const get = async (path: string, headers: Record<string, string>) => (await fetch(address + path, { headers })).json();
  const retrain = '/v1/models/left/retrain';
  expect((await send(retrain, approver, {})).status).toBe(403);
  for (const bad of [{ data: ['/etc/passwd'] }, { budget: 'none' }, { budget: '-1s' }, { budget: '25h' }, { seed: -1 }])
    expect((await send(retrain, builder, bad)).status, JSON.stringify(bad)).toBe(400);
  expect((await send('/v1/models/nobody/retrain', builder, {})).status).toBe(404);
  const put = await send(retrain, builder, { reason: 'prices went up', budget: '5m' });
  const { job } = put.json as unknown as { job: { id: string } };
  expect([put.status, job]).toMatchObject([
    202,
    { kind: 'retrain', state: 'queued', by: 'bea', input: { model: 'left', reason: 'prices went up', budget: 300_000 } },
  ]);
  expect(await get('/v1/jobs?state=queued&kind=retrain', approver)).toMatchObject({ jobs: [{ id: job.id }] });
  expect(await get('/v1/jobs?state=odd', approver)).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  expect((await send(`/v1/jobs/${job.id}/cancel`, approver, {})).status).toBe(403);
  expect(await send(`/v1/jobs/${job.id}/cancel`, builder, {})).toMatchObject({ status: 200, json: { job: { state: 'cancelled' } } });
  expect((await send(`/v1/jobs/${job.id}/cancel`, builder, {})).status).toBe(409);
  expect(await get(`/v1/jobs/${job.id}`, approver)).toMatchObject({ job: { id: job.id, state: 'cancelled' } });
  const waiting: string[] = [];
  for (let i = 0; i < 10; i++) waiting.push(((await send(retrain, builder, {})).json as unknown as { job: { id: string } }).job.id);
  expect(await send(retrain, builder, {})).toMatchObject({ status: 409, json: { error: { code: 'STORE_CONFLICT' } } });
  for (const id of waiting) await send(`/v1/jobs/${id}/cancel`, builder, {});
  const elsewhere = await store.act(admin, { action: 'test', subject: 'user:bea' }, async (governed) => {
    await governed.note({ action: 'test', subject: 'user:bea' });
    return governed.access.addToken({ user: 'bea', roles: ['builder'], models: ['right'], note: '' });
  });
  const narrow = { authorization: `Bearer ${elsewhere.secret}` };
  expect(await get('/v1/jobs', narrow)).toEqual({ jobs: [] });
  expect(await get(`/v1/jobs/${job.id}`, narrow)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  expect((await send(retrain, { ...narrow, 'content-type': 'application/json' }, {})).status).toBe(403);
  running.child.kill('SIGTERM');
  await running.ended;
  const asks = await store.audit.entries({ action: 'retrain.ask' });
  expect(asks.map((e) => [e.actor, e.subject])).toEqual(Array(11).fill(['bea', 'model:left']));
  const refused = await store.audit.entries({ action: 'access.refuse' });
  expect(refused.filter((e) => e.subject === 'route:POST /v1/models/{name}/retrain').map((e) => e.actor)).toEqual(['ann', 'bea']);
});

test('without a project there is nothing to serve', async () => {
  const elsewhere = workFolder();
  writeFileSync(join(elsewhere, 'x'), '');
  expect(await start(elsewhere, ['serve']).ended).toMatchObject({ status: 1, stderr: expect.stringContaining('STORE_MISSING') });
});

test('with workers, the predictions of all of them reach the store, also of one that was killed', async () => {
  const { running, address } = await serve('--workers', '2');
  const ids: string[] = [];
  for (let i = 0; i < 12; i++) ids.push((await ask(address, { age: i }, { connection: 'close' })).json.id as unknown as string);
  const worker = Number(/^\d+/.exec(readdirSync(join(folder, '.millwright/answers'))[0] as string)?.[0]);
  process.kill(worker, 'SIGKILL');
  await running.said(/started anew/);
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
  for (const id of ids) expect(await store.traffic.prediction(`${id}/0`)).toMatchObject({ model: 'left', route: 'champion' });
});

test('traffic that was set over REST outlives the server, and is in the audit log', async () => {
  const versions = (await store.models.versions('left')).map((v) => v.version);
  const [canary] = versions.filter((v) => v !== 2);
  const secret = await store.act(admin, { action: 'test', subject: 'user:eve' }, async (governed) => {
    await governed.models.setAlias('left', 'challenger', canary);
    await governed.access.setUser({ name: 'eve', roles: ['admin'] });
    await governed.note({ action: 'test', subject: 'user:eve' });
    return (await governed.access.addToken({ user: 'eve', roles: ['admin'], note: '' })).secret;
  });
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const traffic = async (address: string) =>
    ((await (await fetch(`${address}/v1/models/left`, { headers })).json()) as { traffic: unknown }).traffic;
  const asked = { canary: { version: String(canary), weight: 0.2 }, shadow: [] };

  const first = await serve();
  const set = await fetch(`${first.address}/v1/models/left/traffic`, { method: 'PUT', headers, body: JSON.stringify(asked) });
  expect(set.status).toBe(200);
  first.running.child.kill('SIGKILL');
  await first.running.ended;
  const next = await serve();
  expect(await traffic(next.address)).toMatchObject(asked);
  next.running.child.kill('SIGTERM');
  expect((await next.running.ended).status).toBe(0);
  const [entry] = await store.audit.entries({ action: 'traffic.set' });
  expect(entry).toMatchObject({ actor: 'eve', subject: 'model:left' });
  expect(JSON.parse(entry?.detail ?? '')).toMatchObject({ detail: asked });
});
