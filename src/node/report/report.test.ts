import { describe, expect, it } from 'vitest';
import { type SampleOptions, sampleContext, sampleRun } from '../../../test/report/sample-run.js';
import { Deadline } from '../../core/clock.js';
import { renderReport } from './report.js';

const LETTERS = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
const SAMPLES: [string, SampleOptions][] = [
  ['binary', { kind: 'binary' }],
  ['7 classes', { kind: 'multiclass', classes: LETTERS.slice(0, 7) }],
  ['26 classes', { kind: 'multiclass', classes: LETTERS, rows: 3000 }],
  ['regression', { kind: 'regression' }],
  ['regression on many rows', { kind: 'regression', rows: 4000 }],
  ['30 rows', { kind: 'binary', rows: 30 }],
  ['200 columns', { kind: 'binary', columns: 200 }],
  ['one column', { kind: 'regression', columns: 1 }],
  [
    'cut and without importance',
    {
      kind: 'binary',
      change: (r) => {
        r.cut = true;
        r.importance = [];
        r.dependence = [];
      },
    },
  ],
  [
    'no holdout',
    {
      kind: 'multiclass',
      change: (r) => {
        r.holdout = { rows: new Uint32Array(), actual: new Float64Array(), predicted: new Float64Array() };
        r.holdoutMetrics = {};
      },
    },
  ],
  [
    'nothing scored, profiled or tried',
    {
      kind: 'regression',
      change: (r) => {
        r.holdout = { rows: new Uint32Array(), actual: new Float64Array(), predicted: new Float64Array() };
        r.outOfFold = r.holdout;
        r.holdoutMetrics = {};
        r.baselineMetrics = {};
        r.profiles = [];
        r.leaderboard = [];
        r.findings = [];
        r.importance = [];
        r.dependence = [];
      },
    },
  ],
  [
    'one class in the holdout, constant predictions',
    {
      kind: 'binary',
      change: (r) => {
        r.holdout.actual.fill(0);
        r.holdout.predicted.fill(0.5);
        r.holdoutMetrics.roc_auc = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
      },
    },
  ],
  [
    'a constant number',
    {
      kind: 'regression',
      change: (r) => {
        r.holdout.actual.fill(3);
        r.holdout.predicted.fill(3);
        r.outOfFold.actual.fill(3);
      },
    },
  ],
  [
    'dates and missing values in dependence and profiles',
    {
      kind: 'binary',
      change: (r) => {
        const [first] = r.schema.columns;
        if (!first) return;
        first.type = 'datetime';
        const day = 864e5;
        r.dependence[0] = {
          column: first.name,
          points: Array.from({ length: 9 }, (_, i) => ({ x: Date.UTC(2020, 0, 1) + i * 40 * day, y: [0.5, i / 9] })),
        };
        r.dependence[1] = { column: 'column 2', levels: [] };
        r.profiles[0] = {
          name: first.name,
          missingBySlice: [0.5],
          bins: [{ from: Date.UTC(2020, 0, 1), to: Date.UTC(2021, 0, 1), count: 5 }],
        };
      },
    },
  ],
];

const render = (options: SampleOptions, deadline?: Deadline): Promise<string> => renderReport(sampleRun(options), sampleContext, deadline);
/** The text of a page, without its drawings. */
const textOf = (page: string): string => page.replace(/<(style|svg)\b[\s\S]*?<\/\1>|<[^>]*>/g, '').replace(/\s+/g, ' ');
const frozen = { now: () => 0, pause: async () => {} };

