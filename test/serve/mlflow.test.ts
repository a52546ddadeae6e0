import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { readPolicy } from '../../src/node/commands/registry/policy.js';
import { requestPromotion } from '../../src/node/commands/registry/promotions.js';
import { NEEDS } from '../../src/node/serve/needs.js';
import { type RunningServer, startServer } from '../../src/node/serve/server.js';
import { parseSettings } from '../../src/node/serve/settings.js';
import { findProject, makeProject, openStore } from '../../src/node/store/open-store.js';
import { type Actor, ROLES, type Role } from '../../src/node/store/records.js';
import type { Store } from '../../src/node/store/store.js';
import { exampleBundle } from '../example-bundle.js';

// The API as MLflow's client speaks it; test/peers/mlflow.mjs drives the client itself.
const folder = mkdtempSync(join(tmpdir(), 'millwright-mlflow-'));
const here = process.cwd();
const admin: Actor = { user: 'ada', roles: ['admin'], via: 'library' };
const secrets = new Map<string, string>();
let store: Store;
let server: RunningServer;

beforeAll(async () => {
  await makeProject(folder);
  process.chdir(folder);
  store = await openStore(findProject(folder, {}));
  await store.act(admin, { action: 'test', subject: 'users' }, async ({ access }) => {
    const add = async (user: string, roles: readonly Role[], models?: string[]) => {
      await access.setUser({ name: user, roles });
      secrets.set(user, (await access.addToken({ user, roles, note: '', models })).secret);
    };
    for (const role of ROLES) await add(role, [role]);
    await add('narrow', ['builder'], ['churn']);
  });
  server = await startServer(parseSettings({ port: 0, maxUpload: 100_000 }));
});
afterAll(async () => {
  await server.stop();
  await store.close();
  process.chdir(here);
  rmSync(folder, { recursive: true, force: true });
});

