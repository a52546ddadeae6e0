import type { Deadline } from '../../core/clock.js';
import { metric } from '../../engine/evaluate/metrics/registry.js';
import type { Moment } from '../../engine/monitor/alert.js';
import type { PerformanceReport } from '../../engine/monitor/performance/performance-report.js';
import { Artist } from './artist.js';
import type { ChartSpec, Colour } from './chart-spec.js';
import { count, day, decimals, number, percent, plural, short } from './format.js';
import { clip, data, type Html, html } from './html.js';
import { rowAxis } from './monitor-axis.js';
import type { BeforeAfter, MonitorView, ShownAlert, ViewColumn } from './monitor-view.js';
import { scroller, section, wholePage } from './page.js';
import { trafficPart } from './traffic-part.js';

const HEALTH = {
  healthy: 'Healthy',
  notice: 'Small changes',
  warning: 'Changed',
  danger: 'Changed much',
  unknown: 'Not judged yet',
} as const;
const LOOKS = { danger: 'danger', warning: 'warning', notice: 'info', healthy: 'repair', unknown: 'info' } as const;
const COLOURS: Record<ShownAlert['severity'], Colour> = { danger: 'second', warning: 'third', notice: 'neutral' };
const MOST_ALERTS = 50;
const MOST_LANES = 12;
const MOST_CHARTS = 24;

const EXTRA = `
.health{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(17rem,100%),1fr));gap:1rem;list-style:none;margin:1.5rem 0 0;padding:0}
.health li{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:.875rem 1rem}
.health p{margin:.25rem 0 0;font-size:.875rem;color:var(--muted)}
.alert-text p{margin:.15rem 0}.alert-text .quiet{font-size:.875rem;white-space:normal}
.wide{margin-top:2rem}.wide .chart{max-width:none}
@media (max-width:40rem){.wide .chart{min-width:38rem}}
`;

/** What a page of models under watch says about itself. */
export interface MonitorPageContext {
  /** ISO 8601, UTC. */
  at: string;
  /** Version of Millwright. */
  millwright: string;
  /** Whether it is a file of its own, or the page of a server. */
  served: boolean;
}

/**
 * One HTML page about models under watch: health, alerts on a time line, scores, and every column before and now. It needs no network and no script.
 * @param deadline charts that it no longer allows are left out
 * @example await writeFile('monitor.html', await renderMonitorPage([monitorView(monitor, about)], context));
 */
export async function renderMonitorPage(views: readonly MonitorView[], context: MonitorPageContext, deadline?: Deadline): Promise<string> {
  const artist = new Artist(deadline);
  const parts: Html[] = [];
  for (const [i, view] of views.entries()) parts.push(await modelPart(view, `m${i}`, artist, views.length > 1));
  const title =
    views.length === 1 ? `${clip((views[0] as MonitorView).model, 80)}: ${HEALTH[judged(views[0] as MonitorView)]}` : 'Models under watch';
  const { at, millwright, served } = context;
  return wholePage(
    { title: `${title} – Millwright monitor`, millwright, what: 'page', style: EXTRA },
    html`<main id="main"><div class="top"><p class="eyebrow">Millwright monitor, ${day(Date.parse(at), true)}</p><h1>${title}</h1>${overview(views)}</div>
${parts}</main>
<footer><p>Made by Millwright ${millwright}. ${served ? 'Load the page again for the latest windows.' : 'This file is complete in itself: it loads nothing and sends nothing.'}</p></footer>`,
  ).text;
}

function overview(views: readonly MonitorView[]): Html {
  if (views.length === 0)
    return html`<p class="lead">No model is watched: none that is served has a sketch of its training rows, or the server runs with <code>--monitor off</code>.</p>`;
  return html`<ul class="health">${views.map((view, i) => {
    const open = allAlerts(view).filter((a) => a.state === 'open').length;
    const health = judged(view);
    const told =
      health === 'unknown'
        ? NOT_YET
        : `${plural(view.rows, 'row')} in ${plural(view.windows.length, 'window')}; ${open === 0 ? 'no alert is open' : `${plural(open, 'alert')} open`}.`;
    return html`<li class="${LOOKS[health]}"><a href="#m${i}">${data(view.model)}</a> <span class="badge">${HEALTH[health]}</span>
<p>${told}</p>${scoreNow(view)}</li>`;
  })}</ul>`;
}

