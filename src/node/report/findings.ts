import type { Finding } from '../../engine/automl/result.js';
import { count, plural } from './format.js';
import { data, type Html, html, trusted } from './html.js';

const LEVELS: Record<Finding['level'], { word: string; icon: string }> = {
  danger: {
    word: 'Serious',
    icon: '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5.5 5.5l5 5m0-5l-5 5" stroke="currentColor" stroke-width="1.6"/>',
  },
  warning: {
    word: 'Caution',
    icon: '<path d="M8 1.5L15 14.5H1z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/><path d="M8 6v4.2M8 11.6v1.4" stroke="currentColor" stroke-width="1.6"/>',
  },
  repair: {
    word: 'Repaired',
    icon: '<circle cx="8" cy="8" r="6.7" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M4.8 8.3l2.2 2.2 4.2-4.6" fill="none" stroke="currentColor" stroke-width="1.6"/>',
  },
  info: {
    word: 'Note',
    icon: '<circle cx="8" cy="8" r="6.7" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 7v4.5M8 4.2v1.6" stroke="currentColor" stroke-width="1.6"/>',
  },
};

const SHOWN = 12;
const ALIKE = 3;

/** Findings as a list: an icon and a word say how serious each is. Many of one kind share a line. */
export function findingList(findings: readonly Finding[]): Html {
  const groups = new Map<string, Finding[]>();
  for (const f of findings) {
    const key = `${f.level} ${f.code}`;
    const group = groups.get(key);
    if (group) group.push(f);
    else groups.set(key, [f]);
  }
  const items = [...groups.values()].flatMap((g) => (g.length > ALIKE ? [item(g[0] as Finding, g.slice(1))] : g.map((f) => item(f, []))));
  if (items.length <= SHOWN + 3) return html`<ul class="findings">${items}</ul>`;
  return html`<ul class="findings">${items.slice(0, SHOWN)}</ul><details><summary>${count(items.length - SHOWN)} more</summary><ul class="findings">${items.slice(SHOWN, 300)}</ul></details>`;
}

function item(f: Finding, alike: readonly Finding[]): Html {
  const { word, icon } = LEVELS[f.level] ?? LEVELS.info;
  return html`<li class="finding ${f.level}"><span class="badge"><svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${trusted(icon)}</svg>${word}</span><div><p>${text(f)}</p>${
    alike.length
      ? html`<details class="alike"><summary>The same kind in ${plural(alike.length, 'other column')}</summary><ul>${alike.slice(0, 100).map((a) => html`<li>${text(a)}</li>`)}${alike.length > 100 ? html`<li>and ${count(alike.length - 100)} more</li>` : ''}</ul></details>`
      : ''
  }</div></li>`;
}

function text(f: Finding): Html {
  return html`${f.column !== undefined ? html`<b class="of">${data(f.column, 60)}</b> ` : ''}${data(f.message, 600)}`;
}
