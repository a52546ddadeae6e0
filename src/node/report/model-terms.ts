import { AdditiveModel } from '../../model/additive.js';
import { LinearModel } from '../../model/linear.js';
import type { CategoryCodesStep } from '../../model/steps/category-codes.js';
import { stepsOf } from '../../model/unseen-categories.js';
import { count, number } from './format.js';
import { clip, data, type Html, html } from './html.js';
import { niceAxis } from './measure.js';
import { type Page, scroller } from './page.js';

const MOST_CHARTS = 8;
const MOST_ROWS = 40;
const MOST_LEVELS = 12;

/** The whole model, where a person can read it: what each term adds to the score of a row. */
export async function modelTerms(page: Page): Promise<Html> {
  const { model } = page.result.bundle;
  if (!page.result.tradeoff.limits.interpretable) return html``;
  if (model instanceof LinearModel) return linearTerms(model);
  return model instanceof AdditiveModel ? additiveTerms(page, model) : html``;
}

const SCORE = {
  identity: 'the prediction',
  exp: 'the logarithm of the prediction',
  logistic: 'the log-odds',
  softmax: 'the score of each class',
};

function linearTerms(model: LinearModel): Html {
  const scores = model.intercept.length;
  const width = model.inputs.length + model.hinges.of.length;
  const terms = Array.from({ length: width }, (_, j) => {
    const weights = Array.from({ length: scores }, (_, s) => model.weights[s * width + j] as number);
    const hinge = j - model.inputs.length;
    const name = model.inputs[hinge < 0 ? j : (model.hinges.of[hinge] as number)] as string;
    const said = hinge < 0 ? data(name, 60) : html`${data(name, 60)} above ${number(model.hinges.at[hinge] as number)}`;
    return { said, weights, size: Math.max(...weights.map(Math.abs)) };
  })
    .filter((t) => t.size > 0)
    .sort((a, b) => b.size - a.size);
  return html`<h3>The model, term by term</h3><p>${SCORE[model.link]} is ${[...model.intercept].map((v) => number(v)).join(', ')} and, for each prepared column, its weight times its value (numbers are standardised, categories 0 or 1).</p>${scroller(
    'Weights of the linear model',
    html`<table><caption>Weights, the largest first</caption><thead><tr><th scope="col">Column</th><th scope="col" class="n">Weight</th></tr></thead><tbody>${terms.slice(0, MOST_ROWS).map((t) => html`<tr><th scope="row">${t.said}</th><td class="n">${t.weights.map((w) => number(w)).join(', ')}</td></tr>`)}</tbody></table>`,
  )}${terms.length > MOST_ROWS ? html`<p class="note">${count(terms.length - MOST_ROWS)} smaller ones are not shown.</p>` : ''}`;
}

async function additiveTerms(page: Page, model: AdditiveModel): Promise<Html> {
  const outputs = model.intercept.length;
  const spread = (scores: Float64Array): number => Math.max(...scores) - Math.min(...scores);
  const columns = model.columns.map((c, i) => ({ c, i, spread: spread(c.scores) })).sort((a, b) => b.spread - a.spread);
  const levels = new Map(
    stepsOf(page.result.bundle)
      .filter((s) => s.kind === 'category-codes')
      .flatMap((s) => (s as CategoryCodesStep).columns.map((c) => [c.name, c.levels] as const)),
  );
  const charts: Html[] = [];
  for (const { c } of outputs === 1 ? columns.slice(0, MOST_CHARTS) : []) charts.push(await termFigure(page, c, levels.get(c.name) ?? []));
  const pairs = model.pairs.map((p) => ({ name: [p.first, p.second].map((i) => model.columns[i]?.name ?? ''), spread: spread(p.scores) }));
  const rows = [...columns.map(({ c, spread }) => ({ name: [c.name], spread })), ...pairs].sort((a, b) => b.spread - a.spread);
  return html`<h3>The model, term by term</h3><p>${SCORE[model.link]} of a row is ${[...model.intercept].map((v) => number(v)).join(', ')} and the sum of what its terms add: nothing else goes into it.</p><div class="charts">${charts}</div>${scroller(
    'Terms of the model',
    html`<table><caption>Terms, the most telling first</caption><thead><tr><th scope="col">Term</th><th scope="col" class="n">Greatest less least that it adds</th></tr></thead><tbody>${rows.slice(0, MOST_ROWS).map((t) => html`<tr><th scope="row">${t.name.map((n, i) => html`${i > 0 ? ' with ' : ''}${data(n, 40)}`)}</th><td class="n">${number(t.spread)}</td></tr>`)}</tbody></table>`,
  )}${rows.length > MOST_ROWS ? html`<p class="note">${count(rows.length - MOST_ROWS)} smaller ones are not shown.</p>` : ''}`;
}

function termFigure(page: Page, term: AdditiveModel['columns'][number], levels: readonly string[]): Promise<Html> {
  const { bounds, binOf, scores, name } = term;
  const [low, high] = [Math.min(0, ...scores), Math.max(0, ...scores)];
  const ys = niceAxis(low, high);
  const title = data(name, 40);
  const says = `What ${clip(name, 40)} adds lies between ${number(low)} and ${number(high)}.`;
  const missing = `Missing${binOf ? ' or rare' : ''}: ${number(scores[0] as number)}.`;
  if (bounds && bounds.length > 0) {
    const [first, last] = [bounds[0] as number, bounds[bounds.length - 1] as number];
    const reach = (last - first || 1) / 20;
    // the value of a bin holds up to its bound
    const points: [number, number][] = [[first - reach, scores[1] as number]];
    for (const [i, b] of bounds.entries()) points.push([b, scores[i + 1] as number], [b, scores[i + 2] as number]);
    points.push([last + reach, scores[scores.length - 1] as number]);
    return page.artist.figure(
      {
        width: 360,
        height: 220,
        x: { min: first - reach, max: last + reach, showMin: false, showMax: false, format: (v) => number(v), grid: false },
        y: { ...ys, format: (v) => number(v) },
        layers: [{ kind: 'line', points, colour: 'accent' }],
      },
      { title, says, caption: missing },
    );
  }
  const shown = [...levels.entries()]
    .map(([code, level]) => ({ level, score: scores[binOf?.[code] ?? 0] as number }))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, MOST_LEVELS);
  return page.artist.figure(
    {
      width: 360,
      height: Math.max(120, 50 + 22 * shown.length),
      x: { ...ys, format: (v) => number(v) },
      y: { levels: shown.map((s) => clip(s.level, 40)), format: (v) => number(v) },
      layers: [{ kind: 'marks', points: shown.map((s, i) => [s.score, i]), colour: 'accent', size: 5 }],
    },
    {
      title,
      says,
      caption:
        levels.length > shown.length
          ? html`${missing} The ${count(shown.length)} levels that add most of ${count(levels.length)}.`
          : missing,
    },
  );
}
