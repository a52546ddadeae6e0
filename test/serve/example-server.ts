import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Bundle } from '../../src/model/bundle.js';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { startServer } from '../../src/node/serve/server.js';
import { parseSettings } from '../../src/node/serve/settings.js';
import { exampleBundle } from '../example-bundle.js';

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at from all sides
  json: any;
}

/** A server of the example bundle `left` (and others) in this process, stopped at the end of the test file. */
export async function exampleServer(options: Record<string, unknown> = {}, others: Record<string, Bundle> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-serve-'));
  const models: string[] = [];
  for (const [name, bundle] of Object.entries({ left: exampleBundle(), ...others })) {
    models.push(join(folder, `${name}.mill`));
    writeFileSync(models.at(-1) as string, await encodeBundle(bundle));
  }
  const server = await startServer(parseSettings({ models, port: 0, monitor: 'off', log: join(folder, 'log'), ...options }));
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = async (method: string, path: string, body?: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> => {
    const type = body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' };
    const response = await fetch(server.address + path, { method, headers: { ...type, ...headers }, body });
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {}
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    server,
    folder,
    call,
    get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers),
    post: (path: string, body: unknown, headers?: Record<string, string>) =>
      call('POST', path, typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body), headers),
    /** What the prediction log holds. */
    logged: (): Record<string, unknown>[] =>
      readdirSync(join(folder, 'log')).flatMap((name) =>
        readFileSync(join(folder, 'log', name), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      ),
  };
}
