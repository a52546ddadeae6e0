import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ArtefactBucket } from './artefact-bucket.js';
import { signedHeaders } from './s3-signature.js';

// A server that takes what S3 takes and refuses what is not signed; test/peers/s3.mjs asks another's.
const key = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-west-1' };
const objects = new Map<string, { content: Buffer; at: number }>();
let server: Server;
let bucket: ArtefactBucket;
let failures = 0;
const HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const place = (hash: string) => `/box/some/place/${hash.slice(0, 2)}/${hash.slice(2)}`;
const environment = () => ({
  AWS_ACCESS_KEY_ID: key.id,
  AWS_SECRET_ACCESS_KEY: key.secret,
  AWS_REGION: key.region,
  AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => {
        const content = Buffer.concat(parts);
        const url = new URL(request.url ?? '', `http://${request.headers.host}`);
        const hash = createHash('sha256').update(content).digest('hex');
        const text = String(request.headers['x-amz-date']);
        const now = new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
        const due = signedHeaders(request.method ?? '', url, hash, key, now).authorization;
        const answer = (status: number, body: string | Buffer = '') => response.writeHead(status).end(body);
        if (request.headers.authorization !== due) return answer(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>');
        if (failures > 0) return answer(--failures >= 0 ? 503 : 200, '<Error><Code>SlowDown</Code></Error>');
        if (!url.pathname.startsWith('/box')) return answer(404, '<Error><Code>NoSuchBucket</Code></Error>');
        if (request.method === 'PUT') objects.set(url.pathname, { content, at: Date.now() });
        else if (request.method === 'DELETE') objects.delete(url.pathname);
        else if (url.searchParams.get('list-type') === '2') {
          const { prefix, 'start-after': after = '' } = Object.fromEntries(url.searchParams);
          const names = [...objects.keys()].map((name) => name.slice('/box/'.length)).filter((n) => n.startsWith(prefix as string));
          const rest = names.filter((name) => name > after).sort();
          const told = rest.slice(0, 2).map((name) => {
            const { content: found, at } = objects.get(`/box/${name}`) as { content: Buffer; at: number };
            return `<Contents><Key>${name}</Key><LastModified>${new Date(at).toISOString()}</LastModified><Size>${found.length}</Size></Contents>`;
          });
          return answer(200, `<ListBucketResult><IsTruncated>${rest.length > 2}</IsTruncated>${told.join('')}</ListBucketResult>`);
        } else {
          const found = objects.get(url.pathname);
          return found ? answer(200, found.content) : answer(404, '<Error><Code>NoSuchKey</Code></Error>');
        }
        return answer(200);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bucket = ArtefactBucket.open('s3://box/some/place', environment());
});
afterAll(() => server.close());

it('signs as the documentation of S3 does', () => {
  const known = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' };
  const empty = createHash('sha256').digest('hex');
  const at = new Date('2013-05-24T00:00:00Z');
  const sign = (url: string, more = {}) =>
    signedHeaders('GET', new URL(`https://examplebucket.s3.amazonaws.com/${url}`), empty, known, at, more).authorization?.split(
      'Signature=',
    )[1];
  expect(sign('test.txt', { range: 'bytes=0-9' })).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
  expect(sign('?max-keys=2&prefix=J')).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
});

it('keeps content under its hash, whole or in pieces', async () => {
  expect(await bucket.put(Buffer.from('hello'))).toEqual({ sha256: HELLO, bytes: 5 });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hel');
    yield Buffer.from('lo');
  }
  expect(await bucket.put(pieces())).toEqual({ sha256: HELLO, bytes: 5 });
  expect([...objects.keys()]).toEqual([place(HELLO)]);
  expect(Buffer.from(await bucket.get(HELLO)).toString()).toBe('hello');
  expect([await bucket.has(HELLO), await bucket.has('0'.repeat(64))]).toEqual([true, false]);
  await expect(bucket.get('0'.repeat(64))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  for (const name of ['../../etc/passwd', '', HELLO.toUpperCase()])
    await expect(bucket.get(name), name).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('leaves nothing of what was cut off', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('cut');
  }
  await expect(bucket.put(broken())).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  expect(objects.size).toBe(1);
});

it('gives no damaged content, and mends it when it is put again', async () => {
  (objects.get(place(HELLO)) as { content: Buffer }).content = Buffer.from('hellO');
  await expect(bucket.get(HELLO)).rejects.toMatchObject({ code: 'ARTEFACT_DAMAGED' });
  const parts: Uint8Array[] = [];
  const read = async () => {
    for await (const part of await bucket.read(HELLO)) parts.push(part);
  };
  await expect(read()).rejects.toMatchObject({ code: 'ARTEFACT_DAMAGED' });
  expect(parts).toEqual([]);
  await bucket.put(Buffer.from('hello'));
  await read();
  expect(Buffer.concat(parts).toString()).toBe('hello');
});

it('sweeps what is old and not kept, over pages, and nothing that is not its own', async () => {
  objects.clear();
  const [kept, old, young] = await Promise.all(['kept', 'old', 'young'].map((text) => bucket.put(Buffer.from(text))));
  for (const ref of [kept, old]) (objects.get(place(ref?.sha256 as string)) as { at: number }).at = 1;
  for (const other of ['/box/some/place/readme', '/box/else']) objects.set(other, { content: Buffer.from(''), at: 1 });
  expect(await bucket.sweep((hash) => hash === kept?.sha256, 3600_000)).toEqual([old]);
  expect(objects.size).toBe(4);
  expect([await bucket.has(kept?.sha256 as string), await bucket.has(young?.sha256 as string)]).toEqual([true, true]);
});

it('tries again what may pass, and tells what does not, without the secret', async () => {
  failures = 2;
  expect((await bucket.put(Buffer.from('hello'))).sha256).toBe(HELLO);
  const wrong = ArtefactBucket.open('s3://box', { ...environment(), AWS_SECRET_ACCESS_KEY: 'guess' });
  await expect(wrong.put(Buffer.from('x'))).rejects.toThrow('s3://box does not take PUT: 403 SignatureDoesNotMatch.');
  await expect(ArtefactBucket.open('s3://none', environment()).get(HELLO)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  for (const bad of ['s3://', 's3://B', 's3://box/../x']) expect(() => ArtefactBucket.open(bad, environment())).toThrow('names no bucket');
  expect(() => ArtefactBucket.open('s3://box', {})).toThrow('no keys');
});
