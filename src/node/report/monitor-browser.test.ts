import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, checkPage } from '../../../test/report/chromium.js';
import { type SampleMonitor, sampleMonitor } from '../../../test/report/sample-monitor.js';
import { renderMonitorPage } from './monitor-page.js';

if (!CHROMIUM) console.warn('Chromium is not installed: the page of models under watch is not tested in a browser.');

const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=2</script>',
  '{a|red} {b}',
  `long-${'x'.repeat(3000)}`,
];
const shop: SampleMonitor = {
  names: ['city', 'price', 'device', 'basket', 'member', 'weight'],
  levels: ['Oslo', 'Bergen', 'Trondheim', 'Stavanger', 'Bodø'],
  rows: 6000,
  pace: 600_000,
};
const about = { at: '2026-11-23T07:01:02.000Z', millwright: '0.1.0', served: false };
describe.skipIf(!CHROMIUM)('the page of models under watch in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
  });

  it('passes axe in light and dark, on a desk and a phone, and says what hostile names are', async () => {
    const load = async (views: SampleMonitor[]) => {
      const text = await renderMonitorPage(views.map(sampleMonitor), about);
      return (page: Page) => page.setContent(text, { waitUntil: 'load' });
    };
    const one = await load([shop]);
    for (const [width, scheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const)
      await (await checkPage(browser, 'one', width, scheme, one)).close();
    const several = await load([{ ...shop, model: 'prices@1', moved: 0 }, shop, { ...shop, model: 'fresh@1', rows: 0 }]);
    await (await checkPage(browser, 'several', 1280, 'light', several)).close();
    const hostile = await load([{ model: HOSTILE[0] as string, names: HOSTILE, levels: HOSTILE, unmet: HOSTILE }]);
    const page = await checkPage(browser, 'hostile', 320, 'light', hostile);
    expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.evaluate(() => document.querySelectorAll('script, img, iframe, form').length)).toBe(0);
    await page.close();
  }, 60_000);
});