const bearer = (user: string) => ({ authorization: `Bearer ${secrets.get(user)}` });

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = bearer('builder')) {
  const raw = body instanceof Uint8Array || typeof body === 'string';
  const type = body === undefined ? {} : { 'content-type': raw ? 'text/plain' : 'application/json' };
  const url = `${server.address}${path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`}`;
  const response = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    body: raw || body === undefined ? body : JSON.stringify(body),
  });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at from all sides
  return { status: response.status, text, headers: response.headers, json: (text.startsWith('{') ? JSON.parse(text) : undefined) as any };
}

const FILES = '/api/2.0/mlflow-artifacts/artifacts';
const put = (path: string, body: Uint8Array | string, user = 'builder') => call('PUT', `${FILES}/${path}`, body, bearer(user));
const newRun = async (more: object = {}, user = 'builder') => {
  const { json } = await call('POST', 'runs/create', { experiment_id: '0', start_time: 1_700_000_000_000, ...more }, bearer(user));
  return json.run.info as { run_id: string; artifact_uri: string; run_name: string; experiment_id: string };
};
const rootOf = ({ artifact_uri }: { artifact_uri: string }) => artifact_uri.replace('mlflow-artifacts:/', '');
const newModel = (name: string) => call('POST', 'registered-models/create', { name });

describe('experiments', () => {
  it('are made, found by name, renamed, tagged, deleted and restored', async () => {
    const id = (await call('POST', 'experiments/create', { name: 'a', tags: [{ key: '__proto__', value: 'x' }] })).json.experiment_id;
    expect((await call('POST', 'experiments/create', { name: 'a' })).json.error_code).toBe('RESOURCE_ALREADY_EXISTS');
    await call('POST', 'experiments/set-experiment-tag', { experiment_id: id, key: 'team', value: 'risk' });
    const told = (await call('GET', 'experiments/get-by-name?experiment_name=a')).json.experiment;
    expect(told).toMatchObject({ experiment_id: id, lifecycle_stage: 'active' });
    expect(told.tags).toEqual([
      { key: '__proto__', value: 'x' },
      { key: 'team', value: 'risk' },
    ]);
    await call('POST', 'experiments/delete-experiment-tag', { experiment_id: id, key: 'team' });
    await call('POST', 'experiments/update', { experiment_id: id, new_name: 'b' });
    expect((await call('GET', `experiments/get?experiment_id=${id}`)).json.experiment).toMatchObject({
      name: 'b',
      tags: [{ key: '__proto__' }],
    });
    await call('POST', 'experiments/delete', { experiment_id: id });
    const names = async (body: object) =>
      (await call('POST', 'experiments/search', body)).json.experiments.map((e: { name: string }) => e.name);
    expect(await names({ filter: "name = 'b'" })).toEqual([]);
    expect(await names({ filter: "name LIKE '_'", view_type: 'DELETED_ONLY' })).toEqual(['b']);
    expect((await call('POST', 'runs/create', { experiment_id: id })).json.error_code).toBe('INVALID_PARAMETER_VALUE');
    await call('POST', 'experiments/restore', { experiment_id: id });
    expect(await names({ filter: "name = 'b'" })).toEqual(['b']);
    expect((await call('GET', 'experiments/get?experiment_id=nowhere')).status).toBe(404);
  });

  it('have a default, which is there without being made', async () => {
    expect((await call('GET', 'experiments/get?experiment_id=0')).json.experiment).toMatchObject({ experiment_id: '0', name: 'Default' });
    expect((await newRun()).experiment_id).toBe('0');
  });
});

describe('runs', () => {
  it('hold metrics with steps, parameters that stay, tags, inputs and outputs', async () => {
    const { run_id } = await newRun({ run_name: 'r', user_id: 'somebody else' });
    await call('POST', 'runs/log-metric', { run_id, key: 'loss', value: 2, timestamp: 5, step: 0 });
    const metrics = [
      { key: 'loss', value: 1, timestamp: '6', step: '1' },
      { key: 'nan', value: 'NaN', timestamp: 6 },
      { key: 'inf', value: '-Infinity', timestamp: 6 },
    ];
    await call('POST', 'runs/log-batch', {
      run_id,
      metrics,
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 'mlflow.runName', value: 'named' }],
    });
    const changed = await call('POST', 'runs/log-parameter', { run_id, key: 'p', value: '2' });
    expect(changed).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
    const dataset = { name: 'd', digest: 'x', source_type: 'code', source: '{}' };
    await call('POST', 'runs/log-inputs', { run_id, datasets: [{ tags: [], dataset }] });
    await call('POST', 'runs/outputs', { run_id, models: [{ model_id: 'm-1', step: 3 }] });
    await call('POST', 'runs/update', { run_id, status: 'FINISHED', end_time: 1_700_000_001_000 });
    const { run } = (await call('GET', `runs/get?run_id=${run_id}`)).json;
    expect(run.info).toMatchObject({ run_name: 'named', status: 'FINISHED', end_time: 1_700_000_001_000, user_id: 'builder' });
    expect(run.data.metrics).toEqual([
      { key: 'inf', value: '-Infinity', timestamp: 6, step: 0 },
      { key: 'loss', value: 1, timestamp: 6, step: 1 },
      { key: 'nan', value: 'NaN', timestamp: 6, step: 0 },
    ]);
    expect(run.data.params).toEqual([{ key: 'p', value: '1' }]);
    expect(run.data.tags).toEqual([{ key: 'mlflow.runName', value: 'named' }]);
    expect(run.inputs.dataset_inputs).toEqual([{ tags: [], dataset }]);
    expect(run.outputs.model_outputs).toEqual([{ model_id: 'm-1', step: 3 }]);
    for (const value of ['no JSON', '{}']) {
      await call('POST', 'runs/set-tag', { run_id, key: 'mlflow.log-model.history', value });
      expect((await call('POST', 'runs/log-model', { run_id, model_json: '{"a":1}' })).status).toBe(200);
    }
    const history = await call('GET', `metrics/get-history?run_id=${run_id}&metric_key=loss&max_results=1`);
    expect(history.json.metrics).toEqual([{ key: 'loss', value: 2, timestamp: 5, step: 0 }]);
    const rest = await call('GET', `metrics/get-history?run_id=${run_id}&metric_key=loss&page_token=${history.json.next_page_token}`);
    expect(rest.json).toEqual({ metrics: [{ key: 'loss', value: 1, timestamp: 6, step: 1 }] });
  });

  it('are found by filters, in pages, and what cannot be said is refused', async () => {
    const experiment = (await call('POST', 'experiments/create', { name: 'found' })).json.experiment_id;
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { run_id } = await newRun({ experiment_id: experiment, start_time: 1_700_000_000_000 + i, run_name: `r${i}` });
      await call('POST', 'runs/log-batch', {
        run_id,
        metrics: [{ key: 'auc', value: i, timestamp: 1 }],
        tags: [{ key: 'a.b/c', value: `${i % 2}` }],
      });
      ids.push(run_id);
    }
    const search = (body: object) => call('POST', 'runs/search', { experiment_ids: [experiment], ...body });
    const names = async (body: object) => (await search(body)).json.runs.map((r: { info: { run_name: string } }) => r.info.run_name);
    expect(await names({ filter: 'metrics.auc >= 3', order_by: ['metrics.auc DESC'] })).toEqual(['r4', 'r3']);
    expect(await names({ filter: `tags."a.b/c" = '1' AND attributes.status = 'RUNNING'`, order_by: ['metrics.auc'] })).toEqual([
      'r1',
      'r3',
    ]);
    expect(await names({ filter: 'attributes.start_time > 1700000000003' })).toEqual(['r4']);
    expect(await names({ filter: `attributes.run_id IN ('${ids[2]}')` })).toEqual(['r2']);
    await call('POST', 'runs/delete', { run_id: ids[4] });
    expect(await names({ run_view_type: 'DELETED_ONLY' })).toEqual(['r4']);
    expect(await names({ run_view_type: 'ALL' })).toHaveLength(5);
    expect((await call('POST', 'runs/set-tag', { run_id: ids[4], key: 'a', value: 'b' })).status).toBe(400);
    const [first, seen] = [await search({ max_results: 3 }), [] as string[]];
    seen.push(...first.json.runs.map((r: { info: { run_name: string } }) => r.info.run_name));
    seen.push(...(await names({ max_results: 3, page_token: first.json.next_page_token })));
    expect(seen).toEqual(['r3', 'r2', 'r1', 'r0']);
    for (const body of [
      { filter: 'metrics.auc ~ 1' },
      { filter: "datasets.name = 'x'" },
      { page_token: 'x' },
      { order_by: ['start_time', 'run_id'] },
    ])
      expect(await search(body)).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
  });

  it('take no more at a time than MLflow says, and nothing that is odd', async () => {
    const { run_id } = await newRun();
    const metric = { key: 'm', value: 1, timestamp: 1 };
    for (const body of [
      { run_id, metrics: Array.from({ length: 1001 }, () => metric) },
      { run_id, metrics: [{ ...metric, value: 'one' }] },
      { run_id, metrics: [{ ...metric, timestamp: 1e300 }] },
      { run_id, params: [{ key: 'p', value: 'x'.repeat(6001) }] },
      { run_id, tags: [{ key: '', value: 'x' }] },
      [],
    ])
      expect(await call('POST', 'runs/log-batch', body)).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
    expect((await call('POST', 'runs/log-batch', '{')).json.error_code).toBe('INVALID_PARAMETER_VALUE');
    expect((await call('GET', 'nothing')).json.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });
});

describe('files', () => {
  it('come back as they went, and are listed by folder', async () => {
    const root = rootOf(await newRun());
    const content = new Uint8Array(50_000).map((_, i) => i * 7);
    expect((await put(`${root}/tables/deep/a%20b.bin`, content)).status).toBe(200);
    await put(`${root}/tables/empty.txt`, '');
    const list = async (path: string) => (await call('GET', `${FILES}?path=${encodeURIComponent(path)}`)).json.files;
    expect(await list(root)).toEqual([{ path: 'tables', is_dir: true }]);
    expect(await list(`${root}/tables`)).toEqual([
      { path: 'deep', is_dir: true },
      { path: 'empty.txt', is_dir: false, file_size: 0 },
    ]);
    const response = await fetch(`${server.address}${FILES}/${root}/tables/deep/a%20b.bin`, { headers: bearer('viewer') });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(content);
    expect(response.headers.get('content-disposition')).toBe('attachment');
    expect((await call('GET', `${FILES}/${root}/tables/none`)).status).toBe(404);
    expect((await put(`${root}/tables`, 'x')).status).toBe(400);
  });

  it('never become paths, however they are written', async () => {
    const { run_id } = await newRun();
    const { port } = new URL(server.address);
    const raw = (method: string, path: string) =>
      new Promise<number>((resolve, reject) => {
        const request = httpRequest({
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: { ...bearer('builder'), 'content-type': 'text/plain' },
        });
        request.on('response', (r) => resolve(r.resume().statusCode ?? 0)).on('error', reject);
        request.end(method === 'PUT' ? 'x' : undefined);
      });
    for (const rest of ['../x', '..%2f..%2fx', '%2e%2e/x', 'a//b', 'a/%00', 'a%5cb', './x', 'a/..'])
      for (const method of ['PUT', 'GET']) expect([400, 404]).toContain(await raw(method, `${FILES}/0/${run_id}/artifacts/${rest}`));
    expect(await raw('PUT', `${FILES}/0/${'0'.repeat(32)}/artifacts/x`)).toBe(404);
    expect(await raw('PUT', `${FILES}/store.db`)).toBe(404);
    expect(await store.runs.artefacts(run_id)).toEqual([]);
  });

  it('are bounded, also when they do not say how large they are', async () => {
    const root = rootOf(await newRun());
    expect((await put(`${root}/large`, new Uint8Array(100_001))).status).toBe(413);
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(30_000)) });
    const sent = fetch(`${server.address}${FILES}/${root}/endless`, {
      ...{ method: 'PUT', headers: bearer('builder'), body: endless, duplex: 'half' },
    } as RequestInit).then(
      (response) => response.status,
      () => 413, // the server hung up while it was told more
    );
    expect(await sent).toBe(413);
    expect(readdirSync(join(folder, '.millwright', 'artefacts', 'tmp'))).toEqual([]);
  });
});

describe('registered models', () => {
  it('hold versions made of files; those without a bundle say that they cannot be served, and cannot be promoted', async () => {
    const run = await newRun();
    await put(`${rootOf(run)}/sk/MLmodel`, 'flavors: {}');
    await newModel('sk');
    const version = (await call('POST', 'model-versions/create', { name: 'sk', source: `runs:/${run.run_id}/sk` })).json.model_version;
    expect(version).toMatchObject({ version: '1', run_id: run.run_id, status: 'READY', current_stage: 'None' });
    expect(version.status_message).toContain('cannot serve it');
    await put(`${rootOf(run)}/sk/MLmodel`, 'another');
    const { artifact_uri } = (await call('GET', 'model-versions/get-download-uri?name=sk&version=1')).json;
    expect((await call('GET', `${FILES}/${rootOf({ artifact_uri })}/MLmodel`)).text).toBe('flavors: {}');
    expect((await put(`${rootOf({ artifact_uri })}/MLmodel`, 'x')).status).toBe(403);
    const asked = requestPromotion(store, admin, await readPolicy(undefined), { reference: 'sk@1', to: 'production' });
    await expect(asked).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    expect((await store.audit.entries({ action: 'request.open.refused' })).at(-1)?.subject).toBe('model:sk@1');
  });

  it('take a bundle of ours like any other, trained by whoever ran it', async () => {
    const run = await newRun();
    await put(`${rootOf(run)}/out/model.mill`, await encodeBundle(exampleBundle()));
    await newModel('left');
    const version = (await call('POST', 'model-versions/create', { name: 'left', source: `runs:/${run.run_id}/out` }, bearer('admin'))).json
      .model_version;
    expect(version.status_message).toBe('');
    const record = await store.models.version('left', 1);
    expect(record).toMatchObject({ format: 'mill', trainedBy: 'builder', registeredBy: 'admin', run: run.run_id });
    expect((await requestPromotion(store, admin, await readPolicy(undefined), { reference: 'left@1', to: 'production' })).missing).toBe(1);
    await put(`${rootOf(run)}/bad/model.mill`, 'no bundle');
    const bad = await call('POST', 'model-versions/create', { name: 'left', source: `runs:/${run.run_id}/bad` });
    expect(bad).toMatchObject({ status: 422, json: { error_code: 'INVALID_PARAMETER_VALUE' } });
  });

  it('open no source but those of this store', async () => {
    await newModel('sources');
    for (const source of [
      '/etc/passwd',
      'file:///etc/passwd',
      's3://x/y',
      'runs:/../../x',
      `runs:/${'0'.repeat(32)}/m`,
      'mlflow-artifacts:/x',
      'models:/none/1',
    ])
      expect([400, 404]).toContain((await call('POST', 'model-versions/create', { name: 'sources', source })).status);
    expect((await store.models.get('sources'))?.latest).toBe(0);
  });

  it('let nobody round the approval, and note who tried', async () => {
    const run = await newRun();
    await put(`${rootOf(run)}/m/f`, 'x');
    await newModel('churn');
    await call('POST', 'model-versions/create', { name: 'churn', source: `runs:/${run.run_id}/m` });
    for (const [method, path, body, action] of [
      ['POST', 'registered-models/alias', { alias: 'champion', version: '1' }, 'alias.set'],
      ['POST', 'registered-models/alias', { alias: 'Challenger', version: '1' }, 'alias.set'],
      ['DELETE', 'registered-models/alias', { alias: 'champion' }, 'alias.set'],
      ['POST', 'model-versions/transition-stage', { version: '1', stage: 'Production' }, 'stage.set'],
      ['DELETE', 'model-versions/delete', { version: '1' }, 'version.delete'],
      ['DELETE', 'registered-models/delete', {}, 'model.delete'],
    ] as const) {
      const refused = await call(method, path, { name: 'churn', ...body }, bearer('admin'));
      expect(refused).toMatchObject({ status: 403, json: { error_code: 'PERMISSION_DENIED' } });
      expect((await store.audit.entries({ action: `${action}.refused` })).at(-1)?.actor).toBe('admin');
    }
    expect((await store.models.get('churn'))?.aliases.size).toBe(0);
    // what steers traffic and retraining is set by its own verbs
    for (const [method, path, body] of [
      ['POST', 'registered-models/alias', { alias: 'former', version: '1' }],
      ['POST', 'registered-models/set-tag', { key: 'millwright.canary', value: '{}' }],
      ['DELETE', 'registered-models/delete-tag', { key: 'Millwright.traffic' }],
      ['POST', 'model-versions/set-tag', { version: '1', key: 'millwright.job', value: 'job_1' }],
    ] as const)
      expect((await call(method, path, { name: 'churn', ...body }, bearer('admin'))).status, path).toBe(403);
    expect((await store.models.get('churn'))?.tags.size).toBe(0);
    expect((await call('POST', 'registered-models/alias', { name: 'churn', alias: 'try', version: '1' })).status).toBe(200);
    expect((await call('GET', 'registered-models/alias?name=churn&alias=try')).json.model_version.version).toBe('1');
    expect((await call('POST', 'registered-models/alias', { name: 'churn', alias: 'latest', version: '1' })).status).toBe(400);
    expect((await store.audit.verify()).ok).toBe(true);
  });

  it('are found by name and tags; a token for some sees no others', async () => {
    await call('POST', 'registered-models/set-tag', { name: 'churn', key: 'team', value: 'risk' });
    const names = async (query: string, user = 'builder') =>
      (await call('GET', `registered-models/search?${query}`, undefined, bearer(user))).json.registered_models.map(
        (m: { name: string }) => m.name,
      );
    expect(await names(`filter=${encodeURIComponent("tags.team = 'risk'")}`)).toEqual(['churn']);
    expect(await names(`filter=${encodeURIComponent("name ILIKE 'CH%' and tags.`mlflow.prompt.is_prompt` != 'true'")}`)).toEqual(['churn']);
    expect(await names('', 'narrow')).toEqual(['churn']);
    expect((await call('GET', 'registered-models/get?name=sk', undefined, bearer('narrow'))).status).toBe(403);
    expect((await call('GET', `${FILES}/versions/sk/1/MLmodel`, undefined, bearer('narrow'))).status).toBe(403);
    expect((await call('POST', 'registered-models/create', { name: 'mine' }, bearer('narrow'))).status).toBe(403);
    // nor by making a version of its own of them
    for (const source of ['models:/sk/1', 'mlflow-artifacts:/versions/sk/1'])
      expect((await call('POST', 'model-versions/create', { name: 'churn', source }, bearer('narrow'))).status, source).toBe(403);
    expect((await call('POST', 'model-versions/create', { name: 'churn', source: 'models:/churn/1' }, bearer('narrow'))).status).toBe(200);
  });
});

it('logged models have files, parameters that stay, metrics of runs, and become versions', async () => {
  const { run_id } = await newRun();
  const made = await call('POST', 'logged-models', {
    experiment_id: '0',
    name: 'm',
    source_run_id: run_id,
    params: [{ key: 'C', value: '1' }],
  });
  const { model_id: id, artifact_uri, status } = made.json.model.info;
  expect(status).toBe('LOGGED_MODEL_PENDING');
  await put(`${rootOf({ artifact_uri })}/MLmodel`, 'x');
  await call('POST', 'runs/log-metric', {
    run_id,
    key: 'auc',
    value: 0.5,
    timestamp: 1,
    model_id: id,
    dataset_name: 'd',
    dataset_digest: '1',
  });
  await call('PATCH', `logged-models/${id}/tags`, { tags: [{ key: 'a/b', value: '1' }] });
  expect((await call('POST', `logged-models/${id}/params`, { params: [{ key: 'C', value: '2' }] })).status).toBe(400);
  await call('PATCH', `logged-models/${id}`, { status: 'LOGGED_MODEL_READY' });
  const { model } = (await call('GET', `logged-models/${id}`)).json;
  expect(model.info).toMatchObject({ status: 'LOGGED_MODEL_READY', tags: [{ key: 'a/b', value: '1' }], source_run_id: run_id });
  const metric = { key: 'auc', value: 0.5, timestamp: 1, step: 0, run_id, dataset_name: 'd', dataset_digest: '1', model_id: id };
  expect(model.data).toEqual({ params: [{ key: 'C', value: '1' }], metrics: [metric] });
  await call('DELETE', `logged-models/${id}/tags/a%2Fb`);
  const search = async (filter: string) =>
    (await call('POST', 'logged-models/search', { experiment_ids: ['0'], filter })).json.models.length;
  expect([await search("name = 'm' AND metrics.auc > 0.4"), await search("tags.`a/b` = '1'")]).toEqual([1, 0]);
  await newModel('fromlogged');
  const version = await call('POST', 'model-versions/create', { name: 'fromlogged', source: `models:/${id}`, model_id: id });
  expect(version.json.model_version).toMatchObject({ run_id, model_id: id, source: `models:/${id}` });
  await call('DELETE', `logged-models/${id}`);
  expect((await call('GET', `logged-models/${id}`)).status).toBe(404);
  expect(await store.act(admin, { action: 'test', subject: 'x' }, async (g) => (await g.named()).size)).toBeGreaterThan(0);
});

describe('every route', () => {
  it('lets in exactly the roles that it names, with a token or a password', async () => {
    const routes = server.routes.filter((r) => r.path.startsWith('/api/'));
    expect(routes.length).toBeGreaterThan(50);
    for (const { method, path, need } of routes) {
      const allowed: readonly string[] | undefined = NEEDS[need];
      const url = path.replace(':id', 'm-1').replace(':key', 'k').replace('*', '0/none/artifacts/x');
      for (const role of ROLES) {
        const basic = { authorization: `Basic ${Buffer.from(`${role}:${secrets.get(role)}`).toString('base64')}` };
        const { status, json } = await call(method, url, method === 'GET' ? undefined : {}, basic);
        const refused = status === 403 && json.message.startsWith('This takes the role');
        expect([method, path, role, refused]).toEqual([method, path, role, allowed !== undefined && !allowed.includes(role)]);
        expect([401, 405, 500]).not.toContain(status);
      }
    }
  });

  it('takes no password elsewhere, and no wrong one', async () => {
    const basic = (secret = '') => ({ authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` });
    expect((await call('GET', '/v1/models', undefined, basic(secrets.get('viewer')))).status).toBe(401);
    expect(await call('GET', 'experiments/search', undefined, basic('wrong'))).toMatchObject({
      status: 401,
      json: { error_code: 'UNAUTHENTICATED' },
    });
    expect((await call('POST', 'runs/create', {}, {})).json.error_code).toBe('PERMISSION_DENIED');
    expect((await call('GET', '/version', undefined, {})).text).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
