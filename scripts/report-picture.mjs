// Takes the README's picture of the report: node scripts/report-picture.mjs <report.html> [docs/images/report.png]. Needs a Chromium on the machine.
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findBrowser } from './find-browser.mjs';

const [report, picture = 'docs/images/report.png'] = process.argv.slice(2);
const executablePath = findBrowser();
if (!report || !executablePath)
  throw new Error(report ? 'no Chromium was found' : 'usage: node scripts/report-picture.mjs <report.html> [picture.png]');

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1100, height: 1400 }, deviceScaleFactor: 1.5, colorScheme: 'light' });
await page.goto(pathToFileURL(resolve(report)).href);
mkdirSync(dirname(picture), { recursive: true });
await page.screenshot({ path: picture });
await browser.close();
console.log(picture);
