import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { sigmoid } from '../../../core/math.js';
import { normalQuantile } from '../../../core/normal.js';
import { Rng } from '../../../core/rng.js';
import { loadProjectModels } from '../../serve/project-models.js';
import { openStore, type Project } from '../../store/open-store.js';
import { type Actor, ROLES } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { importRunFolder } from '../import-run.js';
import { monitorCommand } from '../monitor.js';
import { nodeClock } from '../node-clock.js';
import { MONITOR, raiseAlert } from '../registry/alerts.js';
import { canaryOf } from '../registry/canary-state.js';
import { readPolicy } from '../registry/policy.js';
import { approve, requestPromotion } from '../registry/promotions.js';
import { registerModel } from '../registry/versions.js';
import { runCommand } from '../run.js';
import { workOf } from '../worker.js';

// Two months of one model's life: the world turns round, a person lets a retrained model in, and a later one that learned from broken feedback is turned out again.

const DAY = 86_400_000;
const START = Date.parse('2026-03-01T08:00:00Z');
const ann: Actor = { user: 'ann', roles: ROLES, via: 'library' };
const bea: Actor = { user: 'bea', roles: ['approver'], via: 'library' };
const robot: Actor = { user: 'robot', roles: ['builder'], via: 'library' };
const folder = mkdtempSync(join(tmpdir(), 'millwright-life-'));
const project: Project = { folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') };
const before = process.env.MILLWRIGHT_STORE;
const rng = new Rng(11);
const normal = () => normalQuantile(rng.float());
let store: Store;
let day = 0;
let rows = 0;
const notes: string[] = [];

/** What happens in the world: who has a high x buys, until the world turns round. */
function happening(turned: boolean): { row: { x: number; z: number }; actual: string } {
  const x = normal();
  const z = normal() + (turned ? 2.5 : 0);
  return { row: { x, z }, actual: rng.float() < sigmoid(turned ? -3 * x : 3 * x) ? 'yes' : 'no' };
}

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(START);
  mkdirSync(folder, { recursive: true });
  process.env.MILLWRIGHT_STORE = folder;
  store = await openStore(project);
  for (const { user, roles } of [ann, bea, robot])
    await store.act(ann, { action: 'user.set', subject: `user:${user}` }, (g) => g.access.setUser({ name: user, roles }));
  writeFileSync(
    join(folder, 'policy.yaml'),
    'version: 1\nretrain: { drift: warning, newLabels: 600, minimumLabels: 100, coolDownHours: 48, canary: { weight: 0.2, labels: 150 } }\n',
  );
});
afterAll(async () => {
  vi.useRealTimers();
  await store.close();
  if (before === undefined) delete process.env.MILLWRIGHT_STORE;
  else process.env.MILLWRIGHT_STORE = before;
  rmSync(folder, { recursive: true, force: true });
});

const policy = () => readPolicy(folder);
const work = () =>
  workOf({ store, actor: robot, project, policy }, { startedAt: nodeClock.now(), onNote: (note) => void notes.push(note) }, 1);
const jobs = async () =>
  (await store.jobs.list({ kind: 'retrain' })).map((job) => (job.result as { outcome?: string } | null)?.outcome ?? job.state);
const champion = async () => (await store.models.get('shop'))?.aliases.get('champion');
const canary = async () => canaryOf((await store.models.get('shop'))?.tags ?? new Map());

/** A day of traffic: 30 rows are asked, what became of them is told in the evening; then the worker looks. */
async function live(turned: boolean, told: (actual: string) => string = (actual) => actual): Promise<{ x: number; z: number }[]> {
  day++;
  const morning = START + day * DAY;
  const asked = Array.from({ length: 30 }, () => ({ id: `p${rows++}`, ...happening(turned) }));
  const at = (hours: number, i: number) => new Date(morning + hours * 3_600_000 + i).toISOString();
  const version = (await champion()) ?? 1;
  await store.traffic.addPredictions(
    asked.map(({ id, row }, i) => ({ id, at: at(1, i), model: 'shop', version, route: 'champion', row, answer: {} })),
  );
  await store.traffic.addFeedback(
    asked.map(({ id, actual }, i) => ({ id: `f-${id}`, at: at(10, i), model: 'shop', prediction: id, actual: told(actual) })),
  );
  vi.setSystemTime(morning + 11 * 3_600_000);
  await work().look();
  return asked.map(({ row }) => row);
}

/** What monitoring says of these rows, as alerts in the store. */
async function watch(asked: readonly { x: number; z: number }[]): Promise<void> {
  const file = join(folder, 'asked.csv');
  writeFileSync(file, `x,z\n${asked.map(({ x, z }) => `${x},${z}`).join('\n')}\n`);
  const { version, bundle } = await store.models.resolve('shop@champion');
  const model = join(folder, 'watched.mill');
  writeFileSync(model, await store.artefacts.get(bundle.sha256));
  const { alerts } = await monitorCommand({ bundle: model, data: [file], window: '60' }, { startedAt: nodeClock.now() });
  for (const { id, kind, severity, what, cause, action } of alerts)
    await raiseAlert(store, MONITOR, {
      model: 'shop',
      version: String(version),
      origin: id,
      kind,
      severity,
      detail: { what, cause, action },
    });
}

