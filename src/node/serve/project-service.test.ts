import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { makeProject } from '../store/open-store.js';
import { keptTraffic } from './deployments.js';
import { ProjectLink } from './project-service.js';

const root = mkdtempSync(join(tmpdir(), 'millwright-link-'));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

it('tells of what was changed since the models were read, and again when that could not be taken', async () => {
  vi.stubEnv('MILLWRIGHT_STORE', await makeProject(root));
  const link = await ProjectLink.open();
  const since = await link.mark();
  await link.store.note({ user: 'ann', roles: [], via: 'library' }, { action: 'test', subject: 'x' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let told = 0;
  link.watch(since, async () => {
    if (++told === 1) throw new Error('the store is away');
  });
  await vi.waitFor(() => expect(told).toBe(2), { timeout: 10_000 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toBe(2);
  vi.useRealTimers();
  await link.close();
});

it('divides nothing by traffic that cannot be read', () => {
  const versions = new Map([
    ['1', {}],
    ['2', {}],
  ]);
  const canary = { version: '2', weight: 0.5 };
  expect(keptTraffic(JSON.stringify({ canary, shadow: ['1', '9'] }), '1', versions)).toEqual({ champion: '1', canary, shadow: ['1'] });
  for (const kept of [undefined, 'no JSON', '{"canary":{"version":"2","weight":1}}', 'null'])
    expect(keptTraffic(kept, '1', versions)).toEqual({ champion: '1', shadow: [] });
});
