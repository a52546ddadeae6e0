import type { LeaderboardRow } from '../../engine/automl/result.js';
import { count, duration } from './format.js';
import { data, type Html, html } from './html.js';
import { metricWords } from './metric-words.js';
import { type Page, scroller } from './page.js';

const SHOWN = 15;

/** Every model that was tried, best first. */
export function leaderboard(page: Page): Html {
  const { leaderboard: rows, metric, holdoutMetrics, cut } = page.result;
  if (rows.length === 0) return html``;
  const words = metricWords(metric, page.result.plan);
  const scores = rows.map((r) => r.validation).filter(Number.isFinite);
  const worst = words.higher ? Math.min(...scores) : Math.max(...scores);
  const best = words.higher ? Math.max(...scores) : Math.min(...scores);
  // The bar shows the way from the worst model to the best: differences, not sizes.
  const share = (v: number): number => (best === worst || !Number.isFinite(v) ? (best === worst ? 1 : 0) : (v - worst) / (best - worst));
  const interval = holdoutMetrics[metric];
  const line = (r: LeaderboardRow): Html =>
    html`<tr${r.chosen ? html` class="main"` : ''}><td class="n">${count(r.rank)}</td><th scope="row">${data(r.title, 60)}${r.chosen ? html` <span class="tag">chosen</span>` : r.weight === undefined ? '' : html` <span class="tag plain">${Math.round(r.weight * 100)} %</span>`}${r.cut ? html` <span class="tag plain">cut short</span>` : ''}</th><td class="n">${words.format(r.validation)}</td><td class="bar-cell" aria-hidden="true"><span class="track"><i style="width:${(4 + share(r.validation) * 96).toFixed(1)}%"></i></span></td><td class="n">${
      r.holdout === undefined
        ? html`<span class="quiet">not scored</span>`
        : html`${words.format(r.holdout)}${r.chosen && interval ? html` <span class="range">(${words.format(interval.low)} to ${words.format(interval.high)})</span>` : ''}`
    }</td><td class="n">${r.rounds === undefined ? '–' : count(r.rounds)}</td><td class="n">${duration(r.fitSeconds)}</td></tr>`;
  return html`<h3>The models that were tried</h3><p>All saw the same rows. ${
    rows.some((r) => r.chosen && r.learner === 'ensemble')
      ? html`Those that predict best together, by ${page.glossary.term('outOfFold', 'validation')}, were combined; the share of each is beside its name`
      : html`The one with the best ${page.glossary.term('outOfFold', 'validation')} score was chosen`
  }; ${
    page.onHoldout ? 'only it and the baseline were then scored on the holdout' : 'none was scored on a holdout'
  }.${cut ? ' The time limit ended the search early.' : ''}</p>${scroller(
    'Models that were tried',
    html`<table class="leaderboard"><caption>${words.label}, best first (${words.higher ? 'higher' : 'lower'} is better)</caption><thead><tr><th scope="col" class="n">#</th><th scope="col">Model</th><th scope="col" class="n">Validation</th><td></td><th scope="col" class="n">Holdout</th><th scope="col" class="n">Rounds</th><th scope="col" class="n">Time</th></tr></thead><tbody>${rows.slice(0, SHOWN).map(line)}</tbody></table>`,
  )}${rows.length > SHOWN ? html`<p class="note">${count(rows.length - SHOWN)} more are in leaderboard.csv.</p>` : ''}`;
}