const NOT_YET = 'No window is full yet, so nothing can be said of it.';

/** Rows that were not judged are not healthy. */
function judged({ windows, health, unmet, traffic }: MonitorView): keyof typeof HEALTH {
  return windows.length === 0 && unmet.length === 0 && !traffic ? 'unknown' : health;
}

/** The latest score that is known, by labels where there are any. */
function scoreNow({ performance }: MonitorView): Html {
  const last = performance?.windows
    .flatMap((w) => w.scores.filter((s) => s.metric === performance.metric && (s.real ?? s.estimated)))
    .at(-1);
  const now = last?.real ?? last?.estimated;
  if (!performance || !last || !now) return html``;
  const before = last.reference === undefined ? '' : `; ${number(last.reference)} in training`;
  return html`<p>${metric(performance.metric).title} ${number(now.value)} ${last.real ? 'by labels' : 'estimated'} of late${before}.</p>`;
}

async function modelPart(view: MonitorView, id: string, artist: Artist, several: boolean): Promise<Html> {
  const lead =
    view.windows.length === 0
      ? html`Beside ${data(view.against)}.`
      : html`${plural(view.rows, 'row')} in ${plural(view.windows.length, 'window')}, beside ${data(view.against)}.`;
  const line = await timeLine(view, artist);
  const scores = await performancePart(view, artist);
  const columns = await columnsPart(view, artist, id);
  const requests = view.traffic ? await trafficPart(view.model, view.traffic, artist) : html``;
  return section(
    id,
    several ? clip(view.model, 80) : 'What has changed',
    lead,
    judged(view) === 'unknown' ? html`<p class="note">${NOT_YET}</p>` : alertsPart({ alerts: allAlerts(view), unmet: view.unmet }),
    line.text + scores.text + requests.text === '' ? '' : html`<h3>Over time</h3>`,
    line,
    scores,
    requests,
    columns,
  );
}

/** Of rows and of requests, the open ones first. */
function allAlerts({ alerts, traffic }: MonitorView): ShownAlert[] {
  return [...alerts, ...(traffic?.alerts ?? [])].sort((a, b) => (a.state === 'open' ? 0 : 1) - (b.state === 'open' ? 0 : 1));
}

function alertsPart({ alerts, unmet }: Pick<MonitorView, 'alerts' | 'unmet'>): Html {
  if (alerts.length === 0 && unmet.length === 0) return html`<p class="note">Nothing has changed that is worth telling.</p>`;
  return html`<ul class="findings">${alerts.slice(0, MOST_ALERTS).map(
    (
      a,
    ) => html`<li class="finding ${LOOKS[a.severity]}"><span class="badge">${a.state === 'ended' ? 'over' : a.severity}</span><div class="alert-text"><p>${clip(a.what, 600)}</p>
<p class="quiet">Since about ${TRAFFIC_KINDS.has(a.kind) ? day(a.since.time ?? 0, true) : moment(a.since)}, seen in ${plural(a.windows, 'window')}. Likely: ${clip(a.cause, 600)}</p>
<p class="quiet">To do: ${clip(a.action, 600)}${a.cost ? ` At stake: ${number(a.cost.value)} ${clip(a.cost.unit, 20)}.` : ''}${a.handling ? ` (${clip(a.handling, 200)})` : ''}</p></div></li>`,
  )}${unmet.slice(0, MOST_ALERTS).map((what) => html`<li class="finding warning"><span class="badge">expectation</span><p>${clip(what, 600)}</p></li>`)}</ul>${
    alerts.length > MOST_ALERTS ? html`<p class="note">And ${count(alerts.length - MOST_ALERTS)} more.</p>` : ''
  }`;
}

/** Of requests, whose rows are not those of the windows. */
const TRAFFIC_KINDS: ReadonlySet<string> = new Set(['traffic', 'errors', 'latency', 'answers']);

function moment({ row, time }: Moment): string {
  return `row ${count(row + 1)}${time === undefined ? '' : ` (${day(time, true)})`}`;
}

