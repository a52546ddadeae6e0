import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { keyShare } from '../../src/node/serve/deployments.js';
import { RateLimit } from '../../src/node/serve/rate-limit.js';
import { exampleBundle } from '../example-bundle.js';
import { exampleServer } from './example-server.js';

const { server, folder, post, logged } = await exampleServer();
const { service } = server;
// a second version of the same model
const { ServedModel } = await import('../../src/node/serve/served-model.js');
const second = await ServedModel.prepare('left', 'two', 'x', { ...exampleBundle(), threshold: 0.99 });
const first = service.deployments.get('left');
service.deployments.replace([{ ...first, versions: new Map([...first.versions, ['two', second]]) }]);
/** Asks eight at a time: hundreds at once are turned away. */
async function askAll(queries: readonly string[]) {
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  for (let i = 0; i < queries.length; i += 8) answers.push(...(await Promise.all(queries.slice(i, i + 8).map(ask))));
  return answers;
}
const ask = async (query = '') => (await post(`/v1/models/left/predict${query}`, { age: 25 })).json as { id: string; version: string };

it('a canary answers its share of the requests, and a key always comes to the same version', async () => {
  service.setTraffic('left', { canary: { version: 'two', weight: 0.25 } });
  const versions = await askAll(new Array<string>(200).fill(''));
  expect(versions.filter((v) => v.version === 'two').length).toBeGreaterThanOrEqual(49);
  expect(versions.filter((v) => v.version === 'two').length).toBeLessThanOrEqual(51);
  const keys = Array.from({ length: 400 }, (_, i) => `customer ${i}`);
  const once = await askAll(keys.map((key) => `?key=${key}`));
  const again = await askAll(keys.map((key) => `?key=${key}`));
  expect(again.map((a) => a.version)).toEqual(once.map((a) => a.version));
  const share = once.filter((a) => a.version === 'two').length / keys.length;
  expect(share).toBeGreaterThan(0.18);
  expect(share).toBeLessThan(0.32);
  expect(keyShare('a')).toBe(keyShare('a'));
});

it('a version beside is asked for the log alone', async () => {
  service.setTraffic('left', { shadow: ['two'] });
  const { id, version } = await ask();
  expect(version).not.toBe('two');
  const shadow = () => logged().find((line) => line.id === `${id}~two`);
  while (!shadow()) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(shadow()).toMatchObject({ route: 'shadow', version: 'two', answer: { version: 'two' } });
});

it('traffic to what is not there is refused', () => {
  expect(() => service.setTraffic('left', { shadow: ['nine'] })).toThrow('not served in version');
  expect(() => service.setTraffic('left', { canary: { version: 'two', weight: 1 } })).toThrow('canary.weight');
  expect(() => service.setTraffic('left', { colour: 1 })).toThrow();
});

it('models are exchanged under load without a failed request', async () => {
  let stop = false;
  let asked = 0;
  const versions = new Set<string>();
  const callers = Array.from({ length: 8 }, async () => {
    while (!stop) {
      const { status, json } = await post('/v1/models/left/predict', { age: 25, city: 'Oslo' });
      expect(status).toBe(200);
      versions.add(json.version);
      asked++;
    }
  });
  for (const threshold of [0.2, 0.3, 0.5, 0.6, 0.7]) {
    writeFileSync(join(folder, 'left.mill'), await encodeBundle({ ...exampleBundle(), threshold }));
    await server.reload();
    const before = asked;
    while (asked < before + 40) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stop = true;
  await Promise.all(callers);
  expect(versions.size).toBeGreaterThanOrEqual(5);
});

it('a version that did not change is kept as it is, and of two reloads at once the later one counts', async () => {
  const loaded = () => server.service.deployments.choose('left').model;
  const before = loaded();
  await server.reload();
  expect(loaded()).toBe(before);
  const bundle = { ...exampleBundle(), threshold: 0.45 };
  const first = server.reload();
  writeFileSync(join(folder, 'left.mill'), await encodeBundle(bundle));
  await Promise.all([first, server.reload()]);
  expect(loaded().bundle.threshold).toBe(0.45);
});

it('a caller may ask so often, and a pause gives it more', () => {
  let now = 0;
  const limit = new RateLimit(10, () => now);
  const taken = Array.from({ length: 25 }, () => limit.take('a'));
  expect(taken.filter((wait) => wait === 0)).toHaveLength(20);
  expect(taken[24]).toBe(1);
  expect(limit.take('b')).toBe(0);
  now = 500;
  expect(Array.from({ length: 6 }, () => limit.take('a'))).toEqual([0, 0, 0, 0, 0, 1]);
});
