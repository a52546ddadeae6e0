import type { Artist } from './artist.js';
import type { ChartSpec, Colour } from './chart-spec.js';
import { dayShort, number, percent, plural, short } from './format.js';
import { clip, type Html, html } from './html.js';
import type { TrafficView } from './monitor-view.js';
import { scroller } from './page.js';

const COLOURS = { danger: 'second', warning: 'third', notice: 'neutral' } as const satisfies Record<string, Colour>;
/** Fewer points are no line. */
const FEWEST = 3;

/** The requests of a model over the latest two days: how many came beside what was to be expected, and how long answers took. */
export async function trafficPart(model: string, { points, requests, alerts }: TrafficView, artist: Artist): Promise<Html> {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < FEWEST)
    return html`<p class="note">${plural(requests, 'request')} so far; a chart comes with the first half hour.</p>`;
  const [from, to] = [first.time, Math.max(last.time, first.time + 1)];
  const x = { min: from, max: to, format: (t: number) => dayShort(t, to - from), showMin: false, showMax: false };
  const top = Math.max(1, ...points.map((p) => Math.max(p.requests, p.expected ?? 0)));
  const line = (read: (p: (typeof points)[number]) => number | undefined): [number, number][] =>
    points.flatMap((p) => {
      const y = read(p);
      return y === undefined ? [] : [[p.time, y] as [number, number]];
    });
  const odd = alerts.flatMap((a) => {
    const [begin, end] = [a.since.time ?? 0, a.seen.time ?? 0];
    return end < from
      ? []
      : [{ severity: a.severity, box: [Math.max(from, begin), 0, Math.min(to, Math.max(end, begin + 1)), 1.05 * top, 0.18] }];
  });
  const severities = (['danger', 'warning', 'notice'] as const).filter((s) => odd.some((o) => o.severity === s));
  const all = points.reduce((sum, p) => sum + p.requests, 0);
  const bad = points.reduce((sum, p) => sum + p.refused + p.failed, 0);
  const spec: ChartSpec = {
    width: 900,
    height: 220,
    x,
    y: { label: 'requests', min: 0, max: 1.05 * top, format: short, showMax: false },
    layers: [
      ...severities.map((s) => ({
        kind: 'boxes' as const,
        boxes: odd.filter((o) => o.severity === s).map((o) => o.box),
        colour: COLOURS[s],
      })),
      { kind: 'line', points: line((p) => p.expected), colour: 'neutral', dashed: true },
      { kind: 'line', points: line((p) => p.requests), colour: 'accent' },
      { kind: 'line', points: line((p) => p.refused + p.failed), colour: 'second' },
    ],
  };
  const figure = await artist.figure(spec, {
    title: 'Requests',
    says: `${plural(all, 'request')} in ${plural(points.length, 'part')} of the latest two days, ${percent(all > 0 ? bad / all : 0)} of them refused or failed; ${plural(odd.length, 'alert')}.`,
    legend: [
      { label: 'requests', colour: 'accent' },
      { label: 'to be expected', colour: 'neutral', dashed: true },
      { label: 'refused or failed', colour: 'second' },
      ...severities.map((s) => ({ label: s, colour: COLOURS[s], box: true })),
    ],
  });
  const slow = line((p) => (p.p95 === undefined ? undefined : 1000 * p.p95));
  const typical = line((p) => (p.p50 === undefined ? undefined : 1000 * p.p50));
  if (slow.length < FEWEST) return html`<div class="wide">${scroller(`Requests of ${clip(model, 60)}`, figure)}</div>`;
  const most = Math.max(...slow.map(([, y]) => y));
  const latency = await artist.figure(
    {
      width: 900,
      height: 180,
      x,
      y: { label: 'ms', min: 0, max: 1.05 * most, format: short, showMax: false },
      layers: [
        { kind: 'line', points: slow, colour: 'third' },
        { kind: 'line', points: typical, colour: 'accent' },
      ],
    },
    {
      title: 'Time to an answer',
      says: `Lately half of the answers took up to ${number(typical.at(-1)?.[1] ?? 0)} ms, and nineteen of twenty up to ${number(slow.at(-1)?.[1] ?? 0)} ms.`,
      legend: [
        { label: 'half of them (p50)', colour: 'accent' },
        { label: 'nineteen of twenty (p95)', colour: 'third' },
      ],
    },
  );
  return html`<div class="wide">${scroller(`Requests of ${clip(model, 60)}`, figure)}</div><div class="wide">${scroller(`Time to an answer of ${clip(model, 60)}`, latency)}</div>`;
}
