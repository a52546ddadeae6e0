import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshSchema, postgresThere, startPostgres, type TestPostgres } from '../../../../test/fixtures/postgres.js';
import { MillwrightError } from '../../../core/errors.js';
import { moment } from '../ids.js';
import { openStore } from '../open-store.js';
import type * as R from '../records.js';
import { ROLES } from '../records.js';
import type { Store } from '../store.js';

// What every store must do. It runs on SQLite, and on PostgreSQL where there is one.

const ann: R.Actor = { user: 'ann', roles: ROLES, via: 'cli' };
const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: MillwrightError) => error.code,
  );

let server: TestPostgres | undefined;
beforeAll(() => {
  if (postgresThere) server = startPostgres();
});
afterAll(() => server?.stop());

describe.each(['sqlite', 'postgres'] as const)('a store in %s', (kind) => {
  describe.skipIf(kind === 'postgres' && !postgresThere)('', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millwright-store-'));
    let database = join(folder, 'store.db');
    let store: Store;
    let other: Store;
    const open = (): Promise<Store> => openStore({ folder, database, artefacts: join(folder, 'artefacts') });
    beforeAll(async () => {
      if (kind === 'postgres') database = await freshSchema(server as TestPostgres, 'conformance');
      [store, other] = await Promise.all([open(), open()]); // the first opening of two at once makes one store
    });
    afterAll(async () => {
      await store.close();
      await other.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const run = (id: string, more: Partial<R.NewRun> = {}): R.NewRun => ({
      id,
      experiment: 'shop',
      name: `run ${id}`,
      startedAt: moment(),
      by: 'ann',
      source: 'millwright',
      ...more,
    });
    const facts = async (text: string): Promise<R.VersionFacts> => ({
      format: 'mill',
      bundle: await store.artefacts.put(Buffer.from(text)),
      metrics: new Map([
        ['roc_auc', { value: 0.9, low: 0.88, high: 0.92 }],
        ['__proto__', { value: 1 }],
      ]),
      findings: [],
      trainedBy: 'ann',
    });
    const register = (model: string, from: Store = store): Promise<R.VersionRecord> =>
      facts(model).then((known) =>
        from.act(ann, { action: 'version.register', subject: `model:${model}` }, async (governed) => {
          await governed.models.ensure({ name: model, by: 'ann' });
          return governed.models.addVersion({ ...known, model, registeredBy: 'ann' });
        }),
      );

    it('is one store, however often it is opened', () => {
      expect(store.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(other.id).toBe(store.id);
    });

    it('keeps runs with their metrics, parameters, tags and files', async () => {
      await store.runs.create(run('r1', { target: 'bought', task: 'binary', metric: 'roc_auc', score: 0.8 }));
      const at = moment();
      const point = (name: string, value: number, step = 0): R.MetricPoint => ({ name, value, step, at });
      const log = {
        metrics: [
          point('loss', 3, 0),
          point('loss', 1, 2),
          point('loss', 2, 1),
          point('bad', Number.NaN),
          point('far', Number.POSITIVE_INFINITY),
        ],
        params: new Map([['__proto__', 'x']]),
        tags: new Map([['team', "o'hara ?"]]),
      };
      await store.runs.log('r1', log);
      await other.runs.log('r1', log);
      const found = await store.runs.get('r1');
      expect(found?.metrics).toEqual(
        new Map([
          ['bad', Number.NaN],
          ['far', Number.POSITIVE_INFINITY],
          ['loss', 1],
        ]),
      );
      expect(found?.params.get('__proto__')).toBe('x');
      expect(found?.tags.get('team')).toBe("o'hara ?");
      expect(found?.experiment).toBe('shop');
      expect((await store.runs.history('r1', 'loss')).map((p) => p.value)).toEqual([3, 2, 1]);
      await store.runs.update('r1', { status: 'finished', endedAt: at });
      expect((await other.runs.get('r1'))?.status).toBe('finished');
      const trial = { id: 'a', rank: 1, learner: 'linear', title: 'Linear', validation: 0.7, seconds: 1.5, chosen: true, cut: false };
      await store.runs.addTrials('r1', [trial]);
      expect(await store.runs.trials('r1')).toEqual([{ ...trial, holdout: undefined }]);
      const file = await store.artefacts.put(Buffer.from('plan'));
      await store.runs.attach('r1', [{ name: 'plan.json', ...file }]);
      expect(await store.runs.artefacts('r1')).toEqual([{ name: 'plan.json', ...file }]);
      const used = { kind: 'dataset' as const, name: 'd', detail: { digest: 'x' } };
      await store.runs.link('r1', [used, used]);
      expect((await other.runs.links(['r1'])).get('r1')).toEqual([used]);
      expect((await other.runs.latest(['r1'])).get('r1')?.find((p) => p.name === 'loss')).toMatchObject({ step: 2, value: 1 });
      expect((await store.runs.get('r1'))?.params.has('d')).toBe(false);
      const experiment = (await store.runs.experiment('e'))?.id ?? (await store.runs.experiments())[0]?.id ?? '';
      const logged = {
        id: 'm-1',
        experiment,
        run: 'r1',
        name: 'm',
        kind: '',
        by: 'ann',
        params: new Map([['p', '1']]),
        tags: new Map([['t', '1']]),
      };
      await store.logged.create(logged);
      const measured = (value: number, step: number) => ({ name: 'auc', value, step, at, run: 'r1' });
      await Promise.all(
        [store, other].map((s, i) => s.logged.change('m-1', { metrics: [measured(Number.POSITIVE_INFINITY, 2), measured(i, i)] })),
      );
      await other.logged.change('m-1', { status: 'ready', tags: new Map([['t', undefined]]), params: new Map([['q', '2']]) });
      await store.logged.attach('m-1', [{ name: 'MLmodel', ...file }]);
      expect(await other.logged.files('m-1')).toEqual([{ name: 'MLmodel', ...file }]);
      const [kept] = await other.logged.list([experiment]);
      expect(kept).toMatchObject({ status: 'ready', tags: new Map(), metrics: [measured(Number.POSITIVE_INFINITY, 2)] });
      expect(kept?.params).toEqual(new Map([...logged.params, ['q', '2']]));
      await store.logged.change('m-1', { deleted: true });
      expect(await store.logged.list([experiment])).toEqual([]);
      expect(await code(store.logged.change('none', {}))).toBe('NOT_FOUND');
      expect(await code(store.runs.create(run('r1')))).toBe('STORE_CONFLICT');
      expect(await code(store.runs.log('none', log))).toBe('NOT_FOUND');
      expect(await code(store.runs.update('none', { name: 'x' }))).toBe('NOT_FOUND');
      expect(await code(store.runs.create(run('nul\0')))).toBe('OPTION_INVALID');
    });

    it('filters and sorts runs', async () => {
      const names = ['f1', 'f2', 'f3', 'f4'];
      for (const [i, id] of names.entries()) {
        await store.runs.create(run(id, { experiment: 'list', score: i === 3 ? undefined : i / 10, name: `Try_${i}%` }));
        await store.runs.log(id, {
          metrics: i === 0 ? [] : [{ name: 'a b', value: -i, step: 0, at: moment() }],
          params: new Map([['depth', String(i % 2)]]),
          tags: new Map([['odd.name', "it's"]]),
        });
      }
      const experiments = [(await store.runs.experiment('list'))?.id as string];
      const ids = async (query: R.RunQuery): Promise<string[]> => (await store.runs.list({ experiments, ...query })).runs.map((r) => r.id);
      expect(await ids({})).toEqual(['f4', 'f3', 'f2', 'f1']);
      expect(await ids({ sort: 'started' })).toEqual(names);
      expect(await ids({ sort: '-score' })).toEqual(['f3', 'f2', 'f1', 'f4']);
      expect(await ids({ sort: 'metrics.`a b`' })).toEqual(['f4', 'f3', 'f2', 'f1']);
      expect(await ids({ sort: 'metric."a b" DESC' })).toEqual(['f2', 'f3', 'f4', 'f1']);
      expect(await ids({ filter: 'metric.`a b` < -1.5 and params.depth = "0"' })).toEqual(['f3']);
      expect(await ids({ filter: "tag.odd.name = 'it''s' AND score >= 1e-1" })).toEqual(['f3', 'f2']);
      expect(await ids({ filter: "name like 'Try\\_1%'" })).toEqual(['f2']);
      expect(await ids({ filter: "name like 'try%'" })).toEqual([]);
      expect(await ids({ filter: "name ilike 'try\\_%' and id not in ('f1', 'f2')" })).toEqual(['f4', 'f3']);
      expect(await ids({ limit: 2, offset: 1 })).toEqual(['f3', 'f2']);
      expect((await store.runs.list({ experiments, limit: 1 })).total).toBe(4);
      await store.runs.update('f1', { deleted: true });
      expect(await ids({ sort: 'id' })).toEqual(['f2', 'f3', 'f4']);
      expect(await ids({ deleted: true })).toEqual(['f1']);
      for (const bad of [
        'score >',
        'scroe > 1',
        "score > 'x'",
        'score 1',
        "name = 'a' or 1=1",
        "name = 'a'; --",
        'name in ()',
        'metric. = 1',
        "'",
      ])
        expect(await code(ids({ filter: bad })), bad).toBe('OPTION_INVALID');
      expect(await code(ids({ sort: 'score; DROP TABLE runs' }))).toBe('OPTION_INVALID');
    });

    it('numbers versions without gaps or repeats, from several processes at once', async () => {
      const made = await Promise.all(Array.from({ length: 12 }, (_, i) => register('numbered', i % 2 ? store : other)));
      expect(made.map((v) => v.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      const [first] = await store.models.versions('numbered');
      expect(first).toMatchObject({ version: 12, stage: 'none', trainedBy: 'ann', registeredBy: 'ann', format: 'mill' });
      expect(first?.metrics.get('__proto__')).toEqual({ value: 1 });
    });

    it('resolves references', async () => {
      await register('ref');
      await register('ref');
      const change = { action: 'alias.set', subject: 'model:ref' };
      await store.act(ann, change, (g) => g.models.setAlias('ref', 'champion', 1));
      await store.act(ann, change, (g) => g.models.setStage('ref', 2, 'staging'));
      const which = async (reference: string): Promise<number> => (await other.models.resolve(reference)).version;
      expect(await which('ref')).toBe(1);
      expect(await which('ref@champion')).toBe(1);
      expect(await which('ref@2')).toBe(2);
      expect(await which('ref@staging')).toBe(2);
      expect(await which('ref@latest')).toBe(2);
      for (const none of ['ref@3', 'ref@challenger', 'reff', 'ref@production']) expect(await code(which(none)), none).toBe('NOT_FOUND');
      expect(await code(which('../x'))).toBe('OPTION_INVALID');
      for (const taken of ['7', 'latest', 'production'])
        expect(await code(store.act(ann, change, (g) => g.models.setAlias('ref', taken, 1))), taken).toBe('OPTION_INVALID');
      expect((await store.models.get('ref'))?.aliases).toEqual(new Map([['champion', 1]]));
    });

    it('does all of an action, with its entry in the log, or nothing', async () => {
      const before = await store.audit.head();
      const failing = store.act(ann, { action: 'version.register', subject: 'model:half' }, async (governed) => {
        await governed.models.ensure({ name: 'half', by: 'ann' });
        await governed.note({ action: 'version.register', subject: 'model:half' });
        throw new Error('killed');
      });
      await expect(failing).rejects.toThrow('killed');
      expect(await store.models.get('half')).toBeUndefined();
      expect(await other.audit.head()).toEqual(before);
      const refused = store.act(ann, { action: 'request.approve', subject: 'model:half', detail: { a: 1 } }, async (governed) => {
        await governed.models.ensure({ name: 'half', by: 'ann' });
        throw new MillwrightError('NOT_ALLOWED', 'You may not.');
      });
      expect(await code(refused)).toBe('NOT_ALLOWED');
      expect(await store.models.get('half')).toBeUndefined();
      const [entry] = await store.audit.entries({ after: before.seq });
      expect(entry).toMatchObject({ actor: 'ann', action: 'request.approve.refused', subject: 'model:half' });
      expect(JSON.parse(entry?.detail ?? '')).toEqual({ code: 'NOT_ALLOWED', why: 'You may not.', asked: { a: 1 } });
    });

    it('keeps a chain that fits, and takes anchors', async () => {
      const anchor = await store.audit.head();
      await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? store : other).note(ann, { action: 'x', subject: `y:${i}` })));
      const verdict = await store.audit.verify([anchor]);
      expect(verdict).toMatchObject({ ok: true, head: { seq: anchor.seq + 10 } });
      expect(await store.audit.verify([{ ...anchor, hash: 'f'.repeat(64) }])).toMatchObject({ ok: false, fault: { seq: anchor.seq } });
      expect((await store.audit.verify([{ ...anchor, seq: anchor.seq + 99 }])).ok).toBe(false);
      expect((await store.audit.verify([{ ...anchor, store: 'other' }])).ok).toBe(false);
    });

    it('keeps requests, decisions and comments', async () => {
      await register('asked');
      const evidence: R.Evidence = { sameData: false, comparisons: [], gates: [{ rule: 'score', passed: true, detail: '' }], policy: 'p' };
      const intent = { action: 'request.open', subject: 'model:asked@1' };
      const request = await store.act(ann, intent, (g) =>
        g.reviews.open({ model: 'asked', version: 1, to: 'production', by: 'ann', reason: 'better', needed: 2, evidence }),
      );
      expect(await other.reviews.get(request.id)).toMatchObject({ state: 'open', evidence, needed: 2, decisions: [] });
      const decision = { by: 'bea', verdict: 'approve' as const, reason: 'yes', gates: evidence.gates };
      await store.act(ann, intent, (g) => g.reviews.decide(request.id, decision));
      expect(await code(store.act(ann, intent, (g) => g.reviews.decide(request.id, decision)))).toBe('STORE_CONFLICT');
      await store.act(ann, intent, (g) => g.reviews.close(request.id, 'approved'));
      expect(await code(store.act(ann, intent, (g) => g.reviews.close(request.id, 'rejected')))).toBe('STORE_CONFLICT');
      expect(await store.reviews.list({ model: 'asked', state: 'approved' })).toMatchObject([{ id: request.id, decisions: [decision] }]);
      expect(await store.reviews.list({ model: 'asked', state: 'open' })).toEqual([]);
      await store.act(ann, intent, (g) => g.reviews.comment({ subject: 'model:asked@1', by: 'bea', text: 'Look — <b>' }));
      expect((await store.reviews.comments('model:asked@1')).map((c) => c.text)).toEqual(['Look — <b>']);
      const made = await store.act(ann, intent, (g) =>
        g.models.addDeployment({ model: 'asked', version: 1, kind: 'promotion', request: request.id, by: 'bea', reason: 'yes' }),
      );
      expect(await store.models.deployments('asked')).toEqual([made]);
      const check = { name: 'slices', passed: false, value: 0.2, detail: 'gap', by: 'ann' };
      await store.act(ann, intent, (g) => g.models.addCheck('asked', 1, check));
      await store.act(ann, intent, (g) => g.models.addCheck('asked', 1, { ...check, passed: true }));
      expect(await store.models.checks('asked', 1)).toMatchObject([{ name: 'slices', passed: true, value: 0.2 }]);
    });

    it('counts feedback and predictions once', async () => {
      const at = moment();
      const rows = Array.from({ length: 300 }, (_, i) => ({
        ...{ id: `p${i}`, at, model: 'm', version: 1, route: 'champion' },
        ...{ row: { __x: 'é\0', n: i }, answer: { prediction: 'yes' }, milliseconds: 0.5 },
      }));
      const added = await Promise.all([store.traffic.addPredictions(rows), other.traffic.addPredictions(rows)]);
      expect(added[0] + added[1]).toBe(300);
      expect(await store.traffic.prediction('p7')).toEqual({ ...rows[7], caller: undefined });
      expect((await store.traffic.predictions({ model: 'm', limit: 5 })).length).toBe(5);
      const said = { id: 'fb1', at, model: 'm', prediction: 'p7', actual: 'no' };
      expect(await store.traffic.addFeedback([said])).toBe(1);
      expect(await other.traffic.addFeedback([said, { ...said, id: 'fb2' }])).toBe(1);
      expect((await store.traffic.feedback({ model: 'm' })).length).toBe(2);
      expect(await store.traffic.forget('9999', 'm')).toBe(300);
      expect(await store.traffic.feedback({ model: 'm' })).toEqual([]);
    });

    it('puts events in the outbox of those who want them, until they are taken', async () => {
      const intent = { action: 'webhook.add', subject: 'webhook' };
      const add = (events: string[]) =>
        store.act(ann, intent, (g) => g.events.addWebhook({ url: 'https://example.org/hook', events, secret: 's', by: 'ann' }));
      await add(['promotion.*']);
      const off = await add(['*']);
      await add(['drift.found']);
      await store.act(ann, intent, (g) => g.events.setWebhook(off.id, false));
      await store.act(ann, intent, (g) => g.events.emit({ type: 'promotion.approved', subject: 'model:m@1', data: { by: 'bea' } }));
      const [delivery, ...rest] = await other.events.claim({ limit: 10, leaseMilliseconds: 60_000 });
      expect(rest).toEqual([]);
      expect(delivery).toMatchObject({ type: 'promotion.approved', data: { by: 'bea' }, attempts: 1, secret: 's' });
      expect(await store.events.claim({ limit: 10, leaseMilliseconds: 60_000 })).toEqual([]);
      await store.events.failed(delivery?.id as string, 'refused', new Date().toISOString());
      const [again] = await store.events.claim({ limit: 10, leaseMilliseconds: 60_000 });
      expect(again).toMatchObject({ id: delivery?.id, attempts: 2 });
      expect(await store.events.pending()).toEqual({ waiting: 1, given: 0, error: 'refused' });
      const hook = again?.webhook as string;
      await store.events.failed(again?.id as string, 'HTTP 500');
      expect(await other.events.pending(hook)).toEqual({ waiting: 0, given: 1, error: 'HTTP 500' });
      await store.act(ann, intent, (g) => g.events.setWebhook(hook, false));
      await store.act(ann, intent, (g) => g.events.setWebhook(hook, true));
      const [third] = await store.events.claim({ limit: 10, leaseMilliseconds: 60_000 });
      expect(third).toMatchObject({ id: delivery?.id, attempts: 1, allowPrivate: false });
      await store.events.delivered(third?.id as string);
      expect(await store.events.pending()).toEqual({ waiting: 0, given: 0 });
      await store.act(ann, intent, (g) => g.events.emit({ type: 'promotion.approved', subject: 'model:m@2', data: {} }));
      await store.act(ann, intent, (g) => g.events.setWebhook(hook, false));
      expect(await store.events.claim({ limit: 10, leaseMilliseconds: 60_000 })).toEqual([]);
      await store.act(ann, intent, (g) => g.events.removeWebhook(hook));
      expect(await store.events.pending()).toEqual({ waiting: 0, given: 0 });
      await expect(store.act(ann, intent, (g) => g.events.removeWebhook(hook))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('keeps one alert for each change, and what people did with it', async () => {
      const intent = { action: 'alert.raise', subject: 'model:m@1' };
      const fresh = {
        model: 'm',
        version: '1',
        origin: 'serve/drift:3',
        kind: 'drift',
        severity: 'warning',
        detail: { what: 'x' },
      } as const;
      const alert = (await store.act(ann, intent, (g) => g.alerts.raise(fresh))) as R.AlertRecord;
      expect(alert).toMatchObject({ ...fresh, state: 'open', handled: [] });
      expect(await other.act(ann, intent, (g) => g.alerts.raise(fresh))).toBeUndefined();
      await other.alerts.see({ ...fresh, detail: { what: 'y' } });
      const later = (seconds: number): string => new Date(Date.now() + 1000 * seconds).toISOString();
      const step = { action: 'snooze', by: 'bea', note: 'known', until: later(60) } as const;
      await store.act(ann, intent, (g) => g.alerts.handle(alert.id, step));
      expect(await other.alerts.get(alert.id)).toMatchObject({ state: 'snoozed', detail: { what: 'y' }, snoozedUntil: step.until });
      expect(await other.alerts.list({ states: ['open'] })).toEqual([]);
      await store.act(ann, intent, (g) => g.alerts.handle(alert.id, { ...step, until: later(-1) }));
      expect((await other.alerts.list({ states: ['open'], models: ['m'] })).map((a) => a.state)).toEqual(['open']);
      expect(await other.alerts.list({ models: [] })).toEqual([]);
      await store.act(ann, intent, (g) => g.alerts.handle(alert.id, { action: 'resolve', by: 'bea', note: 'mended' }));
      const again = store.act(ann, intent, (g) => g.alerts.handle(alert.id, { action: 'acknowledge', by: 'cy', note: '' }));
      expect(await code(again)).toBe('STORE_CONFLICT');
      expect(await code(store.act(ann, intent, (g) => g.alerts.handle('alert_0', step)))).toBe('NOT_FOUND');
      expect(await store.act(ann, intent, (g) => g.alerts.end(fresh))).toMatchObject({ state: 'resolved', id: alert.id });
      expect(await store.act(ann, intent, (g) => g.alerts.end(fresh))).toBeUndefined();
      expect((await other.alerts.get(alert.id))?.handled.map((s) => [s.action, s.by, s.note])).toEqual([
        ['snooze', 'bea', 'known'],
        ['snooze', 'bea', 'known'],
        ['resolve', 'bea', 'mended'],
      ]);
      await store.act(ann, intent, (g) => g.alerts.raise({ ...fresh, version: '2' }));
      expect(await store.act(ann, intent, (g) => g.alerts.end({ ...fresh, version: '2' }))).toMatchObject({ state: 'ended' });
      await store.alerts.keepMonitor('m', '1', '{"rows":1}');
      await other.alerts.keepMonitor('m', '1', '{"rows":2}');
      expect(await store.alerts.monitor('m', '1')).toBe('{"rows":2}');
      expect(await store.alerts.monitor('m', '2')).toBeUndefined();
    });

    it('knows users and tokens', async () => {
      const intent = { action: 'token.create', subject: 'user:tom' };
      const add = (roles: R.Role[], more: { expiresAt?: string; models?: string[] } = {}) =>
        store.act(ann, intent, (g) => g.access.addToken({ user: 'tom', roles, note: 'test', ...more }));
      expect(await code(add(['viewer']))).toBe('NOT_FOUND');
      await store.act(ann, intent, (g) => g.access.setUser({ name: 'tom', roles: ['viewer', 'predictor'] }));
      expect(await code(add(['admin']))).toBe('OPTION_INVALID');
      const { token, secret } = await add(['viewer', 'predictor'], { models: ['m'] });
      expect(await other.access.verify(secret)).toMatchObject({ id: token.id, user: 'tom', roles: ['viewer', 'predictor'], models: ['m'] });
      const wrong = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
      for (const bad of [wrong, '', 'mw_', `${secret}x`, secret.toUpperCase()]) expect(await store.access.verify(bad), bad).toBeUndefined();
      expect(JSON.stringify(await store.access.tokens())).not.toContain(secret.slice(-43));
      const old = await add(['viewer'], { expiresAt: '2020-01-01T00:00:00.000Z' });
      expect(await store.access.verify(old.secret)).toBeUndefined();
      await store.act(ann, intent, (g) => g.access.setUser({ name: 'tom', roles: ['viewer'] }));
      expect((await store.access.verify(secret))?.roles).toEqual(['viewer']);
      await store.act(ann, intent, (g) => g.access.revokeToken(token.id));
      expect(await store.access.verify(secret)).toBeUndefined();
      const fresh = await add(['viewer']);
      await store.act(ann, intent, (g) => g.access.setUser({ name: 'tom', roles: ['viewer'], active: false }));
      expect(await store.access.verify(fresh.secret)).toBeUndefined();
    });
  });
});
