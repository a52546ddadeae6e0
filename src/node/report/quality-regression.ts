import { number, percent, short } from './format.js';
import { clip, data, type Html, html } from './html.js';
import { histogram, niceAxis, quantile } from './measure.js';
import { type Page, scroller } from './page.js';
import { CHART } from './quality-binary.js';

const MOST_DOTS = 300;

/** Predicted against actual, residuals, and how far off the predictions are. */
export async function regressionFigures(page: Page): Promise<Html> {
  const { actual, predicted } = page.scored;
  const residuals = Float64Array.from(actual, (y, i) => y - (predicted[i] as number));
  return html`${errorTable(page, residuals)}
<h3>Where it is right and where it is off</h3><div class="charts">
${await actualFigure(page)}
${await residualHistogram(page, residuals)}
${await residualFigure(page, residuals)}
</div>`;
}

function errorTable(page: Page, residuals: Float64Array): Html {
  const sorted = residuals.map(Math.abs).sort();
  const reference = page.result.outOfFold.actual.length ? page.result.outOfFold.actual : page.scored.actual;
  const centre = quantile(Float64Array.from(reference).sort(), 0.5);
  const blind = Float64Array.from(page.scored.actual, (y) => Math.abs(y - centre)).sort();
  const words: [number, string][] = [
    [0.5, 'Half of the predictions'],
    [0.75, '3 of 4'],
    [0.9, '9 of 10'],
    [0.95, '19 of 20'],
  ];
  return html`<h3>How far off it is</h3>${scroller(
    'Error sizes',
    html`<table class="errors-table"><caption>Distance between prediction and true ${data(page.result.task.target, 40)}</caption><thead><tr><th scope="col">Share of rows</th><th scope="col" class="n">with the model within</th><th scope="col" class="n">always giving ${number(centre)} within</th></tr></thead><tbody>${words.map(
      ([q, label]) =>
        html`<tr><th scope="row">${label}</th><td class="n"><b>±${number(quantile(sorted, q))}</b></td><td class="n">±${number(quantile(blind, q))}</td></tr>`,
    )}</tbody></table>`,
  )}`;
}

/** Limits that a few extreme rows cannot stretch. */
function robustLimits(values: Float64Array, tail = 0.002): [number, number] {
  const sorted = Float64Array.from(values).sort();
  return [quantile(sorted, tail), quantile(sorted, 1 - tail)];
}

/** Dots for few rows, squares shaded by how many rows they hold for many. */
function cloud(
  x: Float64Array,
  y: Float64Array,
  xs: { min: number; max: number },
  ys: { min: number; max: number },
): { kind: 'marks' | 'boxes'; data: number[][]; beyond: number } {
  const inside = (i: number): boolean =>
    (x[i] as number) >= xs.min && (x[i] as number) <= xs.max && (y[i] as number) >= ys.min && (y[i] as number) <= ys.max;
  let beyond = 0;
  for (let i = 0; i < x.length; i++) if (!inside(i)) beyond++;
  if (x.length <= MOST_DOTS) {
    const points: number[][] = [];
    for (let i = 0; i < x.length; i++) if (inside(i)) points.push([x[i] as number, y[i] as number]);
    return { kind: 'marks', data: points, beyond };
  }
  const cells = 36;
  const counts = new Map<number, number>();
  let most = 1;
  for (let i = 0; i < x.length; i++) {
    if (!inside(i)) continue;
    const cx = Math.min(cells - 1, Math.floor((((x[i] as number) - xs.min) / (xs.max - xs.min)) * cells));
    const cy = Math.min(cells - 1, Math.floor((((y[i] as number) - ys.min) / (ys.max - ys.min)) * cells));
    const n = (counts.get(cx * cells + cy) ?? 0) + 1;
    counts.set(cx * cells + cy, n);
    if (n > most) most = n;
  }
  const dx = (xs.max - xs.min) / cells;
  const dy = (ys.max - ys.min) / cells;
  const boxes: number[][] = [];
  for (const [key, n] of counts) {
    const cx = Math.floor(key / cells);
    const cy = key % cells;
    // Square root: single rows stay visible beside crowded squares.
    boxes.push([
      xs.min + cx * dx,
      ys.min + cy * dy,
      xs.min + (cx + 1) * dx,
      ys.min + (cy + 1) * dy,
      Math.round((0.14 + 0.86 * Math.sqrt((n - 1) / Math.max(1, most - 1))) * 50) / 50,
    ]);
  }
  return { kind: 'boxes', data: boxes, beyond };
}

function cloudLayer(
  c: ReturnType<typeof cloud>,
):
  | { kind: 'marks'; points: number[][]; colour: 'accent'; size: number; opacity: number }
  | { kind: 'boxes'; boxes: number[][]; colour: 'accent' } {
  return c.kind === 'marks'
    ? { kind: 'marks', points: c.data, colour: 'accent', size: 3, opacity: 0.55 }
    : { kind: 'boxes', boxes: c.data, colour: 'accent' };
}

