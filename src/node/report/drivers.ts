import type { ColumnSchema } from '../../core/schema.js';
import type { Dependence } from '../../engine/automl/result.js';
import { legend } from './artist.js';
import type { Colour, Layer } from './chart-spec.js';
import { axisFormat, count, dayShort, decimals, percent, plural, short } from './format.js';
import { clip, data, type Html, html } from './html.js';
import { niceAxis, roundStep } from './measure.js';
import { inSentence, metricWords } from './metric-words.js';
import { className, type Page, positive, scroller, section } from './page.js';

const SHOWN = 15;
const MOST_CHARTS = 9;
const LINES: Colour[] = ['accent', 'second', 'third', 'fourth'];

/** What drives the model: which columns it needs, and how its answer moves with them. */
export async function driversSection(page: Page): Promise<Html> {
  const { importance, dependence } = page.result;
  if (importance.length === 0 && dependence.length === 0)
    return section(
      'drivers',
      'What drives it',
      html`This was not worked out${page.result.cut || page.result.interrupted ? ': the run ended before it could be' : ' in this run'}.`,
    );
  return section('drivers', 'What drives it', lead(page), importanceTable(page), await dependenceCharts(page));
}

function lead(page: Page): Html {
  const sure = page.result.importance.filter((i) => i.drop.low > 0);
  const top = [...page.result.importance]
    .sort((a, b) => b.drop.value - a.drop.value)
    .slice(0, 3)
    .filter((i) => i.drop.value > 0);
  if (top.length === 0) return html`No single column matters much on its own.`;
  const names = top.map((t) => html`<b>${data(t.column, 40)}</b>`);
  const list =
    names.length === 1 ? names[0] : html`${names.slice(0, -1).map((n, i) => html`${i ? ', ' : ''}${n}`)} and ${names[names.length - 1]}`;
  return html`The model leans most on ${list}. ${sure.length ? html`${plural(sure.length, 'column')} of ${count(page.result.importance.length)} clearly ${sure.length === 1 ? 'matters' : 'matter'}; the rest could be chance.` : html`Yet none matters beyond what chance could explain.`} These are patterns that the model uses, not causes.`;
}

function importanceTable(page: Page): Html {
  const rows = [...page.result.importance].sort((a, b) => b.drop.value - a.drop.value);
  if (rows.length === 0) return html``;
  const shown = rows.slice(0, SHOWN);
  const low = Math.min(0, ...shown.map((r) => Math.min(r.drop.low, r.drop.value)));
  const high = Math.max(...shown.map((r) => Math.max(r.drop.high, r.drop.value)), 1e-12);
  const x = (v: number): string => (((Math.min(high, Math.max(low, v)) - low) / (high - low)) * 100).toFixed(2);
  const name = inSentence(metricWords(page.result.metric, page.result.plan).label);
  const places = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.max(...shown.map((r) => Math.abs(r.drop.value)), 1e-9)))));
  const format = (v: number): string => decimals(v, places);
  return html`<h3>The columns it needs</h3><p>${page.glossary.term('importance')}: how much worse the ${name} becomes on the holdout when the column is shuffled. The thin line is the ${page.glossary.term('interval')}; where it reaches the zero mark, the column may not matter.</p>${scroller(
    'Importance of columns',
    html`<table class="importance"><caption>How much worse the ${name} becomes without the column</caption><thead><tr><th scope="col">Column</th><td></td><th scope="col" class="n">Worse by</th><th scope="col" class="n range-col">90 % interval</th></tr></thead><tbody>${shown.map(
      (r) =>
        html`<tr${r.drop.low > 0 ? '' : html` class="faint"`}><th scope="row">${data(r.column, 48)}</th><td class="bar-cell" aria-hidden="true"><svg viewBox="0 0 100 16" preserveAspectRatio="none" focusable="false"><rect x="${x(Math.min(0, r.drop.value))}" y="3" width="${Math.max(0.4, Math.abs(Number(x(r.drop.value)) - Number(x(0)))).toFixed(2)}" height="10" fill="var(--accent)" fill-opacity=".75"/><path d="M${x(0)} 0V16" stroke="var(--neutral)" vector-effect="non-scaling-stroke"/><path d="M${x(r.drop.low)} 8H${x(r.drop.high)}" stroke="var(--ink)" stroke-width="1.5" vector-effect="non-scaling-stroke"/></svg></td><td class="n"><b>${format(r.drop.value)}</b></td><td class="n range-col">${format(r.drop.low)} to ${format(r.drop.high)}</td></tr>`,
    )}</tbody></table>`,
  )}${rows.length > shown.length ? html`<p class="note">${plural(rows.length - shown.length, 'column')} that ${rows.length - shown.length === 1 ? 'matters' : 'matter'} less ${rows.length - shown.length === 1 ? 'is' : 'are'} not listed.</p>` : ''}`;
}

