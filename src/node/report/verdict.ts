import type { Estimate } from '../../engine/automl/result.js';
import { metric } from '../../engine/evaluate/metrics/registry.js';
import { cautions } from './cautions.js';
import { count, number, percent, plural } from './format.js';
import { clip, data, type Html, html, trusted } from './html.js';
import { confusionAt, mean, positiveScores, quantile, topClasses } from './measure.js';
import { metricWords } from './metric-words.js';
import { className, type Page, positive } from './page.js';

type Grade = 'none' | 'little' | 'some' | 'good' | 'strong' | 'perfect';

const ANSWERS: Record<Grade, string> = {
  none: 'Not from this data: the model is no better than guessing.',
  little: 'Only a little: the model is slightly better than guessing.',
  some: 'In part: the model is clearly better than guessing, but often wrong.',
  good: 'Yes: the model is far better than guessing.',
  strong: 'Yes, very well.',
  perfect: 'Almost perfectly, which is rarely true: check that no column gives the answer away.',
};

const CLOSE_ANSWERS: Record<Grade, string> = {
  ...ANSWERS,
  little: 'Only loosely: the model is slightly better than guessing.',
  some: 'Roughly: clearly better than guessing, but with large errors.',
  good: 'Closely: far better than guessing.',
  strong: 'Very closely.',
};

/** The answer in one sentence, what it means in practice, and the main figure against the baseline. */
export function verdict(page: Page): Html {
  const { result } = page;
  const main = page.onHoldout ? result.holdoutMetrics[result.metric] : undefined;
  const base = result.baselineMetrics[result.metric];
  const practice = inPractice(page);
  const grade = beatsBaseline(page, main, base) ? practice.grade : 'none';
  return html`<div class="verdict" role="group" aria-labelledby="verdict-title">
<div class="verdict-words"><h2 id="verdict-title">${(result.task.kind === 'regression' ? CLOSE_ANSWERS : ANSWERS)[grade]}</h2>
<p class="practice">${practice.words}</p>
${mainFigure(page, main, base)}
${cautionLink(page)}</div>
${practice.picture}</div>`;
}

function beatsBaseline(page: Page, main: Estimate | undefined, base: number | undefined): boolean {
  if (main === undefined || base === undefined || !Number.isFinite(base)) return true;
  return metricWords(page.result.metric, page.result.plan).higher ? main.low > base : main.high < base;
}

function mainFigure(page: Page, main: Estimate | undefined, base: number | undefined): Html {
  const words = metricWords(page.result.metric, page.result.plan);
  const name = page.glossary.metric(words);
  const chosen = page.result.leaderboard.find((r) => r.chosen);
  if (!main)
    return html`<p class="figure-line">${name} <b>${chosen ? words.format(chosen.validation) : '–'}</b> in ${page.glossary.term('outOfFold', 'validation')}; there was no ${page.glossary.term('holdout', 'holdout')} to confirm it.</p>`;
  return html`<p class="figure-line">${name} <b>${words.format(main.value)}</b> <span class="range">(${page.glossary.term('interval')} ${words.format(main.low)} to ${words.format(main.high)})</span>${
    base !== undefined ? html` against <b>${words.format(base)}</b> for the ${page.glossary.term('baseline', 'baseline')}` : ''
  }; ${words.higher ? 'higher' : 'lower'} is better.</p>`;
}

function cautionLink(page: Page): Html {
  const serious = cautions(page).length;
  return serious ? html`<p class="see-also"><a href="#cautions">${plural(serious, 'point')} to watch out for</a></p>` : html``;
}

interface Practice {
  grade: Grade;
  words: Html;
  picture: Html;
}

function inPractice(page: Page): Practice {
  if (page.scored.actual.length === 0)
    return { grade: 'some', words: html`No rows were scored, so nothing can be said about its use yet.`, picture: html`` };
  if (page.result.task.kind === 'binary') return binary(page);
  return page.result.task.kind === 'multiclass' ? multiclass(page) : regression(page);
}

function grade(skill: number, steps: readonly [number, number, number, number]): Grade {
  if (!(skill > 0)) return 'none';
  const at = steps.findIndex((s) => skill < s);
  return (['little', 'some', 'good', 'strong', 'perfect'] as const)[at < 0 ? 4 : at] as Grade;
}

function binary(page: Page): Practice {
  const { actual } = page.scored;
  const scores = positiveScores(page.scored);
  const c = confusionAt(actual, scores, page.result.threshold ?? 0.5);
  const flagged = c.truePositive + c.falsePositive;
  const real = c.truePositive + c.falseNegative;
  const auc = metric('roc_auc').compute({ actual, predicted: scores, outputs: 1 });
  const skill = grade(2 * auc - 1, [0.2, 0.5, 0.8, 0.995]);
  const yes = positive(page);
  const target = data(page.result.task.target, 40);
  const share = real / actual.length;
  if (flagged === 0 || real === 0)
    return {
      grade: skill,
      words: html`At the chosen threshold it calls no row ${yes}; it can still put rows in order: of two rows, one ${yes} and one not, it ranks the right one first in ${percent(auc)} of cases.`,
      picture: html``,
    };
  const hits = Math.round((c.truePositive / flagged) * 100);
  const blind = Math.round(share * 100);
  return {
    grade: skill,
    words: html`Of 100 rows where it says that ${target} is <b>${data(className(page.result.task, 1), 40)}</b>, about <b>${hits}</b> really are; of 100 rows picked blindly, ${blind} would be. It finds <b>${Math.round((c.truePositive / real) * 100)}</b> of every 100 such rows.`,
    picture: dots(
      [
        [hits, html`with the model`],
        [blind, html`picked blindly`],
      ],
      html`Filled: rows that really are ${yes}, out of 100`,
    ),
  };
}

