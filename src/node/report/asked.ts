import { isInput } from '../../core/schema.js';
import { count, day, duration, plural } from './format.js';
import { data, type Html, html } from './html.js';
import { answer, className, type Page } from './page.js';

/** The question in one sentence. */
export function question(page: Page): Html {
  const { task, schema } = page.result;
  const others = schema.columns.filter(isInput).length;
  const from = others === 1 ? html`Can the one other column` : html`Can the other ${count(others)} columns`;
  const target = html`<b>${data(task.target, 60)}</b>`;
  if (task.kind === 'binary') return html`${from} tell whether ${target} is <b>${data(className(task, 1), 40)}</b>?`;
  if (task.kind === 'multiclass') return html`${from} tell which of ${count(task.classes.length)} values ${target} has?`;
  return html`How closely can the other ${plural(others, 'column')} predict ${target}?`;
}

/** Title, question and the facts of the run. */
export function asked(page: Page): Html {
  const { result, context } = page;
  const started = Date.parse(context.startedAt);
  const facts: [string, Html | string][] = [
    ['Data', data(context.dataLabel, 60)],
    ['Target', data(result.task.target, 60)],
    ['Rows', count(result.rows.total)],
    ['Columns', count(result.schema.columns.length)],
    [
      'Made',
      Number.isNaN(started)
        ? data(context.startedAt)
        : html`<time datetime="${new Date(started).toISOString()}">${day(started, true)}</time>`,
    ],
    ['Took', html`${duration(result.seconds)}${result.interrupted ? ' (interrupted)' : result.cut ? ' (cut by its time limit)' : ''}`],
  ];
  return html`<header class="top"><p class="brand"><svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" focusable="false"><circle cx="11" cy="11" r="8.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M11 2.5v17M2.5 11h17M5 5l12 12M17 5L5 17" stroke="currentColor" stroke-width="1.2"/><circle cx="11" cy="11" r="2.6" fill="currentColor"/></svg> Millwright <span>report</span></p>
<p class="eyebrow">${data(context.title, 120)}</p><h1>${question(page)}</h1>
<dl class="facts">${facts.map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}</dl></header>`;
}

/** The two answers, as spelled in the data, for sentences about them. */
export function classPair(page: Page): [Html, Html] {
  return [data(answer(page, 0)), data(answer(page, 1))];
}