/** Which column had an alert when: a lane each, over the windows. */
async function timeLine({ model, alerts, windows }: MonitorView, artist: Artist): Promise<Html> {
  const last = windows.at(-1);
  if (alerts.length === 0 || !last) return html``;
  const axis = rowAxis(windows);
  const names = [...new Set(alerts.map((a) => (a.columns.length === 0 ? 'scores' : (a.columns[0] as string))))].slice(0, MOST_LANES);
  const lane = (a: ShownAlert): number => names.indexOf(a.columns.length === 0 ? 'scores' : (a.columns[0] as string));
  const boxes = (severity: ShownAlert['severity']): number[][] =>
    alerts.flatMap((a) =>
      a.severity !== severity || lane(a) < 0
        ? []
        : [[axis.at(a.since.row), lane(a), axis.at(Math.max(a.seen.row, a.since.row + 1)), lane(a)]],
    );
  const severities = (['danger', 'warning', 'notice'] as const).filter((s) => boxes(s).length > 0);
  const step = Math.max(1, Math.ceil(windows.length / 200));
  const marks = windows.filter((_, i) => i % step === 0).map((w) => [axis.at(w.from.row), names.length]);
  const spec: ChartSpec = {
    width: 900,
    height: 64 + 30 * (names.length + 1),
    x: axis.x,
    y: { levels: [...names.map((name) => clip(name, 24)), 'windows'], format: String },
    layers: [
      ...severities.map((s) => ({ kind: 'boxes' as const, boxes: boxes(s), colour: COLOURS[s], thin: 14 })),
      { kind: 'marks', points: marks, colour: 'accent', size: 2.5 },
    ],
  };
  const figure = await artist.figure(spec, {
    title: 'When it changed',
    says: `A time line over ${plural(windows.length, 'window')} with ${plural(alerts.length, 'alert')} on ${plural(names.length, 'lane')}.`,
    caption: 'From where a change began, by estimate, to the last window that showed it. A dot is the beginning of a window.',
    legend: severities.map((s) => ({ label: s, colour: COLOURS[s], box: true })),
  });
  return html`<div class="wide">${scroller(`Time line of the alerts of ${clip(model, 60)}`, figure)}</div>`;
}

/** Scores by window: real where labels came, estimated where not. */
async function performancePart({ model, performance, windows }: MonitorView, artist: Artist): Promise<Html> {
  if (!performance || performance.windows.length === 0) return html``;
  const axis = rowAxis(windows.length === 0 ? performance.windows : windows);
  const { title } = metric(performance.metric);
  const points = performance.windows.flatMap((w) => {
    const score = w.scores.find((s) => s.metric === performance.metric);
    return score && (score.real ?? score.estimated) ? [{ from: axis.at(w.from.row), to: axis.at(w.to.row), ...score }] : [];
  });
  // of windows of few rows there are no scores, of groups over all of them there may be
  if (points.length === 0) return groupsPart(model, performance);
  // both stand in their window, side by side
  const of = (kind: 'real' | 'estimated'): number[][] =>
    points.flatMap(({ from, to, [kind]: s }) =>
      s ? [[from + (kind === 'real' ? 0.4 : 0.6) * (to - from), s.value, Math.min(s.low, s.value), Math.max(s.high, s.value)]] : [],
    );
  const real = of('real');
  const estimated = of('estimated');
  const reference = points.find((p) => p.reference !== undefined)?.reference;
  const values = [...real, ...estimated].flatMap((p) => p.slice(1)).concat(reference ?? []);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = 0.08 * Math.max(high - low, 1e-9);
  const spec: ChartSpec = {
    width: 900,
    height: 260,
    x: axis.x,
    y: { label: title, min: low - room, max: high + room, format: short, showMin: false, showMax: false },
    layers: [
      ...(reference === undefined
        ? []
        : [
            {
              kind: 'line' as const,
              points: [
                [axis.x.min, reference],
                [axis.x.max, reference],
              ] as [number, number][],
              colour: 'neutral' as const,
              dashed: true,
            },
          ]),
      { kind: 'marks', points: estimated, colour: 'third', size: 3.5 },
      { kind: 'marks', points: real, colour: 'accent', size: 3.5 },
    ],
  };
  const figure = await artist.figure(spec, {
    title: 'Scores by window',
    says: `${title} by window: ${plural(real.length, 'window')} with labels, ${plural(estimated.length, 'window')} with an estimate${reference === undefined ? '' : `; on the training rows it was ${number(reference)}`}.`,
    caption: `${performance.greaterIsBetter ? 'Higher' : 'Lower'} is better. Bars are intervals that hold the true score of nine windows in ten.`,
    legend: [
      ...(real.length ? [{ label: 'by labels', colour: 'accent' as const }] : []),
      ...(estimated.length ? [{ label: 'estimated', colour: 'third' as const }] : []),
      ...(reference === undefined ? [] : [{ label: 'on the training rows', colour: 'neutral' as const, dashed: true }]),
    ],
  });
  return html`<div class="wide">${scroller(`Scores by window of ${clip(model, 60)}`, figure)}</div>${await calibrationPart(model, performance, artist)}${groupsPart(model, performance)}`;
}

