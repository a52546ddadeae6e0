import type { ColumnSchema } from '../../core/schema.js';
import type { ColumnProfile } from '../../engine/automl/result.js';
import { columnCard, TYPE_WORDS } from './columns.js';
import { findingList } from './findings.js';
import { count, percent, plural } from './format.js';
import { data, type Html, html, join, trusted } from './html.js';
import { type Page, section } from './page.js';

const FIRST_CARDS = 12;
const MOST_CARDS = 240;
const MOST_STRIPS = 24;

/** What the data looks like and what was repaired. */
export function dataSection(page: Page): Html {
  const { schema, findings, profiles } = page.result;
  const byName = new Map(profiles.map((p) => [p.name, p]));
  const gentle = findings.filter((f) => f.level === 'repair' || f.level === 'info');
  gentle.sort((a, b) => Number(a.level === 'info') - Number(b.level === 'info'));
  return section(
    'data',
    'What the data looks like',
    lead(page),
    gentle.length ? html`<h3>Repaired and noticed</h3>${findingList(gentle)}` : '',
    missingMap(schema.columns, byName),
    cards(page, byName),
  );
}

function lead(page: Page): Html {
  const { schema, rows } = page.result;
  const used = schema.columns.filter((c) => c.use !== 'ignore' && c.use !== 'target');
  const kinds = new Map<ColumnSchema['type'], number>();
  for (const c of used) kinds.set(c.type, (kinds.get(c.type) ?? 0) + 1);
  const words = [...kinds].sort((a, b) => b[1] - a[1]).map(([type, n]) => `${count(n)} ${TYPE_WORDS[type][n === 1 ? 0 : 1]}`);
  const unused = schema.columns.filter((c) => c.use === 'ignore').length;
  let cells = 0;
  let missing = 0;
  for (const c of schema.columns) {
    cells += c.stats.rows;
    missing += c.stats.missing;
  }
  return html`${plural(rows.total, 'row')}; the model reads ${plural(used.length, 'column')}${words.length ? html` (${join(words, ', ')})` : ''}${
    unused ? html` and leaves ${plural(unused, 'column')} out` : ''
  }. ${missing === 0 ? 'No cell is empty.' : html`${percent(missing / (cells || 1))} of all cells are empty.`}`;
}

/** One strip a column: where in the file its cells are empty. */
function missingMap(columns: readonly ColumnSchema[], profiles: ReadonlyMap<string, ColumnProfile>): Html {
  const gaps = columns.filter((c) => c.stats.missing > 0 && profiles.get(c.name)?.missingBySlice.length);
  if (gaps.length === 0) return html``;
  gaps.sort((a, b) => b.stats.missing / b.stats.rows - a.stats.missing / a.stats.rows);
  const shown = gaps.slice(0, MOST_STRIPS);
  return html`<h3>Where cells are missing</h3><p>Each strip is a column from the first row (left) to the last (right); the darker, the more is missing there. An even tone means that gaps are spread evenly; a block means that something changed.</p>
<div class="missing" role="table" aria-label="Missing cells by column">${shown.map((c) => {
    const share = c.stats.missing / c.stats.rows;
    return html`<div role="row"><span role="rowheader" class="name">${data(c.name, 40)}</span><span role="cell" class="strip">${strip(profiles.get(c.name)?.missingBySlice ?? [])}</span><span role="cell" class="share">${percent(share)}</span></div>`;
  })}</div>${gaps.length > shown.length ? html`<p class="note">${plural(gaps.length - shown.length, 'more column')} with fewer gaps.</p>` : ''}`;
}

function strip(slices: readonly number[]): Html {
  const width = 200 / slices.length;
  let out = '';
  let i = 0;
  while (i < slices.length) {
    // Neighbours of one tone make one box.
    const tone = shade(slices[i] as number);
    let j = i + 1;
    while (j < slices.length && shade(slices[j] as number) === tone) j++;
    if (tone > 0)
      out += `<path d="M${(i * width).toFixed(1)} 0H${(j * width).toFixed(1)}V10H${(i * width).toFixed(1)}z" fill-opacity="${tone}"/>`;
    i = j;
  }
  return html`<svg viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">${trusted(out)}</svg>`;
}

function shade(share: number): number {
  return share > 0 ? Math.round((0.12 + 0.88 * Math.min(1, share)) * 20) / 20 : 0;
}

function cards(page: Page, profiles: ReadonlyMap<string, ColumnProfile>): Html {
  const { schema, importance } = page.result;
  const weight = new Map(importance.map((i) => [i.column, i.drop.value]));
  const rank = (c: ColumnSchema): number =>
    c.use === 'target' ? Number.POSITIVE_INFINITY : c.use === 'ignore' ? Number.NEGATIVE_INFINITY : (weight.get(c.name) ?? -1e300);
  const order = [...schema.columns].sort((a, b) => {
    const [ra, rb] = [rank(a), rank(b)];
    return ra === rb ? 0 : rb - ra;
  });
  const most = page.artist.late ? FIRST_CARDS : MOST_CARDS;
  const first = order.slice(0, order.length <= FIRST_CARDS + 4 ? order.length : FIRST_CARDS);
  const more = order.slice(first.length, most);
  const left = order.length - first.length - more.length;
  const list = (columns: ColumnSchema[]): Html => html`<ul class="cards">${columns.map((c) => columnCard(c, profiles.get(c.name)))}</ul>`;
  return html`<h3>Column by column</h3><p>The target first${importance.length ? ', then the columns that matter most to the model' : ''}. The small print says why a column is read as it is.</p>${list(first)}${
    more.length ? html`<details class="more-cards"><summary>${plural(more.length, 'more column')}</summary>${list(more)}</details>` : ''
  }${left > 0 ? html`<p class="note">${plural(left, 'further column')} ${left === 1 ? 'is' : 'are'} not drawn here${page.artist.late ? ' because the time was up' : ''}; ${left === 1 ? 'its' : 'their'} types and reasons are in plan.json.</p>` : ''}`;
}
