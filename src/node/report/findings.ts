import type { Finding } from '../../engine/automl/result.js';
import { count } from './format.js';
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

/** Findings as a list: an icon and a word say how serious each is. */
export function findingList(findings: readonly Finding[]): Html {
  const items = findings.map(item);
  if (items.length <= SHOWN + 3) return html`<ul class="findings">${items}</ul>`;
  return html`<ul class="findings">${items.slice(0, SHOWN)}</ul><details><summary>${count(items.length - SHOWN)} more</summary><ul class="findings">${items.slice(SHOWN, 500)}</ul>${
    items.length > 500 ? html`<p class="note">${count(items.length - 500)} further ones are not listed.</p>` : ''
  }</details>`;
}

function item(f: Finding): Html {
  const { word, icon } = LEVELS[f.level] ?? LEVELS.info;
  return html`<li class="finding ${f.level}"><span class="badge"><svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${trusted(icon)}</svg>${word}</span><p>${
    f.column !== undefined ? html`<b class="of">${data(f.column, 60)}</b> ` : ''
  }${data(f.message, 600)}</p></li>`;
}
