import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where a browser is, on machines that have one. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe finds wrong with a page, its details opened. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    for (const d of document.querySelectorAll('details')) d.open = true;
  });
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (o: unknown) => Promise<{ passes: unknown[]; violations: Violation[] }> } };
    const { violations, passes } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    if (passes.length < 20) return ['axe did not run'];
    return violations.flatMap((v) =>
      v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 220)}`),
    );
  });
}

/** MILLWRIGHT_SCREENSHOTS names a folder for pictures of what was tested. */
const pictures = process.env.MILLWRIGHT_SCREENSHOTS;

/** Opens a page: no violation, nothing beside it, nothing that the browser complains of. */
export async function checkPage(
  browser: Browser,
  name: string,
  width: number,
  colorScheme: 'light' | 'dark',
  go: (page: Page) => Promise<unknown>,
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const noise: string[] = [];
  page.on('console', (m) => noise.push(m.text()));
  page.on('pageerror', (e) => noise.push(String(e)));
  await go(page);
  const where = `${name} ${width} ${colorScheme}`;
  if (pictures) writeFileSync(join(pictures, `${where.replaceAll(' ', '-')}.png`), await page.screenshot({ fullPage: true }));
  expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(width);
  expect(noise, where).toEqual([]);
  expect(await axeFindings(page), where).toEqual([]);
  return page;
}
