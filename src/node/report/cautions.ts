import type { Finding, RunResult } from '../../engine/automl/result.js';
import { findingList } from './findings.js';
import { count, percent, plural } from './format.js';
import { clip, type Html, html } from './html.js';
import { metricWords } from './metric-words.js';
import { type Page, section } from './page.js';

/** What to watch out for: serious findings of the run, and what the report itself sees in the figures. */
export function cautionsSection(page: Page): Html {
  const all = cautions(page);
  const standing = html`<p class="note">A model repeats the past that it was shown. When the world changes, prices, customers or ways of measuring, its quality drops without a warning: compare its answers with the truth now and then, and train again.</p>`;
  return section(
    'cautions',
    'What to watch out for',
    all.length
      ? all.length === 1
        ? 'One point.'
        : html`${plural(all.length, 'point')}, the most serious first.`
      : html`Nothing stands out.`,
    all.length ? findingList(all) : '',
    standing,
  );
}

/** The warnings and dangers of the run, and those that follow from its figures. */
export function cautions(page: Page): Finding[] {
  const found = page.result.findings.filter((f) => f.level === 'danger' || f.level === 'warning');
  const codes = new Set(found.map((f) => f.code));
  for (const f of derived(page)) if (!codes.has(f.code)) found.push(f);
  return found.sort((a, b) => Number(b.level === 'danger') - Number(a.level === 'danger'));
}

function derived(page: Page): Finding[] {
  const { result, scored } = page;
  const out: Finding[] = [];
  const warn = (code: string, message: string, level: Finding['level'] = 'warning'): void => void out.push({ level, code, message });
  if (result.interrupted)
    warn('interrupted', 'The run was interrupted. The model is the best that had been found by then; a full run may find a better one.');
  else if (result.cut) warn('cut', 'The time limit ended the search before it was done. A larger budget may give a better model.');
  if (!page.onHoldout)
    warn(
      'no-holdout',
      'No rows were kept aside, so the figures come from rows that also helped to choose the model. Expect somewhat worse in practice.',
    );
  else if (scored.actual.length < 100)
    warn(
      'small-holdout',
      `The holdout has only ${plural(scored.actual.length, 'row')}: the figures could easily be better or worse by chance. Look at the intervals, not at the single numbers.`,
    );
  if (result.rows.total < 500)
    warn('small-data', `${count(result.rows.total)} rows are few. More rows are the surest way to a better model.`);
  split(result, warn);
  balance(page, warn);
  const main = result.holdoutMetrics[result.metric];
  const base = result.baselineMetrics[result.metric];
  if (page.onHoldout && main && base !== undefined && Number.isFinite(base)) {
    const beats = metricWords(result.metric, result.plan).higher ? main.low > base : main.high < base;
    if (!beats) warn('not-better', 'On the holdout the model is not clearly better than the baseline. Do not rely on it.', 'danger');
  }
  return out;
}

type Warn = (code: string, message: string) => void;

function split(result: RunResult, warn: Warn): void {
  const time = result.schema.columns.find((c) => c.type === 'datetime' && c.use !== 'ignore');
  const { kind } = result.plan.holdout;
  if (time && (kind === 'random' || kind === 'stratified'))
    warn(
      'optimistic-split',
      `The rows carry a date (${clip(time.name, 60)}), but the holdout was drawn at random across it. If the model is to predict the future, a split by time gives a more honest figure.`,
    );
}

function balance(page: Page, warn: Warn): void {
  const { task } = page.result;
  if (task.kind === 'regression') return;
  const counts = new Float64Array(task.classes.length);
  for (const set of [page.result.holdout, page.result.outOfFold])
    for (let i = 0; i < set.actual.length; i++) counts[set.actual[i] as number] = (counts[set.actual[i] as number] ?? 0) + 1;
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return;
  let rare = 0;
  for (let k = 1; k < counts.length; k++) if ((counts[k] as number) < (counts[rare] as number)) rare = k;
  const name = clip(task.classes[rare] ?? '', 40);
  const n = counts[rare] as number;
  const share = n / total;
  if (n < 100)
    warn(
      'few-minority-rows',
      `Only ${plural(n, 'row')} ${n === 1 ? 'has' : 'have'} the answer “${name}”. What the model says about it rests on few examples.`,
    );
  if (task.kind === 'binary' && share < 0.1)
    warn(
      'imbalance',
      `Only ${percent(share)} of the rows are “${name}”. Accuracy says little here (always giving the other answer is right ${percent(1 - share)} of the time); look at precision and recall.`,
    );
}
