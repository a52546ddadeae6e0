import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { openStore } from '../../store/open-store.js';
import type { Actor } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { ATTEMPTS, Deliverer, waitAfter } from './deliverer.js';
import { EVENT_TYPES, parseEvents } from './event-types.js';
import { checkUrl, isPublic } from './public-address.js';
import { newSecret } from './signature.js';

const ann: Actor = { user: 'ann', roles: ['admin'], via: 'library' };

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: { id: string; type: string; source: string; specversion: string; subject: string; time: string; data: unknown };
}

let folder: string;
let store: Store;
let other: Store;
let server: Server;
let url: string;
let received: Received[];
let respond: (response: ServerResponse, call: number) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millwright-webhooks-'));
  const project = { database: join(folder, 'store.db'), artefacts: join(folder, 'artefacts') };
  store = await openStore(project);
  other = await openStore(project);
  received = [];
  respond = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body, event: JSON.parse(body) as Received['event'] });
      respond(response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=1`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

const secret = newSecret();
const intent = { action: 'webhook.add', subject: 'webhook' };
const add = (events: string[] = ['*'], to = url, allowPrivate = true) =>
  store.act(ann, intent, (g) => g.events.addWebhook({ url: to, events, secret, by: 'ann', allowPrivate }));
const emit = (type: string = 'model.promoted') =>
  store.act(ann, intent, (g) => g.events.emit({ type, subject: 'model:m@1', data: { to: 'production' } }));

it('sends a signed CloudEvent to those who want it, and forgets it once it is taken', async () => {
  await add(['model.*']);
  await emit('version.registered');
  await emit();
  expect(await new Deliverer(store).drain()).toEqual({ delivered: 1, failed: 0 });
  const [{ headers, body, event }] = received as [Received];
  expect(event).toMatchObject({ specversion: '1.0', type: 'millwright.model.promoted', subject: 'model:m@1', data: { to: 'production' } });
  expect(event.source).toBe(`urn:millwright:${store.id}`);
  expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
  expect(headers['webhook-id']).toBe(event.id);
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
  // as a receiver verifies it
  const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`)
    .digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  expect(await store.events.pending()).toEqual({ waiting: 0, given: 0 });
});

it('tries again with the same id until it is taken', async () => {
  const hook = await add();
  respond = (response, call) => response.writeHead(call < 3 ? 503 : 200, call === 1 ? { 'retry-after': '3600' } : {}).end('what it says');
  await emit();
  const deliverer = new Deliverer(store);
  expect(await deliverer.drain()).toEqual({ delivered: 0, failed: 1 });
  expect(await store.events.pending(hook.id)).toEqual({ waiting: 1, given: 0, error: 'HTTP 503' });
  expect(await deliverer.drain(), 'it waits').toEqual({ delivered: 0, failed: 0 });
  for (const expected of [
    { delivered: 0, failed: 1 },
    { delivered: 1, failed: 0 },
  ]) {
    // paused and given up, then resumed, it is due at once
    const lost = (await pastDue())[0]?.id as string;
    await store.events.failed(lost, 'HTTP 503');
    await store.act(ann, intent, (g) => g.events.setWebhook(hook.id, true));
    expect(await deliverer.drain()).toEqual(expected);
  }
  expect(new Set(received.map((r) => r.event.id)).size).toBe(1);
  expect(received.length).toBe(3);
});

/** The deliveries that are in the outbox, whenever they are due. */
async function pastDue(): Promise<{ id: string }[]> {
  const { default: Database } = await import('libsql');
  const database = new Database(join(folder, 'store.db'));
  try {
    return database.prepare('SELECT id FROM outbox').all() as { id: string }[];
  } finally {
    database.close();
  }
}

it('gives up what is gone for good, follows no redirect, and waits for nobody for ever', async () => {
  const gone = await add(['model.promoted']);
  const moved = await add(['model.rolledback']);
  const slow = await add(['promotion.*']);
  respond = (response, _) => {
    const { type } = (received.at(-1) as Received).event;
    if (type === 'millwright.model.promoted') response.writeHead(410).end();
    else if (type === 'millwright.model.rolledback') response.writeHead(302, { location: url }).end();
    // and the slow one hears nothing
  };
  await emit('model.promoted');
  await emit('model.rolledback');
  await emit('promotion.approved');
  expect(await new Deliverer(store, { patience: 1000 }).drain()).toEqual({ delivered: 0, failed: 3 });
  expect(await store.events.pending(gone.id)).toEqual({ waiting: 0, given: 1, error: 'HTTP 410' });
  expect(await store.events.pending(moved.id)).toEqual({ waiting: 1, given: 0, error: 'HTTP 302' });
  expect(await store.events.pending(slow.id)).toEqual({ waiting: 1, given: 0, error: 'no answer in 1 s' });
  expect(received.length).toBe(3);
});

