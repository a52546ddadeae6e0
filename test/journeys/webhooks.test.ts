import { copyFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selfSigned } from '../fixtures/certificate.js';
import { jsonLines, start, workFolder } from './cli.js';

// Webhooks by the command line and beside the service. How deliveries go is in src/node/commands/webhooks.

const folder = workFolder();
const env = (user: string) => ({ MILLWRIGHT_USER: user, MILLWRIGHT_STORE: '' });
const as = (user: string, ...args: string[]) => start(folder, args, { env: env(user) }).ended;
const json = async <T>(...args: string[]): Promise<T> => {
  const { stdout, stderr, status } = await as('ann', ...args, '--json');
  expect(status, stdout + stderr).toBe(0);
  return jsonLines(stdout).at(-1) as T;
};

let server: Server;
let url: string;
const received: { id: string; type: string; subject: string }[] = [];
let respond: (response: ServerResponse) => void = (response) => response.writeHead(200).end();
let heard: () => void = () => undefined;
const next = () =>
  new Promise<void>((resolve) => {
    heard = resolve;
  });

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push(JSON.parse(body) as (typeof received)[number]);
      respond(response);
      heard();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hidden`;
  copyFileSync(fileURLToPath(new URL('../golden/bundles/v1-trees-learned-binary.mill', import.meta.url)), join(folder, 'model.mill'));
  await as('ann', 'init');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('is added by an admin, shows its secret once, and may be tested, paused and removed', async () => {
  expect((await as('ann', 'webhooks', 'add', url)).stderr).toMatch(/public internet[\s\S]*--allow-private/);
  expect((await as('bea', 'webhooks', 'add', url, '--allow-private')).stderr).toContain('NOT_ALLOWED');
  expect((await as('ann', 'webhooks', 'add', url, '--events', 'model.promotd')).stderr).toContain('Did you mean model.promoted?');
  const { made, secret } = await json<{ made: string; secret: string }>('webhooks', 'add', url, '--allow-private', '--events', 'version.*');
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const list = await as('ann', 'webhooks');
  expect(list.stdout).toContain(made);
  expect(list.stdout + JSON.stringify(await json('webhooks'))).not.toMatch(/whsec_|hidden/);
  const log = (await as('ann', 'audit')).stdout;
  expect(log).toContain('webhook.add.refused');
  expect(log).not.toMatch(/whsec_|hidden/);

  expect((await as('ann', 'webhooks', 'test', made)).stdout).toContain('HTTP 200');
  expect(received.pop()).toMatchObject({ type: 'millwright.webhook.test' });
  respond = (response) => response.writeHead(500).end();
  expect(await as('ann', 'webhooks', 'test', made)).toMatchObject({ status: 1, stdout: expect.stringContaining('HTTP 500') });
  received.pop();
  expect(await json('webhooks', 'pause', made)).toMatchObject({ webhooks: [{ active: false }] });
  expect(await json('webhooks', 'resume', made)).toMatchObject({ webhooks: [{ active: true }] });
});

it('is told again, with the same id, when the process was killed between the delivery and its mark', async () => {
  respond = () => undefined;
  await json('register', 'model.mill', '--name', 'churn');
  const asked = next();
  const { child, ended } = start(folder, ['webhooks', 'deliver'], { env: env('ann') });
  await asked;
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
  respond = (response) => response.writeHead(200).end();
  expect((await as('ann', 'webhooks', 'deliver')).stdout, 'leased by the dead for a minute').toContain('0 delivered');
  const database = new Database(join(folder, '.millwright', 'store.db'));
  database.exec("UPDATE outbox SET next_at = '2020-01-01T00:00:00.000Z'");
  database.close();
  expect((await as('ann', 'webhooks', 'deliver')).stdout).toContain('1 delivered');
  expect(received.map((r) => r.subject)).toEqual(['model:churn@1', 'model:churn@1']);
  expect(new Set(received.map((r) => r.id)).size).toBe(1);
});

it('is told by a server of the project', async () => {
  received.length = 0;
  await json('user', 'set', 'bea', '--roles', 'approver');
  const { request } = await json<{ request: { id: string } }>('promote', 'churn@1');
  await json('approve', request.id, '--as', 'bea', '--reason', 'read it');
  const serving = start(folder, ['serve', '--port', '0'], { env: env('ann') });
  await serving.said(/Serving churn/);
  const told = next();
  await json('register', 'model.mill', '--name', 'churn');
  await told;
  expect(received).toMatchObject([{ type: 'millwright.version.registered', subject: 'model:churn@2' }]);
  const list = async () => (await json<{ webhooks: { id: string; waiting: number }[] }>('webhooks')).webhooks;
  let webhooks = await list();
  while (webhooks[0]?.waiting !== 0) webhooks = await list(); // the mark follows the answer
  serving.child.kill('SIGTERM');
  expect((await serving.ended).status).toBe(0);
  expect(await json('webhooks', 'remove', webhooks[0]?.id as string)).toMatchObject({ webhooks: [] });
});

it('goes over HTTPS to receivers whose certificate is trusted, and to no others', async () => {
  const { key, cert } = selfSigned();
  writeFileSync(join(folder, 'ca.pem'), cert);
  const types: (string | undefined)[] = [];
  const secure = createSecureServer({ key, cert }, (request, response) => {
    types.push(request.headers['content-type']);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  const { port } = secure.address() as AddressInfo;
  const { made } = await json<{ made: string }>('webhooks', 'add', `https://localhost:${port}/hook`, '--allow-private');
  const test = (more: Record<string, string>) => start(folder, ['webhooks', 'test', made], { env: { ...env('ann'), ...more } }).ended;
  const strange = await test({});
  expect(strange).toMatchObject({ status: 1, stdout: expect.stringMatching(/certificate/) });
  expect(types).toEqual([]);
  expect((await test({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })).stdout).toContain('HTTP 204');
  expect(types).toEqual(['application/cloudevents+json; charset=utf-8']);
  secure.close();
});
