import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { alertRoutes } from '../../src/node/serve/alert-routes.js';
import { mlflowRoutes } from '../../src/node/serve/mlflow/routes.js';
import { NEEDS } from '../../src/node/serve/needs.js';
import { retrainRoutes } from '../../src/node/serve/retrain-routes.js';
import { reviewRoutes } from '../../src/node/serve/review-routes.js';
import { parseSettings } from '../../src/node/serve/settings.js';
import { ROLES } from '../../src/node/store/records.js';
import { exampleBundle } from '../example-bundle.js';
import { exampleServer } from './example-server.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-access-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const token = (user: string, secret: string, roles: readonly string[], more = {}) => ({ user, sha256: sha256(secret), roles, ...more });
const tokens = join(folder, 'tokens.json');
writeFileSync(
  tokens,
  JSON.stringify([
    ...ROLES.map((role) => token(role, `secret-${role}`, [role])),
    token('late', 'secret-late', ['predictor'], { expiresAt: '2020-01-01T00:00:00Z' }),
    token('narrow', 'secret-narrow', ['predictor'], { models: ['left'] }),
  ]),
);
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwks = join(folder, 'jwks.json');
writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }));

const jwt = { jwks, jwtIssuer: 'https://id.example', jwtAudience: 'millwright' };
const { server, call } = await exampleServer({ tokens, requireToken: true, ...jwt }, { right: exampleBundle() });
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Bodies that the routes understand, so that only the door refuses. */
const fill = (path: string) => path.replace(':name', 'left').replace(':version', server.service.deployments.get('left').traffic.champion);

describe('route × role', () => {
  for (const route of server.routes)
    for (const role of [undefined, ...ROLES]) {
      const roles: readonly string[] | undefined = NEEDS[route.need];
      const expected = roles === undefined || (role && roles.includes(role)) ? 'let in' : role ? 403 : 401;
      it(`${route.method} ${route.path} as ${role ?? 'nobody'}: ${expected}`, async () => {
        const body = route.method === 'GET' ? undefined : '{}';
        const { status } = await call(route.method, fill(route.path), body, role ? bearer(`secret-${role}`) : {});
        if (expected === 'let in') expect([401, 403, 404, 405, 500]).not.toContain(status);
        else expect(status).toBe(expected);
      });
    }
});

it('docs/serving.md has the table of routes and roles as it is', () => {
  const governed = [
    ...reviewRoutes({ store: {}, project: {} } as never, async () => {}),
    ...alertRoutes({} as never),
    ...retrainRoutes({} as never),
    ...mlflowRoutes({} as never, 1),
  ];
  const lines = [...server.routes, ...governed].map(({ method, path, need }) => {
    const roles: readonly string[] | undefined = NEEDS[need];
    return `| \`${method} ${path.replace(/:(\w+)/g, '{$1}')}\` | ${roles?.join(', ') ?? 'everyone'} |`;
  });
  const doc = readFileSync(new URL('../../docs/serving.md', import.meta.url), 'utf8');
  const table = doc
    .split('| --- | --- |')
    .at(-1)
    ?.trim()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(table).toEqual(lines);
});

describe('tokens', () => {
  const predict = (secret: string, name = 'left') => call('POST', `/v1/models/${name}/predict`, '{"age":1}', bearer(secret));

  it('expire, belong to models, and are refused when they are unknown', async () => {
    expect((await predict('secret-predictor')).status).toBe(200);
    expect(await predict('secret-late')).toMatchObject({ status: 401, json: { error: { code: 'NOT_AUTHENTICATED' } } });
    expect((await predict('nonsense')).headers.get('www-authenticate')).toBe('Bearer');
    expect((await predict('secret-narrow')).status).toBe(200);
    expect(await predict('secret-narrow', 'right')).toMatchObject({ status: 403, json: { error: { code: 'NOT_ALLOWED' } } });
    expect((await call('GET', '/v1/models', undefined, bearer('secret-narrow'))).json.models).toHaveLength(1);
  });

  it('of an issuer are taken when signature, issuer, audience, time and roles are right', async () => {
    const sign = (claims: object, change: (jwt: SignJWT) => SignJWT = (j) => j, key = privateKey) =>
      change(
        new SignJWT({ roles: ['predictor'], ...claims })
          .setProtectedHeader({ alg: 'ES256', kid: 'k' })
          .setSubject('ada')
          .setIssuer('https://id.example')
          .setAudience('millwright')
          .setExpirationTime('5m'),
      ).sign(key);
    const other = await generateKeyPair('ES256');
    expect((await predict(await sign({}))).status).toBe(200);
    expect((await predict(await sign({ roles: 'viewer' }))).status).toBe(403);
    for (const wrong of [
      await sign({ roles: ['king'] }),
      await sign({}, (j) => j.setIssuer('https://else.example')),
      await sign({}, (j) => j.setAudience('else')),
      await sign({}, (j) => j.setExpirationTime('1s').setIssuedAt(0).setExpirationTime(10)),
      await sign({}, undefined, other.privateKey),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"ada","roles":["admin"]}').toString('base64url')}.`,
    ])
      expect((await predict(wrong)).status).toBe(401);
  });

  it('cannot be guessed for long', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => predict(`guess-${i}`)));
    const limited = all.filter((a) => a.status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await predict('secret-predictor')).status).toBe(200);
  });
});

it('beyond this machine a server needs tokens', () => {
  expect(() => parseSettings({ models: ['a.mill'], host: '0.0.0.0' })).toThrow('there are no tokens');
  expect(() => parseSettings({ models: ['a.mill'], jwks: 'x' })).toThrow('together');
  expect(parseSettings({ models: ['a.mill'], host: '0.0.0.0', tokens }).door.loopback).toBe(false);
});

it('pages of other sites and names of other hosts are refused, and every answer forbids what it can', async () => {
  const port = new URL(server.address).port;
  const ask = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path: '/health', headers }, (r) => resolve(r.resume().statusCode ?? 0))
        .on('error', reject)
        .end();
    });
  expect(await ask({ host: 'evil.example' })).toBe(403);
  expect(await ask({ host: `localhost:${port}`, origin: 'http://evil.example' })).toBe(403);
  expect(await ask({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(200);
  const { headers } = await call('GET', '/health');
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  });
});