/** Whether what the model says comes true, window by window. */
async function calibrationPart(model: string, { windows }: PerformanceReport, artist: Artist): Promise<Html> {
  const known = windows.flatMap(({ to, calibration }) => (calibration ? [{ row: to.row, ...calibration }] : []));
  const last = known.at(-1);
  if (!last || known.length < 2) return html``;
  const values = known.flatMap((c) => [c.stated, c.observed]);
  const room = 0.08 * Math.max(Math.max(...values) - Math.min(...values), 1e-9);
  const line = (key: 'stated' | 'observed'): [number, number][] => known.map((c) => [c.row, c[key]]);
  const figure = await artist.figure(
    {
      width: 900,
      height: 200,
      x: { label: 'row', min: known[0]?.row ?? 0, max: last.row, format: short, showMin: false, showMax: false },
      y: { min: Math.min(...values) - room, max: Math.max(...values) + room, format: short, showMin: false, showMax: false },
      layers: [
        { kind: 'line', points: line('stated'), colour: 'neutral', dashed: true },
        { kind: 'line', points: line('observed'), colour: 'accent' },
      ],
    },
    {
      title: 'What was said and what came',
      says: `Means by window over ${plural(known.length, 'window')} with labels; lately the model said ${number(last.stated)} and ${number(last.observed)} came.`,
      caption: `Means over the rows with labels. Over ten bins, what was said lay ${number(last.error)} from what came in the last window.`,
      legend: [
        { label: 'said', colour: 'neutral', dashed: true },
        { label: 'came', colour: 'accent' },
      ],
    },
  );
  return html`<div class="wide">${scroller(`What was said and what came, ${clip(model, 60)}`, figure)}</div>`;
}

/** Scores by the values of a column. */
function groupsPart(model: string, { groups, metric }: PerformanceReport): Html {
  if (groups.length === 0) return html``;
  const rows = groups.map(({ column, values, rows: n, answered, scores }) => {
    const score = scores.find((s) => s.metric === metric);
    const shown = (s?: { value: number; low: number; high: number }): string =>
      s ? `${number(s.value)} (${number(s.low)} to ${number(s.high)})` : '';
    return html`<tr><th scope="row">${data(`${column}: ${values}`, 80)}</th><td class="n">${count(n)}</td><td class="n">${count(answered)}</td><td class="n">${shown(score?.estimated)}</td><td class="n">${shown(score?.real)}</td></tr>`;
  });
  return html`<h4>By group</h4>${scroller(
    `Scores by group of ${clip(model, 60)}`,
    html`<table><thead><tr><th scope="col">group</th><th scope="col" class="n">rows</th><th scope="col" class="n">with labels</th><th scope="col" class="n">${metric} estimated</th><th scope="col" class="n">by labels</th></tr></thead><tbody>${rows}</tbody></table>`,
  )}`;
}

