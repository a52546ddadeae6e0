import { expect, it } from 'vitest';
import { sampleMonitor } from '../../../test/report/sample-monitor.js';
import { renderMonitorPage } from './monitor-page.js';

const NAMES = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=2</script>',
  '__proto__',
  '{a|red} {b} %s {{e}}',
  '</style></title><!--',
  `long-${'x'.repeat(3000)}`,
];
const context = { at: '2026-11-23T07:01:02.000Z', millwright: '0.1.0', served: false };

const view = (model: string) => sampleMonitor({ model, names: NAMES, levels: NAMES, unmet: [NAMES[0] as string] });

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
  expect(markup.match(/class="plot"/g)).toHaveLength(2 * (NAMES.length + 3));
  const labels = [...markup.matchAll(/role="region" aria-label="([^"]*)"/g)].map(([, label]) => label as string);
  expect(new Set(labels).size).toBe(labels.length);
});

it('says so when nothing is watched', async () => {
  expect(await renderMonitorPage([], { ...context, served: true })).toContain('No model is watched');
});

it('draws no scores where windows have none, and tells those of groups', async () => {
  const sample = view('churn@3');
  const performance = sample.performance as NonNullable<typeof sample.performance>;
  const windows = performance.windows.map((w) => ({ ...w, scores: [{ metric: 'roc_auc' }] }));
  const groups = [
    {
      column: 'country',
      values: 'NO',
      rows: 40,
      answered: 0,
      scores: [{ metric: 'roc_auc', estimated: { value: 0.7, low: 0.6, high: 0.8 } }],
    },
  ];
  const markup = await renderMonitorPage([{ ...sample, performance: { ...performance, windows, groups } }], context);
  expect(markup).not.toContain('Scores by window');
  expect(markup).not.toMatch(/NaN|Infinity/);
  expect(markup).toContain('country: NO');
});