function multiclass(page: Page): Practice {
  const { task } = page.result;
  const { actual } = page.scored;
  const { top } = topClasses(page.scored, task.classes.length, page.result.bundle.costs);
  const counts = new Float64Array(task.classes.length);
  let right = 0;
  for (let i = 0; i < actual.length; i++) {
    const k = actual[i] as number;
    counts[k] = (counts[k] as number) + 1;
    if (top[i] === k) right++;
  }
  const common = counts.indexOf(Math.max(...counts));
  const accuracy = right / actual.length;
  const base = (counts[common] as number) / actual.length;
  const [a, b] = [Math.round(accuracy * 100), Math.round(base * 100)];
  return {
    grade: grade((accuracy - base) / (1 - base), [0.1, 0.4, 0.8, 0.998]),
    words: html`It names the right one of ${count(task.classes.length)} classes for about <b>${a}</b> of 100 rows; always answering ${data(className(task, common), 40)}, the most common, would be right for ${b}.`,
    picture: dots(
      [
        [a, html`with the model`],
        [b, html`always the most common`],
      ],
      html`Filled: rows answered correctly, out of 100`,
    ),
  };
}

function regression(page: Page): Practice {
  const { actual, predicted } = page.scored;
  const reference = page.result.outOfFold.actual.length ? page.result.outOfFold.actual : actual;
  const centre = quantile(Float64Array.from(reference).sort(), 0.5);
  const model = Float64Array.from(actual, (y, i) => Math.abs(y - (predicted[i] as number))).sort();
  const blind = Float64Array.from(actual, (y) => Math.abs(y - centre)).sort();
  const average = mean(actual);
  let residual = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    residual += ((actual[i] as number) - (predicted[i] as number)) ** 2;
    total += ((actual[i] as number) - average) ** 2;
  }
  const [half, most] = [quantile(model, 0.5), quantile(model, 0.9)];
  const [blindHalf, blindMost] = [quantile(blind, 0.5), quantile(blind, 0.9)];
  return {
    grade: grade(1 - residual / total, [0.1, 0.4, 0.85, 0.998]),
    words: html`Half of its predictions are within <b>±${number(half)}</b> of the true ${data(page.result.task.target, 40)}, and 9 of 10 within <b>±${number(most)}</b>. Always giving the middle value, ${number(centre)}, half would be within ±${number(blindHalf)}.`,
    picture: bars(
      [
        [half, blindHalf, 'half of the rows are closer than'],
        [most, blindMost, '9 of 10 rows are closer than'],
      ],
      clip(page.result.task.target, 40),
    ),
  };
}

/** Two squares of a hundred dots: what the model adds, without a number to interpret. */
function dots(squares: [number, Html][], what: Html): Html {
  return html`<figure class="dots"><div class="dots-pair">${squares.map(
    ([n, label], i) =>
      html`<div><svg viewBox="0 0 120 120" role="img" aria-label="${n} of 100 dots are filled" focusable="false">${dotSquare(n, i === 0)}</svg><p><b>${n}</b> ${label}</p></div>`,
  )}</div><figcaption>${what}</figcaption></figure>`;
}

function dotSquare(filled: number, model: boolean): Html {
  let on = '';
  let off = '';
  for (let i = 0; i < 100; i++) {
    const dot = `M${6 + (i % 10) * 12 - 4} ${6 + Math.floor(i / 10) * 12}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`;
    if (i < filled) on += dot;
    else off += dot;
  }
  return trusted(`<path d="${off}" fill="var(--grid)"/><path d="${on}" fill="var(--${model ? 'accent' : 'neutral'})"/>`);
}

function bars(pairs: [number, number, string][], target: string): Html {
  const widest = Math.max(...pairs.map(([a, b]) => Math.max(a, b))) || 1;
  const bar = (value: number, label: string, kind: string): Html =>
    html`<div class="err ${kind}"><span class="err-bar" style="width:${((value / widest) * 100).toFixed(1)}%"></span><span class="err-text"><b>±${number(value)}</b> ${label}</span></div>`;
  return html`<figure class="errors"><figcaption>Distance from the true ${data(target, 40)}</figcaption>${pairs.map(
    ([a, b, label]) => html`<div class="err-pair"><p>${label}</p>${bar(a, 'with the model', 'with')}${bar(b, 'without', 'without')}</div>`,
  )}</figure>`;
}