async function columnsPart({ model, columns, predictions, columnsOf, windows }: MonitorView, artist: Artist, id: string): Promise<Html> {
  if (columns.length === 0) return html``;
  const inputs = columns.length - predictions;
  const figures: Html[] = [];
  const shown = [...columns.slice(inputs), ...columns.slice(0, inputs)].slice(0, MOST_CHARTS);
  for (const column of shown) {
    const spec = column.shares.named ? levelBars(column.shares) : binBars(column.shares);
    figures.push(
      await artist.figure(spec, {
        title: html`${data(column.column, 60)}${unitOf(column)} <span class="quiet">PSI ${decimals(column.psi, 3)}</span>`,
        says: `Shares of the values of ${clip(column.column, 60)}${unitOf(column)} before and now; PSI ${decimals(column.psi, 3)}.`,
        legend: [
          { label: 'before', colour: 'neutral', box: true },
          { label: 'now', colour: 'accent', box: true },
        ],
      }),
    );
  }
  const rows = columns.map(
    (c, i) =>
      html`<tr${i >= inputs ? html` class="faint"` : ''}><th scope="row">${i >= inputs ? '→ ' : ''}${data(c.column, 60)}${unitOf(c)}</th><td class="n">${decimals(c.psi, 3)}</td><td class="n">${decimals(c.jensenShannon, 3)}</td><td class="n">${c.kolmogorovSmirnov ? decimals(c.kolmogorovSmirnov.statistic, 3) : ''}</td><td class="n">${i < inputs ? percent(c.missing.reference) : ''}</td><td class="n">${i < inputs ? percent(c.missing.current) : ''}</td><td class="n">${mean(c, 'reference')}</td><td class="n">${mean(c, 'current')}</td></tr>`,
  );
  return html`<h3 id="${id}-columns">Columns before and now</h3>
<p class="note">Shares of the rows by value: before, in training or whatever is compared with; now, ${columnsOf < windows.length ? `in the latest ${plural(columnsOf, 'window')}` : 'in all rows that were watched'}. PSI is the population stability index: above 0.1 one sees a change, above 0.25 it is large. JS is the Jensen–Shannon distance, KS the widest gap between both cumulative shares. Arrows mark what the model says.</p>
<div class="charts">${figures}</div>
${scroller(
  `Figures of every column of ${clip(model, 60)}`,
  html`<table><thead><tr><th scope="col">column</th><th scope="col" class="n">PSI</th><th scope="col" class="n">JS</th><th scope="col" class="n">KS</th><th scope="col" class="n">missing before</th><th scope="col" class="n">missing now</th><th scope="col" class="n">mean before</th><th scope="col" class="n">mean now</th></tr></thead><tbody>${rows}</tbody></table>`,
)}`;
}

/** A pair of bars for each bin of numbers. */
function binBars({ places, before, after }: BeforeAfter): ChartSpec {
  const box = (shares: readonly number[], from: number, to: number): number[][] => shares.map((s, i) => [i + from, 0, i + to, s]);
  return {
    width: 340,
    height: 190,
    x: {
      min: -0.5,
      max: places.length - 0.5,
      interval: Math.max(1, Math.ceil(places.length / 4)),
      grid: false,
      showMin: false,
      showMax: false,
      format: (v) => clip(places[Math.round(v)] ?? '', 9),
    },
    y: { min: 0, max: 1.05 * Math.max(0.01, ...before, ...after), format: (v) => percent(v), showMax: false },
    layers: [
      { kind: 'boxes', boxes: box(before, -0.42, 0), colour: 'neutral', opacity: 0.75 },
      { kind: 'boxes', boxes: box(after, 0, 0.42), colour: 'accent' },
    ],
  };
}

/** A pair of bars for each level, beside its name. */
function levelBars({ places, before, after }: BeforeAfter): ChartSpec {
  const box = (shares: readonly number[]): number[][] => shares.map((s, i) => [0, i, s, i]);
  return {
    width: 340,
    height: Math.max(190, 46 + 24 * places.length),
    x: { min: 0, max: 1.05 * Math.max(0.01, ...before, ...after), format: (v) => percent(v), showMax: false },
    y: { levels: places.map((place) => clip(place, 18)), format: String },
    layers: [
      { kind: 'boxes', boxes: box(before), colour: 'neutral', opacity: 0.75, thin: 8, lower: -4.5 },
      { kind: 'boxes', boxes: box(after), colour: 'accent', thin: 8, lower: 4.5 },
    ],
  };
}

/** What a column's numbers are, where its name does not say. */
function unitOf({ lengths }: ViewColumn): string {
  return lengths ? ' (characters)' : '';
}

function mean({ mean: known, dates }: MonitorView['columns'][number], side: 'reference' | 'current'): string {
  if (!known || !Number.isFinite(known[side])) return '';
  return dates ? day(known[side]) : number(known[side]);
}
