import { limitWords } from '../../engine/automl/limits/tradeoff.js';
import type { TradeoffPoint } from '../../engine/automl/result.js';
import type { Layer } from './chart-spec.js';
import { count, number, short } from './format.js';
import { data, type Html, html } from './html.js';
import { niceAxis } from './measure.js';
import { inSentence, metricWords } from './metric-words.js';
import { type Page, scroller } from './page.js';

type Side = 'latency' | 'size';

const SIDES = {
  latency: { label: 'microseconds a row, by estimate', title: 'Score against time to answer a row' },
  size: { label: 'kilobytes, by estimate', title: 'Score against size of the model file' },
} as const;

/** What smaller and quicker models would score: the price of the limits, or of having none. */
export async function tradeoff(page: Page): Promise<Html> {
  const { points } = page.result.tradeoff;
  const chosen = points.find((p) => p.role === 'chosen');
  if (!chosen || points.length < 2) return html``;
  const words = metricWords(page.result.metric, page.result.plan);
  const unlimited = points.find((p) => p.role === 'unlimited');
  const price = unlimited
    ? html` Kept within ${limitWords(page.result.tradeoff)}, the model scores ${words.format(chosen.score)}; without that it would score ${words.format(unlimited.score)}.`
    : html` The limits (${limitWords(page.result.tradeoff)}) cost nothing: the best model keeps within them.`;
  return html`<h3>What it costs to be small and quick</h3><p>Each dot is a model that could have been had, with its ${page.glossary.term('outOfFold', 'validation')} score; time and size are foreseen from counts of work, not measured.${price}</p><div class="charts">${await figure(page, 'latency')}${await figure(page, 'size')}</div>${table(page)}`;
}

const costOn = (p: TradeoffPoint, side: Side): number => (side === 'latency' ? p.latency : p.size / 1000);

/** Those that no other beats in both, the least costly first. */
function frontier(points: readonly TradeoffPoint[], side: Side, higher: boolean): TradeoffPoint[] {
  const sorted = [...points].sort((a, b) => costOn(a, side) - costOn(b, side) || (higher ? b.score - a.score : a.score - b.score));
  const kept: TradeoffPoint[] = [];
  for (const p of sorted) {
    const best = kept.at(-1);
    if (!best || (higher ? p.score > best.score : p.score < best.score)) kept.push(p);
  }
  return kept;
}

function figure(page: Page, side: Side): Promise<Html> {
  const { points } = page.result.tradeoff;
  const words = metricWords(page.result.metric, page.result.plan);
  const edge = frontier(points, side, words.higher);
  const marked = points.filter((p) => p.role);
  const shown = [...edge, ...marked];
  const scores = shown.map((p) => p.score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const pad = 0.15 * (high - low || Math.abs(high) || 1);
  const ys = niceAxis(low - pad, high + pad);
  const inside = points.filter((p) => p.score >= ys.min && p.score <= ys.max);
  const at = (p: TradeoffPoint): [number, number] => [Math.log10(Math.max(1e-3, costOn(p, side))), p.score];
  const places = [...inside, ...shown].map((p) => at(p)[0]);
  const marks = (role: TradeoffPoint['role'], colour: 'muted' | 'accent' | 'second', size: number): Layer => ({
    kind: 'marks',
    points: inside.filter((p) => p.role === role).map(at),
    colour,
    size,
    ring: role !== undefined,
    ...(role === undefined && { opacity: 0.6 }),
  });
  const chosen = marked.find((p) => p.role === 'chosen') as TradeoffPoint;
  const unlimited = marked.find((p) => p.role === 'unlimited');
  const unit = side === 'latency' ? 'µs a row' : 'KB';
  const tell = (p: TradeoffPoint): string => `${words.format(p.score)} at about ${number(costOn(p, side))} ${unit}`;
  return page.artist.figure(
    {
      width: 360,
      height: 280,
      x: {
        min: Math.floor(Math.min(...places)),
        max: Math.ceil(Math.max(...places)),
        interval: 1,
        label: SIDES[side].label,
        format: (v) => short(10 ** v),
      },
      y: { ...ys, label: inSentence(words.label), format: short },
      layers: [
        { kind: 'line', points: edge.map(at), colour: 'neutral', step: true, width: 1.5 },
        marks(undefined, 'muted', 3),
        marks('unlimited', 'second', 5),
        marks('chosen', 'accent', 6),
      ],
    },
    {
      title: SIDES[side].title,
      says: `The chosen model has ${inSentence(words.label)} ${tell(chosen)}${unlimited ? `; the best without limits has ${tell(unlimited)}` : ''}. ${count(edge.length)} of ${count(points.length)} models are beaten by none in both.`,
      caption: inside.length < points.length ? `${count(points.length - inside.length)} much weaker ones lie outside.` : undefined,
      legend: [
        { label: 'chosen', colour: 'accent', box: true },
        ...(unlimited ? [{ label: 'without limits', colour: 'second' as const, box: true }] : []),
        { label: 'beaten by none in both', colour: 'neutral' },
      ],
    },
  );
}

function table(page: Page): Html {
  const { points } = page.result.tradeoff;
  const words = metricWords(page.result.metric, page.result.plan);
  const telling = new Set([
    ...points.filter((p) => p.role),
    ...frontier(points, 'latency', words.higher),
    ...frontier(points, 'size', words.higher),
  ]);
  const rows = [...telling].sort((a, b) => (words.higher ? b.score - a.score : a.score - b.score)).slice(0, 12);
  const line = (p: TradeoffPoint): Html =>
    html`<tr${p.role === 'chosen' ? html` class="main"` : ''}><th scope="row">${data(p.title, 60)}${p.role ? html` <span class="tag${p.role === 'chosen' ? '' : ' plain'}">${p.role === 'chosen' ? 'chosen' : 'without limits'}</span>` : ''}</th><td class="n">${words.format(p.score)}</td><td class="n">${number(p.latency)}</td><td class="n">${number(p.size / 1000)}</td><td>${p.within ? 'yes' : 'no'}</td></tr>`;
  return html`<details><summary>The models in figures</summary>${scroller(
    'Models by score and cost',
    html`<table><caption>Models that no other beats in both score and cost</caption><thead><tr><th scope="col">Model</th><th scope="col" class="n">${words.label}</th><th scope="col" class="n">µs a row</th><th scope="col" class="n">KB</th><th scope="col">Within the limits</th></tr></thead><tbody>${rows.map(line)}</tbody></table>`,
  )}</details>`;
}
