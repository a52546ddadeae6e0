import type { Deadline } from '../../core/clock.js';
import type { RunResult } from '../../engine/automl/result.js';
import { Artist } from './artist.js';
import { asked } from './asked.js';
import { cautionsSection } from './cautions.js';
import { dataSection } from './data-section.js';
import { driversSection } from './drivers.js';
import { plural } from './format.js';
import { Glossary } from './glossary.js';
import { clip, type Html, html } from './html.js';
import { makingSection } from './making.js';
import { type Page, type ReportContext, wholePage } from './page.js';
import { qualitySection } from './quality.js';
import { usageSection } from './usage.js';
import { verdict } from './verdict.js';

export type { ReportContext } from './page.js';

const PARTS = [
  ['verdict', 'Verdict'],
  ['data', 'Data'],
  ['quality', 'Quality'],
  ['drivers', 'Drivers'],
  ['cautions', 'Cautions'],
  ['use', 'Use'],
  ['making', 'Making'],
  ['glossary', 'Terms'],
] as const;

/**
 * Writes the report of a run: one HTML page that needs no network and no script.
 * @param deadline charts that it no longer allows are left out, and the page says so; without it all are drawn
 * @example await writeFile('report.html', await renderReport(result, context));
 */
export async function renderReport(result: RunResult, context: ReportContext, deadline?: Deadline): Promise<string> {
  const artist = new Artist(deadline);
  const onHoldout = result.holdout.actual.length > 0;
  const page: Page = {
    result,
    context,
    artist,
    glossary: new Glossary(),
    scored: onHoldout ? result.holdout : result.outOfFold,
    onHoldout,
  };
  // The drivers and the quality hold the costly charts; everything else is text.
  const top = html`${asked(page)}<section id="verdict" aria-label="Verdict">${verdict(page)}</section>`;
  const quality = await qualitySection(page);
  const drivers = await driversSection(page);
  const body = html`${dataSection(page)}${quality}${drivers}${cautionsSection(page)}${usageSection(page)}${makingSection(page)}`;
  return document(page, top, html`${omissions(artist)}${body}`).text;
}

function omissions(artist: Artist): Html {
  return artist.omitted === 0
    ? html``
    : html`<p class="omitted">${plural(artist.omitted, 'chart')} ${artist.omitted === 1 ? 'was' : 'were'} left out of this report because the time was up. The figures in words and tables are complete.</p>`;
}

function document(page: Page, top: Html, body: Html): Html {
  const { title, millwright } = page.context;
  return wholePage(
    { title: `${clip(title, 120)} – Millwright report`, millwright, what: 'report' },
    html`<nav aria-label="Parts of this report"><ul>${PARTS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main">${top}${body}
<section id="glossary" aria-labelledby="glossary-title"><h2 id="glossary-title">Terms</h2>${page.glossary.list()}</section></main>
<footer><p>Made by Millwright ${millwright}. This file is complete in itself: it loads nothing and sends nothing.</p></footer>`,
  );
}
