import type { Task } from '../../core/schema.js';
import type { RunResult, ScoredRows } from '../../engine/automl/result.js';
import type { Artist } from './artist.js';
import type { Glossary } from './glossary.js';
import { clip, data, type Html, html, trusted } from './html.js';
import { STYLE } from './style.js';

/** What the command line knows and the run does not. */
export interface ReportContext {
  /** For the browser's tab and the top of the page. */
  title: string;
  /** Where the rows came from, in words or as a file name. */
  dataLabel: string;
  /** The command that made the run, as typed. */
  command: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Version of Millwright. */
  millwright: string;
  /** Where the model file lies, as to be typed; default `model.mill`. */
  bundlePath?: string;
}

/** What every section of the report draws on. */
export interface Page {
  result: RunResult;
  context: ReportContext;
  artist: Artist;
  glossary: Glossary;
  /** The scored rows that the report speaks of: the holdout, or else the out-of-fold rows. */
  scored: ScoredRows;
  /** False when there is no holdout and `scored` is out of fold. */
  onHoldout: boolean;
}

/** Name of a class as the reader knows it. */
export function className(task: Task, index: number): string {
  return task.classes[index] ?? `class ${index}`;
}

/** A class for use in a sentence: "1" alone says nothing, so short codes bring their column along ("Survived = 1"). */
export function answer(page: Page, index: number): string {
  const name = className(page.result.task, index);
  return /^[\d.,\s+-]*$/.test(name) || name.length < 2
    ? `${clip(page.result.task.target, 24)}\u00a0=\u00a0${clip(name, 24)}`
    : clip(name, 40);
}

/** The class that "yes" stands for (binary only). */
export function positive(page: Page): Html {
  return html`<b>${data(answer(page, 1))}</b>`;
}

/** A whole page of HTML, which loads nothing. @param head `what` it is, for a link to its main part; `style` besides that of all pages */
export function wholePage(
  { title, millwright, what, style = '' }: { title: string; millwright: string; what: string; style?: string },
  sheet: Html,
): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Millwright ${millwright}">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(STYLE + style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the ${what}</a>
<div class="sheet">
${sheet}
</div>
</body>
</html>
`;
}

/** One numbered part of the report. */
export function section(id: string, title: string, lead: Html | string, ...body: (Html | string)[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${lead ? html`<p class="lead">${lead}</p>` : ''}${body}</section>`;
}

/** A wide table in its own scroller, reachable by keyboard. */
export function scroller(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}
