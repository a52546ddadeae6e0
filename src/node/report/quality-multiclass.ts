import { count, percent, plural } from './format.js';
import { clip, data, type Html, html } from './html.js';
import { histogram, niceAxis, topClasses } from './measure.js';
import { className, type Page, scroller } from './page.js';
import { CHART, calibrationFigure, SHARE } from './quality-binary.js';

const MOST_CLASSES = 15;
const MOST_ROWS = 60;

/** Confusions as a heat table, each class's precision and recall, and whether the confidence can be trusted. */
export async function multiclassFigures(page: Page): Promise<Html> {
  const { task } = page.result;
  const { actual } = page.scored;
  const classes = task.classes.length;
  const { top, confidence } = topClasses(page.scored, classes, page.result.bundle.costs);
  const n = actual.length;
  const real = new Float64Array(classes);
  const said = new Float64Array(classes);
  const right = new Float64Array(classes);
  for (let i = 0; i < n; i++) {
    const a = actual[i] as number;
    const p = top[i] as number;
    real[a] = (real[a] as number) + 1;
    said[p] = (said[p] as number) + 1;
    if (a === p) right[a] = (right[a] as number) + 1;
  }
  const order = Array.from({ length: classes }, (_, k) => k).sort((a, b) => (real[b] as number) - (real[a] as number) || a - b);
  const correct = Float64Array.from(actual, (a, i) => Number(top[i] === a));
  return html`${heatTable(page, top, order, real)}
${classTable(page, order, real, said, right)}
<h3>Can its confidence be trusted?</h3><div class="charts two">${await confidenceFigure(page, confidence, correct)}
${await calibrationFigure(page, correct, confidence, html`answered correctly`, 'answered correctly')}</div>`;
}

function heatTable(page: Page, top: Int32Array, order: number[], real: Float64Array): Html {
  const { task } = page.result;
  const { actual } = page.scored;
  const shown = order.slice(0, Math.min(order.length, MOST_CLASSES));
  const rest = order.length - shown.length;
  const place = new Map(shown.map((k, i) => [k, i]));
  const size = shown.length + (rest ? 1 : 0);
  const cells = new Float64Array(size * size);
  for (let i = 0; i < actual.length; i++) {
    const at = (place.get(actual[i] as number) ?? shown.length) * size + (place.get(top[i] as number) ?? shown.length);
    // Inside "all others" a row is not known to be right.
    cells[at] = (cells[at] as number) + 1;
  }
  const names = [...shown.map((k) => data(className(task, k), 18)), ...(rest ? [html`<i>${count(rest)} others</i>`] : [])];
  const worst = worstConfusion(page, top, real);
  const row = (r: number): Html => {
    let total = 0;
    for (let c = 0; c < size; c++) total += cells[r * size + c] as number;
    return html`<tr><th scope="row">${names[r]}</th>${names.map((_, c) => {
      const v = cells[r * size + c] as number;
      const share = total ? v / total : 0;
      const kind = r === c ? (r < shown.length ? 'right' : 'both') : 'wrong';
      return html`<td class="${kind}${v === 0 ? ' zero' : ''}" style="--t:${Math.round(share * 55)}%">${v === 0 ? '·' : count(v)}</td>`;
    })}</tr>`;
  };
  return html`<h3>What it confuses with what</h3><p>${worst} Each row of the table is a true class; the darker a cell, the larger its share of that row. Correct answers lie on the diagonal.${
    rest ? ` The ${MOST_CLASSES} most frequent of ${count(order.length)} classes are shown.` : ''
  }</p>${scroller('Confusion table', html`<table class="heat${size <= 8 ? ' roomy' : ''}"><caption>True class (rows) against the answer given (columns)</caption><thead><tr><th scope="col">really ↓ &nbsp;called →</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${names.map((_, r) => row(r))}</tbody></table>`)}`;
}

function worstConfusion(page: Page, top: Int32Array, real: Float64Array): Html {
  const { task } = page.result;
  const { actual } = page.scored;
  const pairs = new Map<number, number>();
  for (let i = 0; i < actual.length; i++) {
    if (top[i] === actual[i]) continue;
    const key = (actual[i] as number) * real.length + (top[i] as number);
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
  }
  let best: [number, number] | undefined;
  for (const p of pairs) if (!best || p[1] > best[1]) best = p;
  if (!best) return html`It made no mistake on these rows.`;
  const from = Math.floor(best[0] / real.length);
  const to = best[0] % real.length;
  return html`The most common mistake: ${plural(best[1], 'row')} of ${count(real[from] as number)} that are <b>${data(className(task, from), 30)}</b> were called <b>${data(className(task, to), 30)}</b>.`;
}

