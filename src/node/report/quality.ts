import { costsBlock } from './costs.js';
import { percent, plural } from './format.js';
import { type Html, html } from './html.js';
import { leaderboard } from './leaderboard.js';
import { metricWords } from './metric-words.js';
import { modelTerms } from './model-terms.js';
import { type Page, scroller, section } from './page.js';
import { binaryFigures } from './quality-binary.js';
import { multiclassFigures } from './quality-multiclass.js';
import { regressionFigures } from './quality-regression.js';
import { tradeoff } from './tradeoff.js';

/** How good the model is: figures against the baseline, charts, and the other models that were tried. */
export async function qualitySection(page: Page): Promise<Html> {
  const n = page.scored.actual.length;
  const { rows, task } = page.result;
  const lead = page.onHoldout
    ? html`Everything here is measured on the ${page.glossary.term('holdout', 'holdout')}: ${plural(n, 'row')} (${percent(n / (rows.total || 1))}) set aside before training and looked at once.`
    : html`There was no ${page.glossary.term('holdout', 'holdout')}; what follows is ${page.glossary.term('outOfFold', 'validation')}, which flatters the model a little.`;
  if (n === 0)
    return section('quality', 'How good it is', html`No rows were scored, so the quality of the model is unknown.`, leaderboard(page));
  const figures =
    task.kind === 'binary'
      ? await binaryFigures(page)
      : task.kind === 'multiclass'
        ? await multiclassFigures(page)
        : await regressionFigures(page);
  return section(
    'quality',
    'How good it is',
    lead,
    metricTable(page),
    costsBlock(page),
    figures,
    leaderboard(page),
    await tradeoff(page),
    await modelTerms(page),
  );
}

function metricTable(page: Page): Html {
  const { holdoutMetrics, baselineMetrics, metric } = page.result;
  const names = Object.keys(holdoutMetrics).sort((a, b) => Number(b === metric) - Number(a === metric));
  if (names.length === 0) return html``;
  return scroller(
    'Figures on the holdout',
    html`<table class="metrics"><caption>Figures on the holdout</caption><thead><tr><th scope="col">Measure</th><th scope="col" class="n">Model</th><th scope="col" class="n">${page.glossary.term('baseline')}</th><th scope="col" class="n">${page.glossary.term('interval')}</th><th scope="col">Better is</th></tr></thead><tbody>${names.map(
      (name) => {
        const words = metricWords(name, page.result.plan);
        const e = holdoutMetrics[name] as { value: number; low: number; high: number };
        const base = baselineMetrics[name];
        return html`<tr${name === metric ? html` class="main"` : ''}><th scope="row">${page.glossary.metric(words)}${
          name === metric ? html` <span class="tag">main measure</span>` : ''
        }</th><td class="n"><b>${words.format(e.value)}</b></td><td class="n">${base === undefined ? '–' : words.format(base)}</td><td class="n">${words.format(e.low)} to ${words.format(e.high)}</td><td>${words.higher ? 'higher' : 'lower'}</td></tr>`;
      },
    )}</tbody></table>`,
  );
}