async function dependenceCharts(page: Page): Promise<Html> {
  const { dependence, task } = page.result;
  if (dependence.length === 0) return html``;
  const charts: Html[] = [];
  const outputs = shownOutputs(page);
  const scale = commonScale(page, outputs);
  for (const d of dependence.slice(0, MOST_CHARTS)) {
    // Under a short allowance the most important few are worth more than all.
    if (page.artist.late) {
      page.artist.omitted++;
      continue;
    }
    charts.push(await dependenceFigure(page, d, outputs, scale));
  }
  if (charts.length === 0) return html``;
  const what =
    task.kind === 'binary'
      ? html`the probability of ${positive(page)}`
      : task.kind === 'multiclass'
        ? html`the probabilities of the classes`
        : html`the predicted <b>${data(task.target, 40)}</b>`;
  return html`<h3>How the answer moves with them</h3><p>${page.glossary.term('dependence')}: ${what}, on average, when the column takes each value and all else stays as it is. All charts share one scale, so a steep line means a strong pull. Grey bars show where the rows are.</p>${task.kind === 'multiclass' ? legend(outputs.map((k, i) => ({ label: data(className(task, k), 24), colour: LINES[i] as Colour }))) : ''}<div class="charts">${charts}</div>`;
}

/** The outputs that are worth a line: the positive class, the number, or the few classes that move most. */
function shownOutputs(page: Page): number[] {
  const { task, dependence } = page.result;
  if (task.kind === 'regression') return [0];
  if (task.kind === 'binary') return [1];
  const reach = task.classes.map((_, k) => {
    let sum = 0;
    for (const d of dependence) {
      const ys = (d.points ?? d.levels ?? []).map((p) => p.y[k] ?? 0);
      if (ys.length) sum += Math.max(...ys) - Math.min(...ys);
    }
    return sum;
  });
  return task.classes
    .map((_, k) => k)
    .sort((a, b) => (reach[b] as number) - (reach[a] as number))
    .slice(0, LINES.length);
}

function valueAt(y: readonly number[], k: number): number {
  // A source may give the positive class alone.
  return (k < y.length ? y[k] : y[y.length - 1]) ?? Number.NaN;
}

function commonScale(page: Page, outputs: number[]): { min: number; max: number; interval: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const d of page.result.dependence.slice(0, MOST_CHARTS))
    for (const p of d.points ?? d.levels ?? [])
      for (const k of outputs) {
        const v = valueAt(p.y, k);
        if (v < low) low = v;
        if (v > high) high = v;
      }
  if (!(low <= high)) return { min: 0, max: 1, interval: 0.25 };
  if (page.result.task.kind === 'regression') return niceAxis(low, high);
  const axis = niceAxis(Math.max(0, low), Math.min(1, high));
  return { ...axis, min: Math.max(0, axis.min), max: Math.min(1, axis.max) };
}

async function dependenceFigure(
  page: Page,
  d: Dependence,
  outputs: number[],
  scale: { min: number; max: number; interval: number },
): Promise<Html> {
  const { task } = page.result;
  const column = page.result.schema.columns.find((c) => c.name === d.column);
  const format = task.kind === 'regression' ? short : (v: number): string => percent(v, scale.interval < 0.01 ? 1 : 0);
  const words = { title: html`${data(d.column, 40)}`, says: says(page, d, outputs, format, column) };
  if (d.points?.length) return numericFigure(page, d.column, d.points, outputs, scale, format, column, words);
  return levelFigure(page, d.column, d.levels ?? [], outputs, scale, format, words);
}