function classTable(page: Page, order: number[], real: Float64Array, said: Float64Array, right: Float64Array): Html {
  const { task } = page.result;
  const bar = (v: number): Html =>
    Number.isFinite(v) ? html`<span class="track"><i style="width:${(v * 100).toFixed(1)}%"></i></span>` : html``;
  const line = (k: number): Html => {
    const precision = said[k] ? (right[k] as number) / (said[k] as number) : Number.NaN;
    const recall = real[k] ? (right[k] as number) / (real[k] as number) : Number.NaN;
    return html`<tr><th scope="row">${data(className(task, k), 40)}</th><td class="n">${count(real[k] as number)}</td><td class="n">${percent(recall, 0)}</td><td class="bar-cell" aria-hidden="true">${bar(recall)}</td><td class="n">${percent(precision, 0)}</td><td class="bar-cell" aria-hidden="true">${bar(precision)}</td></tr>`;
  };
  const head = html`<thead><tr><th scope="col">Class</th><th scope="col" class="n">Rows</th><th scope="col" class="n">${page.glossary.term('recall', 'Found (recall)')}</th><td></td><th scope="col" class="n">${page.glossary.term('precision', 'Right when said (precision)')}</th><td></td></tr></thead>`;
  const table = (rows: number[]): Html =>
    scroller(
      'Each class',
      html`<table class="classes"><caption>Each class, the most frequent first</caption>${head}<tbody>${rows.map(line)}</tbody></table>`,
    );
  const first = order.slice(0, MOST_CLASSES);
  const more = order.slice(MOST_CLASSES, MOST_CLASSES + MOST_ROWS);
  return html`<h3>Class by class</h3>${table(first)}${more.length ? html`<details><summary>${plural(order.length - first.length, 'more class', 'more classes')}</summary>${table(more)}</details>` : ''}`;
}

async function confidenceFigure(page: Page, confidence: Float64Array, correct: Float64Array): Promise<Html> {
  const bins = 20;
  const n = confidence.length;
  const good = histogram(confidence, 0, 1, bins, (i) => correct[i] === 1);
  const bad = histogram(confidence, 0, 1, bins, (i) => correct[i] === 0);
  const goodBoxes: number[][] = [];
  const badBoxes: number[][] = [];
  let top = 0;
  for (let b = 0; b < bins; b++) {
    const [g, w] = [(good[b] as number) / n, (bad[b] as number) / n];
    if (w) badBoxes.push([b / bins, 0, (b + 1) / bins, w]);
    if (g) goodBoxes.push([b / bins, w, (b + 1) / bins, w + g]);
    top = Math.max(top, g + w);
  }
  let sure = 0;
  let sureRight = 0;
  for (let i = 0; i < n; i++) {
    if ((confidence[i] as number) < 0.9) continue;
    sure++;
    sureRight += correct[i] as number;
  }
  return page.artist.figure(
    {
      ...CHART,
      x: { ...SHARE, label: 'probability of the answer given', grid: false },
      y: { ...niceAxis(0, top), label: 'share of all rows', format: (v) => percent(v, 0) },
      layers: [
        { kind: 'boxes', boxes: badBoxes, colour: 'second', opacity: 0.75, gap: 1 },
        { kind: 'boxes', boxes: goodBoxes, colour: 'accent', opacity: 0.6, gap: 1 },
      ],
    },
    {
      title: sure ? html`When it is 90 % sure, it is right ${percent(sureRight / sure)} of the time` : 'It is never more than 90 % sure',
      says: `Histogram of confidence: ${percent(sure / n)} of the rows get an answer with 90 % or more${sure ? `, of which ${percent(sureRight / sure)} are right` : ''}.`,
      legend: [
        { label: 'right', colour: 'accent', box: true },
        { label: 'wrong', colour: 'second', box: true },
      ],
      caption: html`${clip(percent(sure / n), 20)} of the rows get an answer with a probability of 90 % or more. Low bars on the right and many on the left would mean that it often has to guess.`,
    },
  );
}
