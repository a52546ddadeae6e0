import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreAll } from './score-all.js';

// The built scorer (`npm run build`), in every place where it must run, must give the very numbers of the golden files.

const script = new URL('../../dist/predict.js', import.meta.url);
const shared = new URL('score-all.js', import.meta.url);
const folder = new URL('../golden/bundles/', import.meta.url);
const bundles = readdirSync(folder)
  .filter((file) => file.endsWith('.mill'))
  .map((file) => {
    const name = file.slice(0, -'.mill'.length);
    return { name, mill: readFileSync(new URL(file, folder), 'base64'), json: readFileSync(new URL(`${name}.json`, folder), 'utf8') };
  });
const expected = bundles.map(({ name, json }) => {
  const { values, labels } = JSON.parse(json) as { values: number[]; labels?: string[] };
  return { name, values, labels: labels ?? null };
});

describe('dist/predict.js', () => {
  it('imports nothing, and names nothing of Node', () => {
    const text = readFileSync(script, 'utf8');
    expect(text).not.toMatch(/\bimport\b|\bfrom\s*["']|\brequire\b|\bprocess\b|\bBuffer\b|\bnode:/);
    expect(text).toMatch(/export\s*\{/);
  });

  it('is at most 30 KB gzipped', () => {
    expect(gzipSync(readFileSync(script)).length).toBeLessThanOrEqual(30_000);
  });

  it('scores in Node', async () => {
    expect(await scoreAll(await import(/* @vite-ignore */ script.href), bundles)).toEqual(expected);
  });

  it('scores in a worker thread', async () => {
    const source = `const { parentPort, workerData } = require('node:worker_threads');
      Promise.all([import(workerData.script), import(workerData.shared)])
        .then(([scorer, { scoreAll }]) => scoreAll(scorer, workerData.bundles))
        .then((answers) => parentPort.postMessage(answers));`;
    const worker = new Worker(source, { eval: true, workerData: { script: script.href, shared: shared.href, bundles } });
    try {
      const answers = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      expect(answers).toEqual(expected);
    } finally {
      await worker.terminate();
    }
  });
});

const candidates = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
const why = executablePath === undefined ? ' (skipped: no Chromium on this machine; set CHROMIUM_PATH)' : '';
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

describe.skipIf(executablePath === undefined)(`dist/predict.js in Chromium${why}`, () => {
  let server: Server;
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    const files = new Map([
      ['/predict.js', script],
      ['/score-all.js', shared],
    ]);
    server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
      response.end(file ? readFileSync(file) : '<!doctype html><title>scorer</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ARGUMENTS.split(' ') });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const work = (): string => `Promise.all([import('${origin}/predict.js'), import('${origin}/score-all.js')])
    .then(([scorer, { scoreAll }]) => scoreAll(scorer, ${JSON.stringify(bundles)}))`;
  // Numbers travel as JSON: it keeps every bit of a finite double.
  const inPage = (): string => `${work()}.then(JSON.stringify)`;
  const inWorker = (): string => `new Promise((resolve, reject) => {
    const source = ${JSON.stringify(`${work()}.then(JSON.stringify).then(postMessage, (e) => setTimeout(() => { throw e; }))`)};
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
  })`;

  it.each([
    ['a page', inPage],
    ['a web worker', inWorker],
  ])('scores in %s exactly as Node does', async (_, expression) => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(origin);
    expect(JSON.parse((await page.evaluate(expression())) as string)).toEqual(expected);
    expect(errors).toEqual([]);
    await page.close();
  });
});
