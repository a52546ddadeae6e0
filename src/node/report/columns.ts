import type { ColumnSchema, ColumnType } from '../../core/schema.js';
import type { ColumnProfile } from '../../engine/automl/result.js';
import { axisFormat, count, day, dayShort, percent, plural } from './format.js';
import { data, type Html, html, trusted } from './html.js';

export const TYPE_WORDS: Record<ColumnType, [one: string, many: string]> = {
  number: ['number', 'numbers'],
  boolean: ['yes/no', 'yes/no columns'],
  datetime: ['date', 'dates'],
  category: ['category', 'categories'],
  text: ['free text', 'free texts'],
  id: ['identifier', 'identifiers'],
};

const USE_WORDS: Record<ColumnSchema['use'], string> = {
  feature: '',
  target: 'target',
  ignore: 'not used',
  group: 'groups rows',
  time: 'orders rows',
  weight: 'weighs rows',
};

/** One column as a small card: what it is, why, what is missing, how its values spread. */
export function columnCard(column: ColumnSchema, profile: ColumnProfile | undefined): Html {
  const { stats } = column;
  const missing = stats.rows ? stats.missing / stats.rows : 0;
  return html`<li class="card${column.use === 'target' ? ' target' : ''}${column.use === 'ignore' ? ' unused' : ''}"><h4>${data(column.name, 60)}</h4>
<p class="kind"><span>${TYPE_WORDS[column.type][0]}</span>${USE_WORDS[column.use] ? html`<span class="use">${USE_WORDS[column.use]}</span>` : ''}</p>
<div class="spread">${spread(column, profile)}</div>
<p class="facts-line">${missing > 0 ? html`<b>${percent(missing)} missing</b>` : 'none missing'} · ${plural(stats.distinct, 'value')}</p>
<p class="reason">${data(column.reason, 220)}</p></li>`;
}

function spread(column: ColumnSchema, profile: ColumnProfile | undefined): Html {
  if (profile?.bins?.length) return bars(column, profile.bins);
  const levels = profile?.levels ?? column.stats.top.map((t) => ({ level: t.value, count: t.count }));
  if (levels.length === 0) return html`<p class="nothing">${column.stats.missing === column.stats.rows ? 'no values' : 'not drawn'}</p>`;
  const present = column.stats.rows - column.stats.missing || 1;
  const shown = levels.slice(0, levels.length > 4 ? 3 : 4);
  const unique = column.type === 'id' || column.type === 'text' || (levels[0] as { count: number }).count <= 1;
  if (unique && (levels[0] as { count: number }).count / present < 0.02)
    return html`<ul class="samples">${shown.slice(0, 3).map((l) => html`<li>${data(l.level, 44)}</li>`)}<li class="rest">and ${count(Math.max(0, column.stats.distinct - Math.min(3, shown.length)))} others</li></ul>`;
  const rest = column.stats.distinct - shown.length;
  return html`<ul class="levels">${shown.map(
    (l) =>
      html`<li><span class="name">${data(l.level, 40)}</span><span class="track"><i style="width:${Math.min(100, (l.count / present) * 100).toFixed(1)}%"></i></span><span class="share">${percent(l.count / present)}</span></li>`,
  )}${rest > 0 ? html`<li class="rest">and ${plural(rest, 'other')}</li>` : ''}</ul>`;
}

function bars(column: ColumnSchema, bins: NonNullable<ColumnProfile['bins']>): Html {
  const from = bins[0]?.from ?? 0;
  const to = bins[bins.length - 1]?.to ?? 1;
  const most = Math.max(1, ...bins.map((b) => b.count));
  const width = 240 / bins.length;
  let path = '';
  for (let i = 0; i < bins.length; i++) {
    const n = bins[i]?.count ?? 0;
    // A bin with one row must not vanish beside one with a million.
    const height = n > 0 ? Math.max(1.2, (n / most) * 70) : 0;
    if (height) path += `M${(i * width + 0.4).toFixed(1)} 72v-${height.toFixed(1)}h${Math.max(0.6, width - 0.8).toFixed(1)}V72z`;
  }
  const label = (x: number): string => (column.type === 'datetime' ? dayShort(x, to - from) : axisFormat(from, to)(x));
  const says = column.type === 'datetime' ? `from ${day(from)} to ${day(to)}` : `from ${label(from)} to ${label(to)}`;
  return html`<svg class="histogram" viewBox="0 0 240 72" preserveAspectRatio="none" role="img" aria-label="Histogram ${says}" focusable="false">${trusted(`<path d="${path}" fill="currentColor"/>`)}</svg><p class="ends"><span>${label(from)}</span><span>${label(to)}</span></p>`;
}
