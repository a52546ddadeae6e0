import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainAll } from './train-sample.js';

// The engine needs neither Node nor a browser: trained in either, on any number of threads, a model has the same bytes.

const candidates = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
const why = executablePath === undefined ? ' (skipped: no Chromium on this machine; set CHROMIUM_PATH)' : '';
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

async function bundle(contents: string): Promise<string> {
  const resolveDir = fileURLToPath(new URL('.', import.meta.url));
  const made = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  });
  return made.outputFiles[0]?.text as string;
}

describe.skipIf(executablePath === undefined)(`training in Chromium${why}`, () => {
  let server: Server;
  let browser: Browser;
  let origin: string;
  let expected: string[];

  beforeAll(async () => {
    const [train, thread] = await Promise.all([
      bundle(`export { trainAll, webTeam } from './train-sample.js';`),
      bundle(`import { listen } from './train-sample.js'; listen(globalThis as never);`),
    ]);
    server = createServer(({ url = '/' }, response) => {
      const script = url === '/train.js' ? train : url === '/thread.js' ? thread : undefined;
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      // Shared memory is for isolated pages alone; /plain is a page like any other.
      if (url !== '/plain') {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
      }
      response.end(script ?? '<!doctype html><title>training</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ARGUMENTS.split(' ') });
    expected = await trainAll();
    expect(new Set(expected).size).toBe(5);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const work = (threads: number): string =>
    `import('${origin}/train.js').then(({ trainAll, webTeam }) => trainAll(${threads > 1 ? `webTeam('${origin}/thread.js', ${threads})` : ''}))`;
  const inWorker = (threads: number): string => `new Promise((resolve, reject) => {
    const source = ${JSON.stringify(`${work(threads)}.then(postMessage, (e) => setTimeout(() => { throw e; }))`)};
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
  })`;

  it.each([
    ['a page without shared memory', '/plain', () => work(1)],
    ['a web worker', '/', () => inWorker(1)],
    ['a web worker with another thread', '/', () => inWorker(2)],
    ['a web worker with two more threads', '/', () => inWorker(3)],
    ['a page, which may not sleep, with another thread', '/', () => work(2)],
  ])('%s: the same bytes as in Node', async (_, path, expression) => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(origin + path);
    expect(await page.evaluate('crossOriginIsolated')).toBe(path === '/');
    expect(await page.evaluate(expression())).toEqual(expected);
    expect(errors).toEqual([]);
    await page.close();
  });
});
