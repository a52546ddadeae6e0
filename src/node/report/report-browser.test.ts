import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, CHROMIUM } from '../../../test/report/chromium.js';
import { type SampleOptions, sampleContext, sampleRun } from '../../../test/report/sample-run.js';
import { renderReport } from './report.js';

if (!CHROMIUM) console.warn('Chromium is not installed: the report is not tested in a browser.');

const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=2</script>',
  ']]><svg onload=window.hacked=3>',
  '"onload="window.hacked=4" x="',
  '__proto__',
  '\u202eelddim eht ni\u202c \u05d0\u05d1\u05d2',
  '{a|red} {b} {c} %s {{e}}',
  '😀👩‍🚀 emoji',
  `long-${'x'.repeat(5000)}`,
  "'); background:url(//evil.example/x",
  '</style></title></textarea><!--',
  '\u0000\u001b[31m\ud800',
];

describe.skipIf(!CHROMIUM)('the report in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** Opens a report and gives what the console, the network and dialogs said. */
  async function open(
    options: SampleOptions,
    width: number,
    scheme: 'light' | 'dark',
    context = sampleContext,
  ): Promise<{ page: Page; noise: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const noise: string[] = [];
    page.on('console', (m) => noise.push(m.text()));
    page.on('pageerror', (e) => noise.push(String(e)));
    page.on('request', (r) => noise.push(`request ${r.url()}`));
    await page.setContent(await renderReport(sampleRun(options), context), { waitUntil: 'load' });
    return { page, noise };
  }

  const hostile: SampleOptions = {
    kind: 'multiclass',
    rows: 2000,
    columns: 14,
    names: HOSTILE,
    classes: HOSTILE,
    levels: HOSTILE,
    target: '<script>window.hacked=5</script>',
    findings: HOSTILE.map((message, i) => ({ level: 'danger', code: `<b>${i}`, column: message, message })),
    change: (r) => {
      r.plan.holdout.reason = HOSTILE.join(' ');
      r.plan.candidates.push({ learner: HOSTILE[0] as string, parameters: { '"><script>window.hacked=6</script>': HOSTILE[1] as string } });
      for (const c of r.schema.columns) c.reason = HOSTILE[2] as string;
      for (const row of r.leaderboard) row.title = HOSTILE[0] as string;
    },
  };
  const hostileContext = {
    ...sampleContext,
    title: HOSTILE[10] as string,
    dataLabel: HOSTILE[0] as string,
    command: HOSTILE[1] as string,
    millwright: HOSTILE[3] as string,
    bundlePath: HOSTILE[9] as string,
  };

  it('runs nothing and asks for nothing that the data holds', async () => {
    const { page, noise } = await open(hostile, 1280, 'light', hostileContext);
    const seen = await page.evaluate(() => ({
      hacked: (window as unknown as { hacked?: number }).hacked,
      foreign: document.querySelectorAll('script, img, iframe, object, embed, link, foreignObject, image, use, animate, form').length,
      handlers: [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,
      title: document.title,
      names: [...document.querySelectorAll('.card h4')].map((e) => e.textContent),
      chart: [...document.querySelectorAll('.plot svg text')].map((e) => e.textContent),
    }));
    expect(noise).toEqual([]);
    expect(seen.hacked).toBeUndefined();
    expect([seen.foreign, seen.handlers]).toEqual([0, 0]);
    expect(seen.title).toContain('</style></title></textarea><!--');
    expect(seen.names).toContain('<img src=x onerror="window.hacked=1">');
    expect(seen.names).toContain('__proto__');
    // A template of the charting library is text like any other.
    expect(seen.chart.some((t) => t?.startsWith('{a|red}'))).toBe(true);
    await page.close();
  });

  it('is well formed: ids are unique, and every reference leads somewhere', async () => {
    for (const options of [hostile, { kind: 'regression', rows: 4000 }, { kind: 'binary', columns: 200 }] satisfies SampleOptions[]) {
      const { page } = await open(options, 1280, 'light');
      const broken = await page.evaluate(() => {
        const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
        const out = ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `twice: ${id}`);
        for (const a of document.querySelectorAll('a'))
          if (!document.getElementById(a.getAttribute('href')?.slice(1) ?? '')) out.push(`link: ${a.outerHTML}`);
        for (const e of document.querySelectorAll('[clip-path]'))
          if (!document.getElementById(e.getAttribute('clip-path')?.slice(5, -1) ?? '')) out.push(`clip: ${e.outerHTML.slice(0, 90)}`);
        if (document.compatMode !== 'CSS1Compat' || document.querySelectorAll('main, h1').length !== 2) out.push('frame');
        return out;
      });
      expect(broken).toEqual([]);
      await page.close();
    }
  });

  it('fits a phone and a desk without scrolling sideways', async () => {
    for (const options of [hostile, { kind: 'binary' }, { kind: 'regression' }] satisfies SampleOptions[]) {
      const { page } = await open(options, 320, 'light', options === hostile ? hostileContext : sampleContext);
      await page.evaluate(() => {
        for (const d of document.querySelectorAll('details')) d.open = true;
      });
      for (const width of [320, 390, 768, 1280, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${options.kind} at ${width}`).toBeLessThanOrEqual(width);
      }
      await page.close();
    }
  });

  it('passes axe in light and dark, wide and narrow', async () => {
    const views: [SampleOptions, number, 'light' | 'dark'][] = [
      [{ kind: 'binary' }, 1280, 'light'],
      [{ kind: 'binary' }, 390, 'dark'],
      [{ kind: 'multiclass', rows: 2000, classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, 1280, 'dark'],
      [{ kind: 'multiclass', rows: 2000, classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, 1280, 'light'],
      [{ kind: 'regression', change: (r) => Object.assign(r, { cut: true }) }, 390, 'light'],
      [hostile, 1280, 'light'],
    ];
    for (const [options, width, scheme] of views) {
      const { page } = await open(options, width, scheme);
      expect(await axeFindings(page), `${options.kind} ${width} ${scheme}`).toEqual([]);
      await page.close();
    }
  });

  it('draws charts in the colours of the page', async () => {
    const colour = async (scheme: 'light' | 'dark'): Promise<string> => {
      const { page } = await open({ kind: 'binary' }, 1280, scheme);
      const stroke = await page.evaluate(
        () => getComputedStyle(document.querySelector('.plot svg [stroke="var(--accent)"]') as Element).stroke,
      );
      await page.close();
      return stroke;
    };
    const [light, dark] = [await colour('light'), await colour('dark')];
    expect(light).toMatch(/^rgb/);
    expect(dark).toMatch(/^rgb/);
    expect(light).not.toBe(dark);
  });

  it('prints with the details opened', async () => {
    const { page } = await open({ kind: 'binary' }, 1280, 'dark');
    await page.emulateMedia({ media: 'print' });
    const paper = await page.evaluate(() => [
      getComputedStyle(document.documentElement).backgroundColor,
      getComputedStyle(document.querySelector('nav') as Element).display,
    ]);
    expect(paper).toEqual(['rgb(255, 255, 255)', 'none']);
    expect((await page.pdf()).subarray(0, 4).toString()).toBe('%PDF');
    await page.close();
  });
});