describe('renderReport', () => {
  it.each(SAMPLES)('is one complete, inert file: %s', async (_, options) => {
    const page = await render(options);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain(`content="default-src 'none';`);
    expect(page.match(/<script|<link|<iframe|<object|<embed|@import|javascript:|\son\w+=/i)).toBeNull();
    // Nothing outside is named, not even the SVG namespace.
    expect(page.match(/https?:|src=|url\((?!#c\d+-)/i)).toBeNull();
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect([...page.matchAll(/<section id="(\w+)"/g)].map((m) => m[1])).toEqual([
      'verdict',
      'data',
      'quality',
      'drivers',
      'cautions',
      'use',
      'making',
      'glossary',
    ]);
    expect(page.match(/.{0,60}(undefined|\[object|NaN|Infinity)/)?.[0]).toBeUndefined();
    expect(page.length).toBeLessThan(1_500_000);
  });

  it('says what the model is worth in practice, against no model', async () => {
    const binary = textOf(await render({ kind: 'binary', rows: 2000 }));
    expect(binary).toMatch(/Of 100 rows where it says that answer is yes, about \d+ really are; of 100 rows picked blindly, \d+ would be/);
    expect(binary).toContain('ROC AUC 0.860 (90 % interval 0.830 to 0.890) against 0.500 for the baseline; higher is better.');
    expect(textOf(await render({ kind: 'regression' }))).toMatch(
      /Half of its predictions are within ±[\d.]+ of the true answer, and 9 of 10 within ±[\d.]+\./,
    );
    expect(textOf(await render({ kind: 'multiclass' }))).toMatch(/right one of 3 classes for about \d+ of 100 rows/);
  });

  it('tells how probabilities were corrected, when they were', async () => {
    const corrected = { calibration: { calibration: { scale: 0.9, shift: [] }, kind: 'temperature', before: 0.41234, after: 0.40123 } };
    const page = await render({
      kind: 'binary',
      change: (r) => {
        r.bundle = { ...r.bundle, metrics: corrected };
      },
    });
    expect(textOf(page)).toMatch(/corrected by temperature scaling, .* log loss 0\.4123 → 0\.4012/);
    expect(textOf(await render({ kind: 'binary' }))).not.toContain('corrected by');
  });

  it('counts the confusions at the chosen threshold', async () => {
    const page = await render({
      kind: 'binary',
      change: (r) => {
        r.threshold = 0.25;
        r.holdout = {
          rows: new Uint32Array(6),
          actual: Float64Array.of(0, 0, 0, 1, 1, 1),
          predicted: Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.75, 0.25, 0.7, 0.3, 0.9, 0.1, 0.1, 0.9),
        };
      },
    });
    const cells = [...page.matchAll(/<b>(\d+)<\/b><span>(correct|false alarm|missed|found)<\/span>/g)].map((m) => `${m[2]} ${m[1]}`);
    expect(cells).toEqual(['correct 2', 'false alarm 1', 'missed 1', 'found 2']);
  });

  it('warns of what the figures show', async () => {
    const cautions = async (options: SampleOptions): Promise<string> =>
      textOf((await render(options)).split('id="cautions"')[1]?.split('<section')[0] ?? '');
    expect(await cautions({ kind: 'binary', rows: 3000, findings: [] })).toContain('Nothing stands out');
    const small = await cautions({ kind: 'binary', rows: 30, findings: [], change: (r) => Object.assign(r, { cut: true }) });
    expect(small).toContain('only 6 rows');
    expect(small).toContain('30 rows are few');
    expect(small).toContain('time limit ended the search');
    const worthless = await cautions({
      kind: 'regression',
      findings: [],
      change: (r) => Object.assign(r.baselineMetrics, { root_mean_squared_error: 4.1 }),
    });
    expect(worthless).toContain('not clearly better than the baseline');
    expect(
      await cautions({ kind: 'binary', rows: 3000, change: (r) => r.findings.push({ level: 'danger', code: 'x', message: 'Very bad.' }) }),
    ).toMatch(/Serious[\s\S]*Very bad[\s\S]*Caution/);
  });

  it('gives equal bytes for equal runs, also when rendered side by side', async () => {
    const [a, b] = await Promise.all([render({ kind: 'multiclass' }), render({ kind: 'multiclass' })]);
    expect(a).toBe(b);
  });

  it('leaves charts out when the time is up, and says so', async () => {
    const late = new Deadline(frozen, 1000);
    late.expire();
    const page = await render({ kind: 'binary', columns: 200 }, late);
    expect(textOf(page)).toMatch(/\d+ charts were left out of this report because the time was up/);
    expect(textOf(page)).toContain('further columns are not drawn here because the time was up');
    expect(page.match(/class="plot"/g)).toBeNull();
    expect(textOf(page)).toContain('Right and wrong, counted');
    const timely = await render({ kind: 'binary' }, new Deadline(frozen, 1000));
    expect(textOf(timely)).not.toContain('left out');
    expect(timely.match(/class="plot"/g)?.length).toBeGreaterThan(10);
  });

  it('stops in the middle when interrupted', async () => {
    let pauses = 0;
    let now = 0;
    const deadline: Deadline = new Deadline(
      {
        now: () => (now += 50),
        pause: async () => {
          if (++pauses === 3) deadline.expire();
        },
      },
      1e9,
    );
    const page = await render({ kind: 'binary' }, deadline);
    expect(page.match(/class="plot"/g)).toHaveLength(2);
    expect(textOf(page)).toContain('left out of this report');
  });

  it('counts the same cautions at the top and in their section', async () => {
    const page = textOf(await render({ kind: 'binary', rows: 30 }));
    const top = page.match(/(\d+) points to watch out for/)?.[1];
    expect(top).toBe(page.match(/(\d+) points, the most serious first/)?.[1]);
    expect(top).toBe('4');
  });

  it('groups many findings of one kind', async () => {
    const page = await render({
      kind: 'binary',
      findings: Array.from({ length: 9 }, (_, i) => ({
        level: 'repair' as const,
        code: 'missing-values',
        column: `c${i}`,
        message: 'Empty cells.',
      })),
    });
    expect(textOf(page)).toContain('The same kind in 8 other columns');
  });

  it('quotes the model path for the shell and brings the column along with a bare code', async () => {
    const page = await renderReport(sampleRun({ kind: 'binary', classes: ['0', '1'] }), {
      ...sampleContext,
      bundlePath: "it's here/model.mill",
    });
    expect(page).toContain('millwright predict &#39;it&#39;\\&#39;&#39;s here/model.mill&#39; new-rows.csv');
    expect(page).toContain('answer\u00a0=\u00a01');
  });
});
