import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import type * as R from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { PERMISSIONS } from './permissions.js';
import { DEFAULT_POLICY, parsePolicy } from './policy.js';
import { approve, reject, requestPromotion, resolveFinding, rollback, withdraw } from './promotions.js';
import { addComment, registerFacts } from './versions.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-registry-'));
let store: Store;
beforeAll(async () => {
  store = await openStore({ folder, database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const person = (user: string, ...roles: R.Role[]): R.Actor => ({ user, roles, via: 'cli' });
const ann = person('ann', 'builder', 'approver', 'admin');
const bea = person('bea', 'approver');
const cy = person('cy', 'approver');
const dan = person('dan', 'builder', 'approver');
const open = parsePolicy('version: 1', 'test');
const policy = (production: string) => parsePolicy(`version: 1\nproduction: ${production}`, 'test');
const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
const facts = async (auc: number, more: Partial<R.VersionFacts> = {}): Promise<R.VersionFacts> => ({
  format: 'mill',
  bundle: await store.artefacts.put(Buffer.from(`model ${auc}`)),
  target: 'bought',
  task: 'binary',
  metric: 'roc_auc',
  metrics: new Map([
    ['roc_auc', { value: auc, low: auc - 0.02, high: auc + 0.02 }],
    ['log_loss', { value: 1 - auc }],
  ]),
  dataHash: 'd1',
  findings: [],
  trainedBy: 'ann',
  ...more,
});
const register = async (name: string, auc: number, more: Partial<R.VersionFacts> = {}) =>
  registerFacts(store, ann, { name }, await facts(auc, more), open);
const ask = (reference: string, rules = open, to = 'production', who = ann) =>
  requestPromotion(store, who, rules, { reference, to, reason: 'r' });
const champion = async (name: string) => (await store.models.get(name))?.aliases.get('champion');

it('nothing reaches production without the approval of another person', async () => {
  await register('gate', 0.8);
  const { request, applied, missing } = await ask('gate@1');
  expect([applied, missing, await champion('gate')]).toEqual([false, 1, undefined]);
  expect(await code(approve(store, ann, open, { request: request.id, reason: '' }))).toBe('NOT_ALLOWED');
  expect(await code(approve(store, person('eve', 'builder', 'admin'), open, { request: request.id, reason: '' }))).toBe('NOT_ALLOWED');
  expect(await champion('gate')).toBeUndefined();
  const done = await approve(store, bea, open, { request: request.id, reason: 'fine' });
  expect([done.applied, done.request.state, await champion('gate')]).toEqual([true, 'approved', 1]);
  expect((await store.models.resolve('gate@production')).version).toBe(1);
  expect(await code(approve(store, cy, open, { request: request.id, reason: '' }))).toBe('STORE_CONFLICT');
  const refusals = await store.audit.entries({ subject: 'model:gate@1', action: 'request.approve.refused' });
  expect(refusals.map((entry) => entry.actor)).toEqual(['ann', 'eve']);
});

it('whoever trained, registered or asked does not count', async () => {
  await register('own', 0.8, { trainedBy: 'bea' });
  const { request } = await ask('own@1', open, 'production', dan);
  const as = (who: R.Actor) => code(approve(store, who, open, { request: request.id, reason: '' }));
  expect([await as(bea), await as(ann), await as(dan), await as(cy)]).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED', 'done']);
});

it('two persons when the policy says so, also when it says so later', async () => {
  await register('two', 0.8);
  const { request } = await ask('two@1');
  const strict = policy('{ approvals: 2 }');
  const first = await approve(store, bea, strict, { request: request.id, reason: '' });
  expect([first.applied, first.missing]).toEqual([false, 1]);
  expect(await code(approve(store, bea, strict, { request: request.id, reason: 'again' }))).toBe('STORE_CONFLICT');
  expect(await champion('two')).toBeUndefined();
  // what was asked for under stricter rules stays so
  await register('two', 0.9);
  const second = (await ask('two@2', strict)).request;
  expect((await approve(store, bea, open, { request: second.id, reason: '' })).applied).toBe(false);
  expect((await approve(store, cy, open, { request: second.id, reason: '' })).applied).toBe(true);
});

it('holds a version against the policy, when asked and again when approved', async () => {
  await register('rules', 0.7);
  expect(await code(ask('rules@1', policy('{ minimum: { auc: 0.75 } }')))).toBe('GATE_REFUSED');
  expect(await code(ask('rules@1', policy('{ minimum: { log_loss: 0.2 } }')))).toBe('GATE_REFUSED');
  expect(await code(ask('rules@1', policy('{ minimum: { nonsense: 0 } }')))).toBe('GATE_REFUSED');
  expect(await code(ask('rules@1', policy('{ fairness: { gap: 0.1 } }')))).toBe('GATE_REFUSED');
  expect(await code(ask('rules@1', policy('{ report: true }')))).toBe('GATE_REFUSED');
  expect((await store.audit.entries({ subject: 'model:rules@1', action: 'request.open.refused' })).length).toBe(5);
  const { request } = await ask('rules@1', policy('{ minimum: { roc_auc: 0.7, log_loss: 0.31 } }'));
  expect(request.evidence.gates.every((gate) => gate.passed)).toBe(true);
  expect(await code(approve(store, bea, policy('{ minimum: { roc_auc: 0.75 } }'), { request: request.id, reason: '' }))).toBe(
    'GATE_REFUSED',
  );
  const add = (passed: boolean, value: number) =>
    store.act(ann, { action: 'check.add', subject: 'model:rules@1' }, (g) =>
      g.models.addCheck('rules', 1, { name: 'gap', passed, value, detail: 'north', by: 'ann' }),
    );
  await add(false, 0.05);
  expect(await code(approve(store, bea, open, { request: request.id, reason: '' }))).toBe('GATE_REFUSED');
  await add(true, 0.05);
  expect((await approve(store, bea, policy('{ fairness: { gap: 0.1 } }'), { request: request.id, reason: '' })).applied).toBe(true);
  await register('rules', 0.69);
  expect(await code(ask('rules@2'))).toBe('GATE_REFUSED');
  expect((await ask('rules@2', policy('{ noWorseThanChampion: 0.011 }'))).request.evidence).toMatchObject({ champion: 1, sameData: true });
  await register('rules', 0.9, { target: 'sold' });
  expect(await code(ask('rules@3'))).toBe('GATE_REFUSED');
});

it('no open leak, unless a person resolves it with a reason', async () => {
  const findings = [
    { level: 'warning', code: 'leak-suspect', column: 'paid', message: '' },
    { level: 'warning', code: 'few-rows', message: '' },
  ];
  await register('leak', 0.99, { findings });
  expect(await code(ask('leak@1'))).toBe('GATE_REFUSED');
  const resolve = (who: R.Actor, finding: string, reason = 'known before') =>
    code(resolveFinding(store, who, { reference: 'leak@1', finding, reason }));
  expect(await resolve(ann, 'leak-suspect:paid')).toBe('NOT_ALLOWED');
  expect(await resolve(bea, 'leak-suspect:price')).toBe('NOT_FOUND');
  expect(await resolve(bea, 'leak-suspect:paid', ' ')).toBe('OPTION_INVALID');
  expect(await resolve(bea, 'leak-suspect:paid')).toBe('done');
  expect((await ask('leak@1')).request.state).toBe('open');
});

it('requests are refused with a reason, taken back, and not asked twice', async () => {
  await register('asked', 0.8);
  const { request } = await ask('asked@1');
  expect(await code(ask('asked@1'))).toBe('STORE_CONFLICT');
  expect(await code(reject(store, bea, { request: request.id, reason: '' }))).toBe('OPTION_INVALID');
  expect((await reject(store, bea, { request: request.id, reason: 'slices' })).request.state).toBe('rejected');
  const again = (await ask('asked@1')).request;
  expect(await code(withdraw(store, dan, { request: again.id, reason: '' }))).toBe('NOT_ALLOWED');
  expect((await withdraw(store, ann, { request: again.id, reason: 'typo' })).request.state).toBe('withdrawn');
  expect(await code(approve(store, bea, open, { request: again.id, reason: '' }))).toBe('STORE_CONFLICT');
  expect(await code(approve(store, bea, open, { request: 'req_none', reason: '' }))).toBe('NOT_FOUND');
  expect(await code(ask('asked@1', open, 'moon'))).toBe('OPTION_INVALID');
});

it('rolls back step by step, to what was approved alone', async () => {
  for (const [i, auc] of [0.7, 0.8, 0.9].entries()) {
    await register('back', auc);
    const { request } = await ask(`back@${i + 1}`);
    await approve(store, bea, open, { request: request.id, reason: '' });
  }
  await register('back', 0.95);
  const roll = (to?: number) => rollback(store, bea, { model: 'back', to, reason: 'errors' });
  expect(await code(roll(4))).toBe('NOT_FOUND');
  expect(await code(rollback(store, ann.roles.includes('viewer') ? ann : person('vic', 'viewer'), { model: 'back', reason: '' }))).toBe(
    'NOT_ALLOWED',
  );
  expect((await roll()).version).toBe(2);
  expect((await roll()).version).toBe(1);
  expect(await code(roll())).toBe('NOT_FOUND');
  expect((await roll(3)).version).toBe(3);
  const stages = (await store.models.versions('back')).map((v) => v.stage);
  expect(stages).toEqual(['none', 'production', 'archived', 'archived']);
});

it('challengers take an approval, staging none unless the policy says so', async () => {
  await register('other', 0.8);
  expect((await ask('other@1', open, 'staging')).applied).toBe(true);
  const { request } = await ask('other@1', open, 'challenger');
  await approve(store, bea, open, { request: request.id, reason: '' });
  expect((await store.models.resolve('other@challenger')).version).toBe(1);
  await register('other', 0.8);
  expect((await ask('other@2', parsePolicy('version: 1\nstaging: {}', 'test'), 'staging')).applied).toBe(false);
});

it('what takes a role is refused without it', async () => {
  const nobody = person('nobody');
  const version = await register('roles', 0.8);
  expect(await code(registerFacts(store, nobody, { name: 'roles' }, version, open))).toBe('NOT_ALLOWED');
  expect(await code(requestPromotion(store, nobody, open, { reference: 'roles@1', to: 'staging' }))).toBe('NOT_ALLOWED');
  expect(await code(addComment(store, nobody, { on: 'roles@1', text: 'x' }))).toBe('NOT_ALLOWED');
  expect((await addComment(store, person('vic', 'viewer'), { on: 'roles@1', text: 'x' })).subject).toBe('model:roles@1');
  // nobody who builds may approve by that alone, an admin neither
  expect(PERMISSIONS['request.approve']).toEqual(['approver']);
  expect((await store.models.versions('roles')).length).toBe(1);
});

it('reads policies strictly', () => {
  expect(parsePolicy(DEFAULT_POLICY, 'x').gates).toMatchObject({
    production: { approvals: 1, noOpenLeaks: true },
    challenger: { approvals: 1 },
  });
  expect(open.gates.production).toMatchObject({ approvals: 1, noWorseThanChampion: true, checksPass: true, noOpenLeaks: true });
  const bad = [
    '',
    'version: 2',
    'version: 1\nprod: {}',
    'version: 1\nproduction: { approvals: 0 }',
    'version: 1\nproduction: { minimum: { a: x } }',
    '{',
    'version: 1\na: &a 1\nb: *a',
  ];
  for (const text of bad) expect(() => parsePolicy(text, 'x'), text).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
});

it('all of this is in a chain that fits', async () => {
  expect(await store.audit.verify()).toMatchObject({ ok: true });
  expect((await store.audit.head()).seq).toBeGreaterThan(60);
});
