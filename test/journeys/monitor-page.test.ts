import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleRows, watchedBundle } from '../fixtures/watched-bundle.js';
import { CHROMIUM, checkPage } from '../report/chromium.js';
import { millwright, start, workFolder } from './cli.js';

// The page of models under watch as it is met: a file of `monitor --html`, and /monitor of a server.

describe.skipIf(!CHROMIUM)('the page of models under watch', () => {
  const folder = workFolder();
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox', '--disable-gpu'] });
    writeFileSync(join(folder, 'churn.mill'), await encodeBundle(watchedBundle()));
  });
  afterAll(async () => {
    await browser?.close();
  });

  it('is a file that shows what changed', async () => {
    const rows = [...exampleRows(1500, 2), ...exampleRows(1500, 3, 20)];
    writeFileSync(join(folder, 'rows.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { status, stderr } = await millwright(folder, 'monitor', 'churn.mill', 'rows.ndjson', '--html', 'page.html', '--value', '12 EUR');
    expect([status, stderr]).toEqual([0, '']);
    const url = pathToFileURL(join(folder, 'page.html')).href;
    for (const [width, scheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const) {
      const page = await checkPage(browser, 'file', width, scheme, (p) => p.goto(url, { waitUntil: 'load' }));
      expect(await page.textContent('.findings')).toMatch(/“age”[\s\S]*At stake: [\d,.]+ EUR/);
      await page.close();
    }
  }, 60_000);

  it('is on a server, of what it answers; and says so where nothing is watched', async () => {
    const serve = async (...args: string[]) => {
      const running = start(folder, ['serve', 'churn.mill', '--port', '0', '--json', ...args]);
      let address = '';
      running.child.stdout?.on('data', (chunk: Buffer) => {
        address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
      });
      await running.said(/"type":"ready"/);
      // a browser asks for an icon, which there is none of
      return { running, open: (path: string) => `${address}${path}`, icon: `${address}/favicon.ico` };
    };
    const [watched, unwatched] = await Promise.all([serve('--monitor', '200'), serve('--monitor', 'off')]);
    for (const rows of [exampleRows(800, 2), exampleRows(800, 3, 20)]) {
      const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(rows) };
      expect((await fetch(watched.open('/v1/models/churn/predict'), body)).status).toBe(200);
    }
    const visit = async (name: string, { open, icon }: typeof watched, width: number, scheme: 'light' | 'dark') =>
      checkPage(browser, name, width, scheme, async (page) => {
        await page.route(icon, (route) => route.fulfill({ status: 204 }));
        await page.goto(open('/monitor'), { waitUntil: 'load' });
      });
    for (const [width, scheme] of [
      [1280, 'dark'],
      [390, 'light'],
    ] as const) {
      const page = await visit('served', watched, width, scheme);
      expect(await page.textContent('h1')).toMatch(/^churn@\w+: Changed/);
      expect(await page.textContent('.findings')).toContain('“age”');
      await page.close();
    }
    const page = await visit('nothing', unwatched, 390, 'light');
    expect(await page.textContent('main')).toContain('No model is watched');
    await page.close();
    for (const { running } of [watched, unwatched]) {
      running.child.kill('SIGTERM');
      await running.ended;
    }
  }, 60_000);
});
