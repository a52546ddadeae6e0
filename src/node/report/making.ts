import type { FoundCalibration } from '../../engine/evaluate/fit-calibration.js';
import { stepsOf } from '../../model/unseen-categories.js';
import { count, duration, number, percent } from './format.js';
import { data, type Html, html, join } from './html.js';
import { madeColumns } from './made-columns.js';
import { type Page, scroller, section } from './page.js';

const SPLIT_WORDS = {
  random: 'at random',
  stratified: 'at random, keeping the share of each answer',
  group: 'by group, so that rows that belong together stay together',
  time: 'by time: the latest rows were kept aside',
  order: 'by the order of the rows: the last ones were kept aside',
} as const;

/** How the model was made, for those who want to check or repeat it. */
export function makingSection(page: Page): Html {
  const { result, context } = page;
  const { plan, bundle, rows } = result;
  const steps = [...new Set(stepsOf(bundle).map((s) => s.kind))];
  const facts: [Html | string, Html | string][] = [
    ['Command', html`<code class="d">${context.command}</code>`],
    ['Task', html`${plan.task}: ${data(plan.taskReason, 300)}`],
    ['Metric', data(result.metric)],
    ['Rows', html`${count(rows.total)}: ${count(rows.train)} to learn from, ${count(rows.holdout)} in the holdout`],
    [
      'Holdout',
      html`${percent(plan.holdout.fraction)}, ${SPLIT_WORDS[plan.holdout.kind]}${column(plan.holdout.column)}. ${data(plan.holdout.reason, 400)}`,
    ],
    [
      page.glossary.term('folds'),
      html`${count(plan.validation.folds)}${plan.validation.repeats ? ` × ${plan.validation.repeats}` : ''}, ${SPLIT_WORDS[plan.validation.kind].replace(/:.*/, '')}${column(plan.validation.column)}. ${data(plan.validation.reason, 400)}`,
    ],
    [
      'Models tried',
      join(
        plan.candidates.map((c) => html`${data(c.learner, 40)}${parameters(c.parameters)}`),
        ', ',
      ),
    ],
    [
      'Preparation',
      steps.length
        ? join(
            steps.slice(0, 40).map((kind) => data(kind, 40)),
            ' → ',
          )
        : 'none needed',
    ],
    ...calibrationFact(page),
    ...(result.threshold === undefined
      ? []
      : ([
          [
            page.glossary.term('threshold'),
            html`${number(result.threshold, 4)}${plan.threshold === 'auto' ? (plan.costs ? ', from the costs' : ', chosen on validation rows') : ', as set in the plan'}`,
          ],
        ] as [Html, Html][])),
    ['Time', html`${duration(result.seconds)} of ${plan.budget === null ? 'no limit' : html`${duration(plan.budget)} allowed`}`],
    [page.glossary.term('seed'), html`<code>${String(plan.seed)}</code>`],
    ['Data (SHA-256)', html`<code class="d break">${bundle.lineage.dataHash}</code>`],
    ['Millwright', data(context.millwright)],
  ];
  return section(
    'making',
    'How it was made',
    '',
    madeColumns(page),
    html`<details class="making"><summary>Plan, split, seed and versions</summary><p>The holdout was set aside first. The remaining rows were cut into folds; every preparation step and every model was fitted on the other folds only, so that no row helped to predict itself. The model with the best validation score was scored once on the holdout and then fitted again on all rows.</p><dl class="table">${facts.map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}</dl><p>The whole plan is in <code>plan.json</code>: edit it and run it again with <code>millwright run --plan plan.json</code>.</p></details>`,
    extremes(page),
  );
}

function column(name: string | undefined): Html {
  return name === undefined ? html`` : html` (column ${data(name, 60)})`;
}

function parameters(values: Record<string, unknown>): Html {
  const entries = Object.entries(values).slice(0, 8);
  return entries.length
    ? html` (${join(
        entries.map(([k, v]) => html`${data(k, 40)} ${data(String(v), 30)}`),
        ', ',
      )})`
    : html``;
}

/** The rows that the model got most wrong: where to look first for errors in the data. */
function extremes(page: Page): Html {
  const { task } = page.result;
  const { scored } = page;
  const n = scored.actual.length;
  if (n === 0) return html``;
  const outputs = scored.predicted.length / n;
  const miss = (i: number): number =>
    task.kind === 'regression'
      ? Math.abs((scored.actual[i] as number) - (scored.predicted[i] as number))
      : 1 - (scored.predicted[i * outputs + (scored.actual[i] as number)] as number);
  const worst: number[] = [];
  for (let i = 0; i < n; i++) {
    if (worst.length === 8 && miss(i) <= miss(worst[7] as number)) continue;
    worst.push(i);
    worst.sort((a, b) => miss(b) - miss(a) || a - b);
    if (worst.length > 8) worst.pop();
  }
  const answer = (i: number): Html =>
    task.kind === 'regression' ? html`${number(scored.actual[i] as number, 4)}` : data(task.classes[scored.actual[i] as number] ?? '–', 30);
  const said = (i: number): Html =>
    task.kind === 'regression' ? html`${number(scored.predicted[i] as number, 4)}` : html`${percent(1 - miss(i))} for it`;
  return html`<details><summary>The rows it got most wrong</summary><p>The row numbers count from 1 at the first row of data. Look here first for errors in the data itself.</p>${scroller('Rows it got most wrong', html`<table><caption>Largest errors</caption><thead><tr><th scope="col" class="n">Row</th><th scope="col">Truth</th><th scope="col">Model said</th></tr></thead><tbody>${worst.map((i) => html`<tr><th scope="row" class="n">${count((scored.rows[i] as number) + 1)}</th><td>${answer(i)}</td><td>${said(i)}</td></tr>`)}</tbody></table>`)}</details>`;
}

/** How probabilities were corrected, when they were. */
function calibrationFact(page: Page): [string, Html][] {
  const found = page.result.bundle.metrics.calibration as FoundCalibration | undefined;
  if (!found) return [];
  const how = found.kind === 'sigmoid' ? 'Platt’s sigmoid' : 'temperature scaling';
  return [
    [
      'Probabilities',
      html`corrected by ${how}, fitted on predictions out of fold and judged on folds that it was not fitted on: log loss ${number(found.before, 4)} → ${number(found.after, 4)}`,
    ],
  ];
}
