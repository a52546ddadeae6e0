import { expect, it } from 'vitest';
import { columnSchema } from '../../../test/example-bundle.js';
import { Rng } from '../../core/rng.js';
import { type Column, Table } from '../../core/table.js';
import { buildReference } from '../../engine/monitor/build-reference.js';
import { Monitor } from '../../engine/monitor/monitor.js';
import { codeRows } from '../../engine/monitor/observer.js';
import type { PerformanceReport } from '../../engine/monitor/performance/performance-report.js';
import { renderMonitorPage } from './monitor-page.js';
import { type MonitorView, monitorView } from './monitor-view.js';

const NAMES = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=2</script>',
  '__proto__',
  '{a|red} {b} %s {{e}}',
  '</style></title><!--',
  `long-${'x'.repeat(3000)}`,
];
const context = { at: '2026-11-23T07:01:02.000Z', millwright: '0.1.0', served: false };

/** Numbers and categories of hostile names and levels. */
function rows(count: number, seed: number, moved: number): Table {
  const rng = new Rng(seed);
  const columns = NAMES.map((name, c): Column => {
    if (c % 2) return { kind: 'numeric', name, values: Float64Array.from({ length: count }, () => moved + rng.float()) };
    return { kind: 'category', name, codes: Int32Array.from({ length: count }, () => rng.below(moved ? 2 : 6)), levels: NAMES };
  });
  return new Table(columns, count);
}

function view(model: string): MonitorView {
  const schema = { columns: NAMES.map((name, c) => columnSchema(name, c % 2 ? 'number' : 'category')) };
  const reference = buildReference(rows(3000, 1, 0), schema);
  const monitor = new Monitor(reference, { window: { rows: 300 } });
  monitor.push(codeRows(reference, rows(1200, 2, 0), []));
  monitor.push(codeRows(reference, rows(1200, 3, 0.5), []));
  const score = (value: number) => ({ value, low: value - 0.05, high: value + 0.05 });
  const performance: PerformanceReport = {
    ...{ metric: 'roc_auc', greaterIsBetter: true, alerts: [], slices: [], groups: [], unmatched: 0 },
    windows: monitor.windows.map((w, i) => ({
      ...{ window: w.window, from: w.from, to: w.to, rows: w.rows, answered: 0, kept: w.rows },
      scores: [{ metric: 'roc_auc', reference: 0.9, estimated: score(0.88 - 0.01 * i), ...(i < 4 && { real: score(0.87) }) }],
    })),
  };
  return monitorView(monitor, { model, against: NAMES[1] as string, unmet: [NAMES[0] as string], performance });
}

it('is inert whatever columns, levels and models are called, with every id once and every link leading somewhere', async () => {
  const markup = await renderMonitorPage([view(NAMES[0] as string), view('churn@3')], context);
  expect(markup).not.toMatch(/<(script|img|iframe|object|embed|link|foreignObject|image|use|form)\b/i);
  expect(markup).toContain('&lt;img src=x onerror=&quot;window.hacked=1&quot;&gt;');
  expect(markup).toContain("default-src 'none'");
  // the style is the page's own, and ends where it should
  expect(markup.match(/<\/style>/g)).toHaveLength(1);
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id as string);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  const links = [...markup.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id as string);
  expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  expect(markup.match(/class="finding /g)?.length).toBeGreaterThan(4);
  expect(markup.match(/class="plot"/g)).toHaveLength(2 * (NAMES.length + 2));
  const labels = [...markup.matchAll(/role="region" aria-label="([^"]*)"/g)].map(([, label]) => label as string);
  expect(new Set(labels).size).toBe(labels.length);
});

it('says so when nothing is watched', async () => {
  expect(await renderMonitorPage([], { ...context, served: true })).toContain('No model is watched');
});