it('is not done twice by two at once', async () => {
  await add();
  for (let i = 0; i < 40; i++) await emit();
  respond = (response) => void setTimeout(() => response.writeHead(200).end(), 10);
  const told = await Promise.all([new Deliverer(store).drain(), new Deliverer(other).drain()]);
  expect(told.reduce((sum, t) => sum + t.delivered, 0)).toBe(40);
  expect(new Set(received.map((r) => r.event.id)).size).toBe(40);
  expect(received.length).toBe(40);
});

it('is done again when whoever had it died before it was marked', async () => {
  await add();
  await emit();
  const [taken] = await store.events.claim({ limit: 1, leaseMilliseconds: 1 });
  expect(await new Deliverer(store).send(taken as never)).toEqual({ status: 204 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await new Deliverer(other).drain()).toEqual({ delivered: 1, failed: 0 });
  expect(received.map((r) => r.event.id)).toEqual([taken?.event, taken?.event]);
});

it('runs beside other work until it is stopped, and a stop leaves what is under way for later', async () => {
  const stop = new AbortController();
  const failures: string[] = [];
  const running = new Deliverer(store).run(stop.signal, (failure) => failures.push(failure));
  respond = (response, call) => {
    if (call === 1) response.writeHead(200).end();
    else stop.abort(); // and answers nothing
  };
  await add();
  await emit();
  await emit();
  await running;
  expect(failures).toEqual([]);
  expect(received.length).toBe(2);
  expect(await store.events.pending()).toMatchObject({ waiting: 1, error: 'the server is ending' });
});

describe('addresses', () => {
  it('calls private ones only where that is allowed, by number and by name', async () => {
    const byNumber = await add(['*'], url, false);
    const byName = await add(['*'], url.replace('127.0.0.1', 'localhost'), false);
    await emit();
    expect(await new Deliverer(store).drain()).toEqual({ delivered: 0, failed: 2 });
    for (const { id } of [byNumber, byName]) expect((await store.events.pending(id)).error).toContain('public internet');
    expect(received).toEqual([]);
  });

  it('knows which are public', () => {
    for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '100.128.0.1']) expect(isPublic(address), address).toBe(true);
    for (const address of [
      ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255'],
      ...[
        '::1',
        '::',
        'fe80::1',
        'fe80::1%eth0',
        'fd00::1',
        '::ffff:127.0.0.1',
        '::ffff:8.8.8.8',
        '64:ff9b::a00:1',
        '2002:7f00:1::',
        'ff02::1',
        'x',
      ],
    ])
      expect(isPublic(address), address).toBe(false);
  });

  it('refuses what is none', async () => {
    const bad = [
      'file:///etc/passwd',
      'ftp://example.org',
      'nonsense',
      'https://me:secret@example.org/',
      'http://127.0.0.1/',
      'http://[::1]/',
    ];
    for (const text of [...bad, 'http://2130706433/', 'http://0x7f.1/', 'http://localhost:1/', 'http://[::ffff:10.0.0.1]/'])
      await expect(checkUrl(text, false), text).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        message: expect.not.stringContaining('secret'),
      });
    expect((await checkUrl('http://127.0.0.1:9/x', true)).href).toBe('http://127.0.0.1:9/x');
    await expect(checkUrl('gopher://127.0.0.1', true)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

it('waits longer each time, up to six hours, for about three days', () => {
  const waits = Array.from({ length: ATTEMPTS }, (_, i) => waitAfter(i + 1, new Rng(1).child('del', i)));
  expect(waits[0]).toBeGreaterThanOrEqual(3750);
  expect(waits[0]).toBeLessThanOrEqual(6250);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1.25 * 6 * 3_600_000);
  const days = waits.reduce((sum, wait) => sum + wait, 0) / 86_400_000;
  expect(days).toBeGreaterThan(2);
  expect(days).toBeLessThan(4);
  expect(waitAfter(3, new Rng(1).child('a', 3))).toBe(waitAfter(3, new Rng(1).child('a', 3)));
});

it('reads which events are wanted', () => {
  expect(parseEvents('model.promoted, promotion.*')).toEqual(['model.promoted', 'promotion.*']);
  expect(parseEvents('*')).toEqual(['*']);
  for (const text of ['', 'model.promotd', 'x.*']) expect(() => parseEvents(text)).toThrow();
});

it('documents every event that the registry emits, and no other', () => {
  const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
  const places = ['registry/promotions', 'registry/versions', 'registry/alerts', 'retrain/canary', 'retrain/note-outcome'];
  const code = places.map((name) => read(`../${name}.ts`)).join('\n');
  const emitted = [...code.matchAll(/events\.emit\(\{\s*type: ['`]([^'`]+)['`]/g)].flatMap(([, type]) =>
    type?.startsWith('promotion.$') ? ['promotion.rejected', 'promotion.withdrawn'] : [type as string],
  );
  expect([...new Set(emitted)].sort()).toEqual([...EVENT_TYPES].sort());
  const table = read('../../../../docs/webhooks.md').split('## What arrives')[0] as string;
  expect([...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) => (cell as string).replaceAll('`', '').split(', ')).sort()).toEqual(
    [...EVENT_TYPES].sort(),
  );
});