function says(page: Page, d: Dependence, outputs: number[], format: (v: number) => string, column: ColumnSchema | undefined): string {
  const k = outputs[0] as number;
  const points = (d.points ?? []).map((p) => ({ at: column?.type === 'datetime' ? dayShort(p.x, 1e12) : short(p.x), y: valueAt(p.y, k) }));
  const all = points.length ? points : (d.levels ?? []).map((l) => ({ at: clip(l.level, 24), y: valueAt(l.y, k) }));
  if (all.length === 0) return `No dependence on ${clip(d.column, 40)} was worked out.`;
  const lowest = all.reduce((a, b) => (b.y < a.y ? b : a));
  const highest = all.reduce((a, b) => (b.y > a.y ? b : a));
  const what = page.result.task.kind === 'regression' ? 'The prediction' : `The probability of ${clip(className(page.result.task, k), 24)}`;
  return `${what} is lowest, ${format(lowest.y)}, where ${clip(d.column, 40)} is ${lowest.at}, and highest, ${format(highest.y)}, where it is ${highest.at}.`;
}

type Words = { title: Html; says: string };

function numericFigure(
  page: Page,
  name: string,
  points: NonNullable<Dependence['points']>,
  outputs: number[],
  scale: { min: number; max: number; interval: number },
  format: (v: number) => string,
  column: ColumnSchema | undefined,
  words: Words,
): Promise<Html> {
  const from = points[0]?.x ?? 0;
  const to = points[points.length - 1]?.x ?? 1;
  const time = column?.type === 'datetime';
  const bins = page.result.profiles.find((p) => p.name === name)?.bins ?? [];
  const inside = bins.filter((b) => b.to > from && b.from < to);
  const most = Math.max(1, ...inside.map((b) => b.count));
  const reach = scale.max - scale.min;
  const layers: Layer[] = [
    {
      kind: 'boxes',
      boxes: inside
        .filter((b) => b.count > 0)
        .map((b) => [Math.max(from, b.from), scale.min, Math.min(to, b.to), scale.min + (b.count / most) * reach * 0.2]),
      colour: 'neutral',
      opacity: 0.3,
      gap: 0.5,
    },
    ...outputs.map(
      (k, i): Layer => ({
        kind: 'line',
        points: points.map((p) => [p.x, valueAt(p.y, k)]),
        colour: LINES[i] as Colour,
        width: 2.5,
        dots: points.length < 3,
      }),
    ),
  ];
  const span = to - from;
  const end = span > 0 ? to : from + 1;
  const step = roundStep((end - from) / 4);
  // A limit that is no round number would crowd the round one beside it.
  const crowded = (away: number): boolean => !time && away > step * 0.01 && away < step * 0.45;
  const x = {
    min: from,
    max: end,
    showMin: !crowded(Math.ceil(from / step) * step - from),
    showMax: !crowded(end - Math.floor(end / step) * step),
    ...(time ? { interval: (end - from) / 2 } : {}),
  };
  return page.artist.figure(
    {
      width: 360,
      height: 220,
      x: { ...x, format: time ? (v) => dayShort(v, span) : axisFormat(from, end), grid: false },
      y: { ...scale, format },
      layers,
    },
    words,
  );
}

function levelFigure(
  page: Page,
  name: string,
  all: NonNullable<Dependence['levels']>,
  outputs: number[],
  scale: { min: number; max: number; interval: number },
  format: (v: number) => string,
  words: Words,
): Promise<Html> {
  const levels = all.slice(0, 12);
  const counts = new Map((page.result.profiles.find((p) => p.name === name)?.levels ?? []).map((l) => [l.level, l.count]));
  const most = Math.max(1, ...levels.map((l) => counts.get(l.level) ?? 0));
  const layers: Layer[] = [
    {
      kind: 'boxes',
      boxes: levels.flatMap((l, i) =>
        counts.has(l.level) ? [[scale.min, i, scale.min + ((counts.get(l.level) as number) / most) * (scale.max - scale.min), i]] : [],
      ),
      colour: 'neutral',
      opacity: 0.22,
      thin: levels.length > 8 ? 9 : 12,
    },
    ...outputs.map(
      (k, i): Layer => ({
        kind: 'marks',
        points: levels.map((l, j) => [valueAt(l.y, k), j]),
        colour: LINES[i] as Colour,
        size: 5,
        ring: true,
      }),
    ),
  ];
  const height = Math.max(220, 40 + levels.length * 20);
  const caption = all.length > levels.length ? `The first ${levels.length} of ${count(all.length)} levels.` : undefined;
  return page.artist.figure(
    {
      width: 360,
      height,
      x: { ...scale, interval: scale.interval * (Math.round((scale.max - scale.min) / scale.interval) % 2 ? 1 : 2), format },
      y: { levels: levels.map((l) => clip(l.level, 40)), format },
      layers,
    },
    { ...words, caption },
  );
}
