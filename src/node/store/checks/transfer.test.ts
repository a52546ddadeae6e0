import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../../../../test/fixtures/postgres.js';
import { openStore } from '../open-store.js';
import { type Actor, ROLES } from '../records.js';
import type { Store } from '../store.js';
import { TRANSFERRED, type TransferRow } from '../transfer.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-transfer-'));
let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
});
afterAll(() => {
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ann: Actor = { user: 'ann', roles: ROLES, via: 'cli' };
const open = (database: string): Promise<Store> => openStore({ database, artefacts: join(folder, 'artefacts') });
type Tables = Map<string, TransferRow[]>;

/** Everything in a store; the entry about the looking itself comes after. */
async function dumped(store: Store): Promise<Tables> {
  const tables: Tables = new Map();
  await store.act(ann, { action: 'export', subject: 'store' }, (governed) =>
    governed.dump(async (table, rows) => void tables.set(table, [...(tables.get(table) ?? []), ...rows])),
  );
  return tables;
}

async function fill(store: Store, id: string, tables: Tables): Promise<void> {
  await store.fill(id, async function* (table) {
    yield tables.get(table) ?? [];
  });
}

async function populate(store: Store): Promise<void> {
  const at = new Date().toISOString();
  const bundle = await store.artefacts.put(Buffer.from('bundle'));
  await store.runs.create({ id: 'r', experiment: 'e', name: 'n', startedAt: at, by: 'ann', source: 'x', score: 0.1 + 0.2 });
  const metrics = Array.from({ length: 2500 }, (_, step) => ({ name: 'loss', value: step % 7 ? step / 3 : Number.NaN, step, at }));
  await store.runs.log('r', { metrics, params: new Map([['p', 'é']]), tags: new Map([['t', '']]) });
  await store.runs.addTrials('r', [{ id: 't', rank: 1, learner: 'l', title: 'T', seconds: 1, chosen: true, cut: false }]);
  await store.runs.attach('r', [{ name: 'model.mill', ...bundle }]);
  const changed = { model: 'm', version: '1', origin: 'o', kind: 'drift', severity: 'notice', detail: { what: 'é' } } as const;
  await store.act(ann, { action: 'alert.raise', subject: 'm' }, (g) => g.alerts.raise(changed));
  await store.alerts.keepMonitor('m', '1', '{}');
  const experiment = (await store.runs.experiment('e'))?.id as string;
  await store.logged.create({
    id: 'm-1',
    experiment,
    run: 'r',
    name: 'm',
    kind: '',
    by: 'ann',
    params: new Map([['p', '1']]),
    tags: new Map(),
  });
  await store.logged.attach('m-1', [{ name: 'MLmodel', ...bundle }]);
  const seen = { at, model: 'm', version: 1, route: 'champion', row: { a: 1 }, answer: 'yes' };
  await store.traffic.addPredictions(Array.from({ length: 1500 }, (_, i) => ({ ...seen, id: `p${i}` })));
  await store.traffic.addFeedback([{ id: 'f', at, model: 'm', prediction: 'p1', actual: 'no' }]);
  await store.jobs.add({ id: 'j', kind: 'score', input: {}, by: 'ann' });
  await store.act(ann, { action: 'all', subject: 'model:m' }, async ({ models, reviews, access, events }) => {
    await models.ensure({ name: 'm', by: 'ann' });
    await models.addVersion({
      model: 'm',
      registeredBy: 'ann',
      trainedBy: 'ann',
      format: 'mill',
      bundle,
      metrics: new Map(),
      findings: [],
      files: [{ name: 'model.mill', ...bundle }],
    });
    await models.setAlias('m', 'champion', 1);
    await models.addDeployment({ model: 'm', version: 1, kind: 'promotion', by: 'bea', reason: '' });
    await models.addCheck('m', 1, { name: 'c', passed: true, detail: '', by: 'ann' });
    const evidence = { sameData: false, comparisons: [], gates: [], policy: '' };
    const { id } = await reviews.open({ model: 'm', version: 1, to: 'production', by: 'ann', reason: '', needed: 1, evidence });
    await reviews.decide(id, { by: 'bea', verdict: 'approve', reason: '', gates: [] });
    await reviews.comment({ subject: 'model:m', by: 'ann', text: '…' });
    await access.setUser({ name: 'ann', roles: ROLES });
    await access.addToken({ user: 'ann', roles: ['viewer'], note: '' });
    await events.addWebhook({ url: 'https://example.org', events: ['*'], secret: 's', by: 'ann' });
    await events.emit({ type: 'x', subject: 'y', data: 1 });
  });
}

it('moves everything to another store and back, row for row', async () => {
  const first = await open(join(folder, 'first.db'));
  await populate(first);
  const tables = await dumped(first);
  expect(TRANSFERRED.filter((name) => (tables.get(name) ?? []).length === 0)).toEqual([]);
  const second = await open(server ? await freshSchema(server, 'transfer') : join(folder, 'second.db'));
  await fill(second, first.id, tables);
  const sorted = (found: Tables) => Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  const moved = await dumped(second);
  expect(sorted(moved)).toEqual(sorted(tables));
  const third = await open(join(folder, 'third.db'));
  await fill(third, first.id, moved);
  expect(sorted(await dumped(third))).toEqual(sorted(tables));
  const again = await open(join(folder, 'third.db'));
  expect(again.id).toBe(first.id);
  expect(await again.audit.verify()).toMatchObject({ ok: true });
  await expect(fill(again, first.id, tables)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
  await Promise.all([first, second, third, again].map((store) => store.close()));
});

it('takes no export whose log was touched, and keeps nothing of it', async () => {
  const store = await open(join(folder, 'touched.db'));
  const source = await open(join(folder, 'first.db'));
  const tables = await dumped(source);
  const [entry] = tables.get('audit') ?? [];
  if (entry) entry.actor = 'eve';
  await expect(fill(store, source.id, tables)).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
  expect(await store.models.list()).toEqual([]);
  expect((await store.audit.head()).seq).toBe(0);
  await Promise.all([store.close(), source.close()]);
});