async function actualFigure(page: Page): Promise<Html> {
  const { actual, predicted } = page.scored;
  const [a0, a1] = robustLimits(actual);
  const [p0, p1] = robustLimits(predicted);
  const range = niceAxis(Math.min(a0, p0), Math.max(a1, p1));
  const shape = cloud(predicted, actual, range, range);
  const target = clip(page.result.task.target, 22);
  return page.artist.figure(
    {
      ...CHART,
      x: { ...range, label: 'predicted', format: short },
      y: { ...range, label: `true ${target}`, format: short },
      layers: [
        cloudLayer(shape),
        {
          kind: 'line',
          points: [
            [range.min, range.min],
            [range.max, range.max],
          ],
          colour: 'neutral',
          dashed: true,
          width: 1.5,
        },
      ],
    },
    {
      title: 'Predicted against true',
      says: `Predicted against true ${target}; the correlation is ${correlation(actual, predicted).toFixed(2)}.`,
      caption: html`On the dashed line prediction and truth agree. ${shape.kind === 'boxes' ? 'The darker a square, the more rows lie in it.' : 'Each dot is a row.'}${shape.beyond ? ` ${shape.beyond} extreme ${shape.beyond === 1 ? 'row lies' : 'rows lie'} outside the frame.` : ''}`,
    },
  );
}

async function residualHistogram(page: Page, residuals: Float64Array): Promise<Html> {
  const [low, high] = robustLimits(residuals, 0.01);
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const axis = niceAxis(-reach, reach);
  const bins = residuals.length < 100 ? 12 : 32;
  const counts = histogram(residuals, axis.min, axis.max, bins);
  const width = (axis.max - axis.min) / bins;
  const boxes = Array.from(counts, (n, i) => [axis.min + i * width, 0, axis.min + (i + 1) * width, n / residuals.length]).filter(
    (b) => (b[3] as number) > 0,
  );
  const tooLow = residuals.reduce((n, r) => n + (r > 0 ? 1 : 0), 0) / (residuals.length || 1);
  const middle = quantile(Float64Array.from(residuals).sort(), 0.5);
  return page.artist.figure(
    {
      ...CHART,
      x: { ...axis, label: 'truth minus prediction', format: short, grid: false },
      y: {
        ...niceAxis(0, Math.max(...boxes.map((b) => b[3] as number))),
        label: 'share of rows',
        format: (v) => percent(v, v < 0.1 && v % 0.01 ? 1 : 0),
      },
      layers: [
        { kind: 'boxes', boxes, colour: 'accent', opacity: 0.7, gap: 1 },
        {
          kind: 'line',
          points: [
            [0, 0],
            [0, 1],
          ],
          colour: 'neutral',
          dashed: true,
          width: 1.5,
        },
      ],
    },
    {
      title:
        Math.abs(tooLow - 0.5) < 0.06
          ? 'It errs to both sides alike'
          : tooLow > 0.5
            ? 'It guesses too low more often than too high'
            : 'It guesses too high more often than too low',
      says: `Histogram of residuals: ${percent(tooLow)} of the predictions are too low; the middle residual is ${number(middle)}.`,
      caption: html`${page.glossary.term('residual', 'Residuals')}: ${percent(tooLow)} of the predictions are too low. The outermost bars hold everything beyond.`,
    },
  );
}

async function residualFigure(page: Page, residuals: Float64Array): Promise<Html> {
  const predicted = page.scored.predicted;
  const [p0, p1] = robustLimits(predicted);
  const [r0, r1] = robustLimits(residuals, 0.005);
  const reach = Math.max(Math.abs(r0), Math.abs(r1)) || 1;
  const xs = niceAxis(p0, p1);
  const ys = niceAxis(-reach, reach);
  const shape = cloud(predicted, residuals, xs, ys);
  const order = Array.from(predicted, (_, i) => i).sort((a, b) => (predicted[a] as number) - (predicted[b] as number));
  const groups = predicted.length < 100 ? 0 : 10;
  const points = Array.from({ length: groups }, (_, g) => {
    const part = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
    const absolute = Float64Array.from(part, (i) => residuals[i] as number).sort();
    const x = Float64Array.from(part, (i) => predicted[i] as number);
    return [quantile(x, 0.5), quantile(absolute, 0.5), quantile(absolute, 0.1), quantile(absolute, 0.9)];
  });
  const first = points[0];
  const last = points[groups - 1];
  const spread = (p: number[] | undefined): number => (p ? (p[3] as number) - (p[2] as number) : 1);
  const ratio = spread(last) / (spread(first) || 1);
  return page.artist.figure(
    {
      ...CHART,
      x: { ...xs, label: 'predicted', format: short },
      y: { ...ys, label: 'truth minus prediction', format: short },
      layers: [
        cloudLayer(shape),
        {
          kind: 'line',
          points: [
            [xs.min, 0],
            [xs.max, 0],
          ],
          colour: 'neutral',
          dashed: true,
          width: 1.5,
        },
        ...(groups ? [{ kind: 'marks' as const, points, colour: 'second' as const, size: 3.5, ring: true }] : []),
      ],
    },
    {
      title:
        groups === 0
          ? 'Errors along the prediction'
          : ratio > 2
            ? 'Errors grow with the prediction'
            : ratio < 0.5
              ? 'Errors shrink with the prediction'
              : 'Errors are alike everywhere',
      says: `Residuals against predictions; in the highest tenth of the predictions errors spread ${number(ratio, 2)} times as wide as in the lowest.`,
      caption: groups
        ? 'For each tenth of the predictions: the middle error, and the range that holds 8 of 10. Off the dashed line the model is biased there.'
        : 'Above the dashed line the model guessed too low, below it too high.',
    },
  );
}

function correlation(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  let [sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sa += a[i] as number;
    sb += b[i] as number;
  }
  for (let i = 0; i < n; i++) {
    const x = (a[i] as number) - sa / n;
    const y = (b[i] as number) - sb / n;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return ab / Math.sqrt(aa * bb || 1);
}
