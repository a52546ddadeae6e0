import { count, number } from './format.js';
import { data, type Html, html } from './html.js';
import { className, type Page, scroller } from './page.js';

const MOST_CLASSES = 12;

/** What a row costs with the model and without, and the costs that were given; nothing where there are none. */
export function costsBlock(page: Page): Html {
  const { plan, task, holdoutMetrics, baselineMetrics, threshold } = page.result;
  const { costs } = plan;
  if (!costs) return html``;
  const model = holdoutMetrics.expected_cost;
  const blind = baselineMetrics.expected_cost;
  const n = page.scored.actual.length;
  const unit = costs.unit === undefined ? html`` : html` ${data(costs.unit)}`;
  const money = (x: number): Html => html`<b>${number(x)}</b>${unit}`;
  const how =
    task.kind === 'binary' && threshold !== undefined
      ? html`By these costs a row is called ${data(className(task, 1), 40)} from a probability of ${number(threshold, 4)}.`
      : html`Each row is called the class that costs least by its probabilities, which need not be the most probable one.`;
  const saved =
    model && blind !== undefined
      ? html` ${model.value <= blind ? 'It saves' : 'It costs'} ${money(Math.abs(blind - model.value) * n)} on these ${count(n)} rows${
          model.value <= blind ? '' : ' more'
        }, against ${money(blind)} a row for always giving the one answer that is cheapest.`
      : html``;
  const shown = task.classes.slice(0, MOST_CLASSES);
  const table = html`<table><caption>What a call costs${unit}</caption><thead><tr><th scope="col">really</th>${shown.map(
    (c) => html`<th scope="col" class="n">called ${data(c, 24)}</th>`,
  )}</tr></thead><tbody>${shown.map(
    (actual, a) =>
      html`<tr><th scope="row">${data(actual, 24)}</th>${shown.map((_, c) => html`<td class="n">${number(costs.matrix[a]?.[c] ?? 0)}</td>`)}</tr>`,
  )}</tbody></table>`;
  return html`<h3>What it costs</h3><p>${
    model ? html`With the model a row costs ${money(model.value)} on average (${number(model.low)} to ${number(model.high)}).` : ''
  }${saved} ${how}</p>${scroller('What a call costs', table)}`;
}