it('two months of a model', async () => {
  const data = join(folder, 'train.csv');
  const lines = Array.from({ length: 600 }, () => happening(false)).map(({ row, actual }) => `${row.x},${row.z},${actual}`);
  writeFileSync(data, `x,z,bought\n${lines.join('\n')}\n`);
  const out = join(folder, 'first');
  const made = await runCommand({ data: [data], target: 'bought', budget: '3s', threads: 1, out }, { startedAt: nodeClock.now() });
  // a busy machine may have left no time for the store
  const from = made.run ?? (await importRunFolder(out, 'ann'));
  await registerModel(store, ann, { from, name: 'shop' }, await policy());
  const first = await requestPromotion(store, ann, await policy(), { reference: 'shop@1', to: 'production', reason: 'the first' });
  await approve(store, bea, await policy(), { request: first.request.id, reason: 'read the report' });
  expect(await canary()).toBeUndefined(); // there is nothing to go back to

  // a week as it was
  let asked: { x: number; z: number }[] = [];
  for (let i = 0; i < 7; i++) asked = [...asked, ...(await live(false))];
  await watch(asked);
  expect(await store.alerts.list({ models: ['shop'] })).toEqual([]);
  expect(await jobs()).toEqual([]);

  // the world turns round: monitoring sees it, the policy asks for a retraining
  asked = [];
  for (let i = 0; i < 8; i++) asked = [...asked, ...(await live(true))];
  expect(await jobs()).toEqual([]);
  await watch(asked);
  const alerts = await store.alerts.list({ models: ['shop'] });
  expect(alerts.length).toBeGreaterThan(0);
  // on a busy machine a short training may come to nothing; then it is tried again when it is cool
  for (let i = 0; i < 14 && (await store.reviews.list({ state: 'open' })).length === 0; i++) await live(true);
  expect(await jobs(), notes.join('\n')).toContain('requested');
  const [request] = await store.reviews.list({ state: 'open' });
  expect(request).toMatchObject({ by: 'robot', evidence: { paired: { champion: 1 } } });
  const good = request?.version as number;
  expect(request?.evidence.paired?.low).toBeGreaterThan(0);
  const told = Buffer.from(await store.artefacts.get(request?.evidence.case?.markdown.sha256 as string)).toString('utf8');
  expect(told).toContain('The challenger is better, and that is hardly chance.');
  expect(await champion()).toBe(1);
  // who made it cannot let it in, with whatever roles
  const id = request?.id as string;
  await expect(approve(store, { ...robot, roles: ROLES }, await policy(), { request: id, reason: '' })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
  });

  // a person does; it is a canary first, and passes
  await approve(store, bea, await policy(), { request: id, reason: 'read the case' });
  expect(await canary()).toMatchObject({ version: good, former: 1, weight: 0.2 });
  const [served] = await loadProjectModels(store, []);
  expect(served?.traffic).toEqual({ champion: String(good), canary: { version: '1', weight: 0.8 }, shadow: [] });
  expect([...(served?.versions.keys() ?? [])].sort()).toEqual(['1', String(good)].sort());
  for (let i = 0; i < 10 && (await canary()); i++) await live(true);
  expect(await canary()).toBeUndefined();
  expect((await loadProjectModels(store, []))[0]?.traffic).toEqual({ champion: String(good), shadow: [] });
  expect(await champion()).toBe(good);

  // a client of the shop breaks and tells the contrary of what happened; the next version learns that
  const broken = (actual: string) => (actual === 'yes' ? 'no' : 'yes');
  for (let i = 0; i < 26 && (await store.reviews.list({ state: 'open' })).length === 0; i++) await live(true, broken);
  const [bad] = await store.reviews.list({ state: 'open' });
  expect(bad?.version, notes.join('\n')).toBeGreaterThan(good);
  await approve(store, bea, await policy(), { request: bad?.id as string, reason: 'looked better' });
  const version = bad?.version as number;
  expect(await champion()).toBe(version);
  expect(await canary()).toMatchObject({ version, former: good });

  // the client is mended; the canary is seen to be worse, and the former version is back
  for (let i = 0; i < 10 && (await canary()); i++) await live(true);
  expect(await champion()).toBe(good);
  const stages = new Map((await store.models.versions('shop')).map((v) => [v.version, v.stage]));
  expect([stages.get(good), stages.get(version)]).toEqual(['production', 'archived']);
  expect((await store.alerts.list({ models: ['shop'] })).some((a) => a.kind === 'canary' && a.severity === 'danger')).toBe(true);
  while (day < 60) await live(true);
  expect(await champion()).toBe(good);

  // the audit log tells the story, in this order and whole
  const entries = await store.audit.entries({ limit: 10_000 });
  const story = entries.map(({ action, actor, subject }) => `${action} ${subject} ${actor}`);
  const wanted = [
    'promotion model:shop@1 bea',
    'alert.raise model:shop@1 monitor',
    `version.register model:shop@${good} robot`,
    `request.open model:shop@${good} robot`,
    `retraining model:shop@${good} robot`,
    `request.approve.refused model:shop@${good} robot`,
    `request.approve model:shop@${good} bea`,
    `promotion model:shop@${good} bea`,
    `canary.begin model:shop@${good} bea`,
    `canary.pass model:shop@${good} robot`,
    `promotion model:shop@${version} bea`,
    `canary.begin model:shop@${version} bea`,
    `canary.rollback model:shop@${version} robot`,
    `alert.raise model:shop@${version} robot`,
  ];
  let at = -1;
  for (const line of wanted) {
    const found = story.indexOf(line, at + 1);
    expect(found, `${line} after ${story[at] ?? 'the beginning'}`).toBeGreaterThan(at);
    at = found;
  }
  expect(await store.audit.verify()).toMatchObject({ ok: true });
  // nothing but people and the canary changed what answers
  const deployments = (await store.models.deployments('shop')).map((d) => `${d.kind} ${d.version} ${d.by}`).reverse();
  expect(deployments).toEqual(['promotion 1 bea', `promotion ${good} bea`, `promotion ${version} bea`, `rollback ${good} policy`]);
}, 300_000);
