import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { Scorer } from '../../src/model/scorer.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, workFolder } from './cli.js';

// The handler, called as AWS Lambda calls it. The events are those of AWS's documentation, with what is asked put in.

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

const folder = workFolder();
let handler: (event: unknown) => Promise<Answer>;
const row = { age: 25, city: 'Oslo' };
const expected = new Scorer(exampleBundle()).predict(row);

beforeAll(async () => {
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(exampleBundle()));
  expect(await millwright(folder, 'package', 'left.mill', '--to', 'lambda', '-o', 'out')).toMatchObject({ status: 0 });
  ({ handler } = await import(pathToFileURL(join(folder, 'out/lambda/index.mjs')).href));
});

interface Asked {
  method?: string;
  path?: string;
  body?: string;
  base64?: boolean;
  query?: Record<string, string>;
}

/** A function URL (payload 2.0). */
function functionUrl({ method = 'POST', path = '/', body, base64 = false, query }: Asked) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', host: 'id.lambda-url.eu-central-1.on.aws', 'x-forwarded-proto': 'https' },
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'id',
      domainName: 'id.lambda-url.eu-central-1.on.aws',
      domainPrefix: 'id',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'curl/8' },
      requestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1583348638390,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: base64,
  };
}

/** An HTTP API of API Gateway (payload 2.0), with a stage before the path. */
function httpApi(asked: Asked) {
  const event = functionUrl({ ...asked, path: `/prod${asked.path ?? '/predict'}` });
  return { ...event, routeKey: 'POST /predict', cookies: ['a=b'], pathParameters: { proxy: 'predict' }, stageVariables: null };
}

/** A REST API of API Gateway, or a load balancer (payload 1.0). */
function restApi({ method = 'POST', path = '/predict', body, base64 = false, query }: Asked) {
  return {
    version: '1.0',
    resource: path,
    path,
    httpMethod: method,
    headers: { 'content-type': 'application/json' },
    multiValueHeaders: { 'content-type': ['application/json'] },
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: null,
    requestContext: { accountId: '123456789012', apiId: 'id', httpMethod: method, path, stage: 'prod', requestId: 'id' },
    pathParameters: null,
    stageVariables: null,
    body: body ?? null,
    isBase64Encoded: base64,
  };
}

async function ask(event: unknown) {
  const { statusCode, headers, body, isBase64Encoded } = await handler(event);
  expect(headers['content-type']).toBe('application/json');
  expect(isBase64Encoded).toBe(false);
  return { ...(JSON.parse(body) as Record<string, unknown>), status: statusCode };
}

test.each([
  ['a function URL', functionUrl],
  ['an HTTP API', httpApi],
  ['a REST API', restApi],
])('answers %s', async (_, event) => {
  const body = JSON.stringify(row);
  expect(await ask(event({ body }))).toMatchObject({
    status: 200,
    model: 'left',
    version: expect.stringMatching(/^[0-9a-f]{12}$/),
    ...expected,
  });
  expect(await ask(event({ body: Buffer.from(body).toString('base64'), base64: true }))).toMatchObject({ status: 200, ...expected });
  for (const rows of [[row, row], { rows: [row, row] }])
    expect((await ask(event({ body: JSON.stringify(rows) }))).predictions).toEqual(JSON.parse(JSON.stringify([expected, expected])));
  expect(await ask(event({ body: JSON.stringify({ row }) }))).toMatchObject({ status: 200, ...expected });
  expect(await ask(event({ method: 'GET', path: '/health' }))).toMatchObject({ status: 200, model: 'left' });
  expect(await ask(event({ method: 'GET', path: '/schema' }))).toMatchObject({ status: 200, target: 'left', columns: expect.any(Array) });
});

test('answers an invocation with rows and nothing around them', async () => {
  expect(await handler(row)).toMatchObject({ model: 'left', prediction: expected.prediction });
  expect(await handler([row])).toMatchObject({ predictions: [{ prediction: expected.prediction }] });
  await expect(handler('text')).rejects.toThrow('The body holds no row.');
});

test('refuses what it cannot read, and says where', async () => {
  const bad = JSON.stringify([row, { age: 'many' }]);
  expect(await ask(functionUrl({ body: bad }))).toMatchObject({
    status: 422,
    error: { code: 'SCHEMA_MISMATCH', fields: [{ row: 1, column: 'age' }] },
  });
  expect(await ask(functionUrl({ body: bad, query: { lenient: 'true' } }))).toMatchObject({
    status: 200,
    warnings: expect.arrayContaining([expect.objectContaining({ kind: 'unreadable-cells', column: 'age' })]),
  });
  expect(await ask(functionUrl({ body: '{' }))).toMatchObject({ status: 400, error: { code: 'REQUEST_INVALID' } });
  expect(await ask(functionUrl({}))).toMatchObject({ status: 400 });
  expect(await ask(restApi({}))).toMatchObject({ status: 400 });
  expect(await ask(functionUrl({ body: '[]' }))).toMatchObject({ status: 400 });
  expect(await ask(functionUrl({ body: '[3]' }))).toMatchObject({ status: 400 });
  expect(await ask(functionUrl({ body: JSON.stringify(Array(10_001).fill({})) }))).toMatchObject({ status: 413 });
  expect(await ask(functionUrl({ method: 'PUT', body: '{}' }))).toMatchObject({ status: 405 });
  expect(await ask(functionUrl({ body: '{"__proto__":{"polluted":1},"rows":3}' }))).toMatchObject({ status: 200 });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
