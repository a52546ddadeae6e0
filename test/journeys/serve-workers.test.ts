import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { type Running, start, until, workFolder } from './cli.js';

const folder = workFolder();
const ROW = '{"age":25,"city":"Oslo"}';

beforeAll(async () => {
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(exampleBundle()));
  writeFileSync(join(folder, 'swap.mill'), await encodeBundle(exampleBundle()));
  writeFileSync(join(folder, 'right.mill'), await encodeBundle({ ...exampleBundle(), threshold: 0.9 }));
  const sha256 = '4591655316303bc45834b338c1baa371b7b61ba9dbeba8a6639c95dd4dc0a3f9';
  writeFileSync(join(folder, 'tokens.json'), JSON.stringify([{ user: 'ada', sha256, roles: ['admin'] }]));
});

async function serve(...args: string[]): Promise<{ running: Running; address: string }> {
  const running = start(folder, ['serve', ...args, '--port', '0', '--workers', '2', '--json']);
  let address = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
  });
  await running.said(/"type":"ready"/);
  return { running, address };
}

/** One request on a connection of its own: connections go to the workers in turn. */
function call(method: string, url: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    const asked = request(
      url,
      { method, agent, headers: { ...(body && { 'content-type': 'application/json' }), ...headers } },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A text that many times. */
const times = (text: string, count: number): RegExp => new RegExp(`${text}(?:[\\s\\S]*?${text}){${count - 1}}`);

const workers = (logFolder: string): number[] => [
  ...new Set(readdirSync(join(folder, logFolder)).map((name) => Number(/^\d+/.exec(name)?.[0]))),
];

test('workers answer at one address, sum their metrics, are started anew, and end together', async () => {
  const { running, address } = await serve('left=swap.mill', '--log', 'log');
  const ids = new Set<string>();
  const ask = async (): Promise<void> => {
    const { status, text } = await call('POST', `${address}/v1/models/left/predict`, ROW);
    expect(status).toBe(200);
    ids.add((JSON.parse(text) as { id: string }).id);
  };
  for (let i = 0; i < 20; i++) await ask();
  const metrics = (await call('GET', `${address}/metrics`)).text;
  expect(metrics).toContain('millwright_requests_total{route="/v1/models/{name}/predict",status="200"} 20\n');
  expect(metrics).toContain('millwright_workers 2\n');
  expect(metrics).toContain('millwright_models 1\n');
  const first = workers('log');
  expect(first).toHaveLength(2);

  // one that cannot be started, because its model is broken, does not stay as a process
  const whole = readFileSync(join(folder, 'swap.mill'));
  writeFileSync(join(folder, 'swap.mill'), 'broken');
  process.kill(first[0] as number, 'SIGKILL');
  await running.said(/ended with SIGKILL and is started anew/);
  await running.said(times('a worker cannot be started', 2));
  const { pid } = running.child;
  if (process.platform === 'linux')
    expect(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').length).toBeLessThanOrEqual(2);
  writeFileSync(join(folder, 'swap.mill'), whole);
  await running.said(times('Server listening', 3));
  for (let i = 0; i < 10; i++) await ask();

  writeFileSync(join(folder, 'swap.mill'), readFileSync(join(folder, 'right.mill')));
  running.child.kill('SIGHUP');
  await running.said(times('models loaded', 5));
  const versions = new Set<string>();
  for (let i = 0; i < 4; i++)
    versions.add((JSON.parse((await call('GET', `${address}/v1/models/left`)).text) as { version: string }).version);
  expect(versions.size).toBe(1);

  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
  const logged = readdirSync(join(folder, 'log'))
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) =>
      readFileSync(join(folder, 'log', name), 'utf8')
        .trim()
        .split('\n'),
    );
  expect(new Set(logged.filter((line) => line !== '').map((line) => (JSON.parse(line) as { id: string }).id))).toEqual(ids);
});

test('what is told to one worker holds for all, and for those that come later; a caller has one share of requests', async () => {
  const admin = { authorization: 'Bearer secret-of-ada' };
  const { running, address } = await serve('m=left.mill', 'm=right.mill', '--tokens', 'tokens.json', '--rate', '15', '--log', 'shares');
  const traffic = async () =>
    JSON.parse((await call('GET', `${address}/v1/models/m`, undefined, admin)).text) as { versions: string[]; traffic: object };
  const [, other] = (await traffic()).versions;
  const asked = { canary: { version: other, weight: 0.25 }, shadow: [] };
  expect((await call('PUT', `${address}/v1/models/m/traffic`, JSON.stringify(asked), admin)).status).toBe(200);
  for (let i = 0; i < 3; i++) expect((await traffic()).traffic).toMatchObject(asked);
  for (const pid of workers('shares')) process.kill(pid, 'SIGKILL');
  await running.said(times('started anew', 2));
  await running.said(times('models loaded', 4));
  const seen = await until(() =>
    traffic()
      .then((t) => t.traffic)
      .catch(() => undefined),
  );
  expect(seen).toMatchObject(asked);

  // both workers see what the caller took from either: far less than two full shares is answered
  let refused = 0;
  for (let i = 0; i < 300 && refused === 0; i++)
    if ((await call('GET', `${address}/v1/models`, undefined, admin)).status === 429) refused++;
  expect(refused).toBe(1);
  running.child.kill('SIGTERM');
  expect((await running.ended).status).toBe(0);
});

test('what keeps the workers from starting is told once, with the status of its kind', async () => {
  const broken = await start(folder, ['serve', 'nowhere.mill', '--workers', '2']).ended;
  expect(broken).toMatchObject({ status: 1, stderr: expect.stringContaining('BUNDLE_UNREADABLE') });
  expect(await start(folder, ['serve', 'left.mill', '--workers', '65']).ended).toMatchObject({ status: 2 });
});
