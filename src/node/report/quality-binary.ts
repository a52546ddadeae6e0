import { calibrationCurve } from '../../engine/evaluate/calibration.js';
import { type CurvePoint, scoreCurve } from '../../engine/evaluate/curves.js';
import { metric } from '../../engine/evaluate/metrics/registry.js';
import { classPair } from './asked.js';
import type { ChartSpec } from './chart-spec.js';
import { count, decimals, percent } from './format.js';
import { clip, type Html, html } from './html.js';
import { type Confusion, confusionAt, histogram, niceAxis, positiveScores } from './measure.js';
import { answer, type Page, positive } from './page.js';

export const CHART = { width: 360, height: 280 } as const;
const whole = (v: number): string => percent(v, 0);
export const SHARE = { min: 0, max: 1, interval: 0.25, format: whole } as const;

/** Confusion, scores, calibration, gain, ROC and precision–recall. */
export async function binaryFigures(page: Page): Promise<Html> {
  const { actual } = page.scored;
  const scores = positiveScores(page.scored);
  const threshold = page.result.threshold ?? 0.5;
  const c = confusionAt(actual, scores, threshold);
  const real = c.truePositive + c.falseNegative;
  const share = real / actual.length;
  if (real === 0 || real === actual.length) return confusionBlock(page, c, threshold);
  const curve = scoreCurve(actual, scores);
  const k = {
    auc: metric('roc_auc').compute({ actual, predicted: scores, outputs: 1 }),
    roc: curve.map((p): [number, number] => [p.falsePositiveRate, p.truePositiveRate]),
    precisionRecall: curve.map((p): [number, number] => [p.truePositiveRate, p.precision]),
    gain: curve.map((p): [number, number] => [p.called, p.truePositiveRate]),
  };
  const yes = positive(page);
  const plainYes = clip(answer(page, 1), 28);
  const at = {
    fpr: c.falsePositive / (c.falsePositive + c.trueNegative),
    tpr: c.truePositive / real,
    precision: c.truePositive / (c.truePositive + c.falsePositive || 1),
  };
  const flagged = (c.truePositive + c.falsePositive) / actual.length;
  const tenth = gainAt(k.gain, 0.1);
  const fifth = gainAt(k.gain, 0.2);
  const cal = await calibrationFigure(page, actual, scores, yes, plainYes);
  return html`${confusionBlock(page, c, threshold)}
<h3>How well it tells the two apart</h3><div class="charts">
${await scoreFigure(page, scores, threshold)}
${cal}
${await page.artist.figure(
  {
    ...CHART,
    x: { ...SHARE, label: 'share of all rows looked at' },
    y: { ...SHARE, label: `share of all ${plainYes} rows found` },
    layers: [
      diagonal,
      { kind: 'line', points: k.gain, colour: 'accent', area: 0.1 },
      { kind: 'marks', points: [[flagged, at.tpr]], colour: 'second', size: 5, ring: true },
    ],
  },
  {
    title: html`The likeliest fifth holds ${whole(fifth)} of all ${yes}`,
    says: `Gain curve: the tenth of the rows with the highest probability holds ${whole(tenth)} of all ${plainYes} rows, the fifth holds ${whole(fifth)}.`,
    caption: html`${page.glossary.term('gain')}: rows worked through from the likeliest down. The likeliest tenth has a ${page.glossary.term('lift', 'lift')} of ${decimals(tenth / 0.1, 1)}: that many times more ${yes} than a blind pick (dashed).`,
  },
)}
${await page.artist.figure(
  {
    ...CHART,
    x: { ...SHARE, label: `other rows falsely flagged` },
    y: { ...SHARE, label: `${plainYes} rows found` },
    layers: [
      diagonal,
      { kind: 'line', points: k.roc, colour: 'accent', area: 0.1 },
      { kind: 'marks', points: [[at.fpr, at.tpr]], colour: 'second', size: 5, ring: true },
    ],
  },
  {
    title: html`It ranks ${Math.round(k.auc * 100)} of 100 pairs correctly`,
    says: `ROC curve with an area of ${decimals(k.auc, 3)}; a coin toss has 0.5.`,
    caption: html`${page.glossary.term('roc')}: the further into the top left corner the better; dashed is guessing. The dot is the chosen ${page.glossary.term('threshold', 'threshold')}.`,
  },
)}
${await page.artist.figure(
  {
    ...CHART,
    x: { ...SHARE, label: `recall: ${plainYes} rows found` },
    y: { ...SHARE, label: 'precision: flagged rows that are right' },
    layers: [
      {
        kind: 'line',
        points: [
          [0, share],
          [1, share],
        ],
        colour: 'neutral',
        dashed: true,
        width: 1.5,
      },
      { kind: 'line', points: k.precisionRecall, colour: 'accent' },
      { kind: 'marks', points: [[at.tpr, at.precision]], colour: 'second', size: 5, ring: true },
    ],
  },
  {
    title: html`Finding more costs ${precisionCost(k.precisionRecall)}`,
    says: `Precision–recall curve: at the chosen threshold precision is ${whole(at.precision)} and recall ${whole(at.tpr)}; blind picking has a precision of ${whole(share)}.`,
    caption: html`${page.glossary.term('precision')} against ${page.glossary.term('recall', 'recall')}. Dashed: blind picking, right in ${whole(share)}. The dot is the chosen threshold.`,
  },
)}
${await thresholdFigure(page, curve, threshold, plainYes)}
</div>`;
}

export const diagonal: ChartSpec['layers'][number] = {
  kind: 'line',
  points: [
    [0, 0],
    [1, 1],
  ],
  colour: 'neutral',
  dashed: true,
  width: 1.5,
};

/** What another threshold would have given. */
function thresholdFigure(page: Page, curve: readonly CurvePoint[], threshold: number, plainYes: string): Promise<Html> {
  const points = curve.filter((p) => p.threshold <= 1);
  const line = (of: (p: CurvePoint) => number): [number, number][] => points.map((p) => [p.threshold, of(p)]);
  const half = points.findLast((p) => p.threshold >= threshold / 2) ?? points[points.length - 1];
  const says = half
    ? `At half the threshold, ${whole(threshold / 2)}, it would find ${whole(half.truePositiveRate)} of all ${plainYes} rows, and ${whole(half.precision)} of the flagged rows would be right.`
    : '';
  return page.artist.figure(
    {
      ...CHART,
      x: { ...SHARE, label: 'threshold' },
      y: { ...SHARE, label: 'share' },
      layers: [
        { kind: 'line', points: line((p) => p.truePositiveRate), colour: 'accent' },
        { kind: 'line', points: line((p) => p.precision), colour: 'third' },
        {
          kind: 'line',
          points: [
            [threshold, 0],
            [threshold, 1],
          ],
          colour: 'second',
          dashed: true,
          width: 1.5,
        },
      ],
    },
    {
      title: 'What another threshold would do',
      says: `Recall and precision by threshold. ${says}`,
      legend: [
        { label: html`found (recall)`, colour: 'accent' },
        { label: html`flagged and right (precision)`, colour: 'third' },
        { label: 'chosen', colour: 'second', dashed: true },
      ],
      caption: says,
    },
  );
}

function precisionCost(points: readonly [number, number][]): string {
  const at = (r: number): number => (points.find((p) => p[0] >= r) ?? [1, 0])[1];
  const drop = at(0.5) - at(0.9);
  return drop > 0.3 ? 'many false alarms' : drop > 0.1 ? 'some false alarms' : 'few false alarms';
}

/** Share found when the given share of rows is looked at. */
function gainAt(points: readonly [number, number][], share: number): number {
  let [x0, y0] = [0, 0];
  for (const [x, y] of points) {
    if (x >= share) return x === x0 ? y : y0 + ((y - y0) * (share - x0)) / (x - x0);
    [x0, y0] = [x, y];
  }
  return 1;
}

function confusionBlock(page: Page, c: Confusion, threshold: number): Html {
  const [no, yes] = classPair(page);
  const n = c.truePositive + c.falsePositive + c.falseNegative + c.trueNegative;
  const tint = (v: number): string => `--t:${Math.round(8 + (62 * v) / n)}%`;
  return html`<h3>Right and wrong, counted</h3><div class="confusion-block"><div class="prose"><p>A row is called <b>${yes}</b> when its probability is <b>${percent(threshold)}</b> or more (the ${page.glossary.term('threshold', 'threshold')}).</p><ul>
<li><b>${count(c.truePositive)}</b> rows were called ${yes} and are.</li>
<li><b>${count(c.falsePositive)}</b> were called ${yes} and are not: false alarms.</li>
<li><b>${count(c.falseNegative)}</b> are ${yes} and were missed.</li>
<li><b>${count(c.trueNegative)}</b> were rightly left alone.</li></ul>
<p class="note">If false alarms cost little and misses much, choose a lower threshold; the probabilities are in the output, so that no new training is needed.</p></div>
<table class="confusion"><caption>What was said and what is true</caption><thead><tr><td></td><th scope="col">called ${no}</th><th scope="col">called ${yes}</th></tr></thead><tbody>
<tr><th scope="row">really ${no}</th><td class="right" style="${tint(c.trueNegative)}"><b>${count(c.trueNegative)}</b><span>correct</span></td><td class="wrong" style="${tint(c.falsePositive)}"><b>${count(c.falsePositive)}</b><span>false alarm</span></td></tr>
<tr><th scope="row">really ${yes}</th><td class="wrong" style="${tint(c.falseNegative)}"><b>${count(c.falseNegative)}</b><span>missed</span></td><td class="right" style="${tint(c.truePositive)}"><b>${count(c.truePositive)}</b><span>found</span></td></tr></tbody></table></div>`;
}

async function scoreFigure(page: Page, scores: Float64Array, threshold: number): Promise<Html> {
  const { actual } = page.scored;
  const bins = 20;
  const no = histogram(scores, 0, 1, bins, (i) => actual[i] === 0);
  const yes = histogram(scores, 0, 1, bins, (i) => actual[i] === 1);
  const share = (h: Float64Array): number[][] => {
    const total = h.reduce((a, b) => a + b, 0) || 1;
    return Array.from(h, (v, i) => [i / bins, 0, (i + 1) / bins, v / total]).filter((b) => (b[3] as number) > 0);
  };
  const [noBoxes, yesBoxes] = [share(no), share(yes)];
  const top = Math.max(...noBoxes.concat(yesBoxes).map((b) => b[3] as number));
  const y = niceAxis(0, top);
  const [noName, yesName] = classPair(page);
  const yesMean = scores.reduce((a, s, i) => a + (actual[i] === 1 ? s : 0), 0) / (actual.reduce((a, b) => a + b, 0) || 1);
  const noMean = scores.reduce((a, s, i) => a + (actual[i] === 0 ? s : 0), 0) / (actual.reduce((a, b) => a + 1 - b, 0) || 1);
  return page.artist.figure(
    {
      ...CHART,
      x: { ...SHARE, label: 'probability given by the model', grid: false },
      y: { ...y, label: 'share of the group', format: whole },
      layers: [
        { kind: 'boxes', boxes: noBoxes, colour: 'neutral', opacity: 0.55, gap: 1 },
        { kind: 'boxes', boxes: yesBoxes, colour: 'accent', opacity: 0.6, gap: 1 },
        {
          kind: 'line',
          points: [
            [threshold, 0],
            [threshold, y.max],
          ],
          colour: 'second',
          dashed: true,
          width: 1.5,
        },
      ],
    },
    {
      title: html`Its probability averages ${whole(yesMean)} for ${yesName}, ${whole(noMean)} for ${noName}`,
      says: `Histogram of the probabilities: they average ${whole(yesMean)} where the answer is ${answer(page, 1)} and ${whole(noMean)} where it is ${answer(page, 0)}.`,
      legend: [
        { label: html`really ${noName}`, colour: 'neutral', box: true },
        { label: html`really ${yesName}`, colour: 'accent', box: true },
        { label: 'threshold', colour: 'second', dashed: true },
      ],
      caption: 'The less the two groups overlap, the surer the model can be. Each group adds up to 100 %.',
    },
  );
}

/** Promised against observed: dots on the dashed line are honest probabilities. */
export async function calibrationFigure(
  page: Page,
  happened: Float64Array,
  probabilities: Float64Array,
  what: Html,
  plain: string,
): Promise<Html> {
  const n = probabilities.length;
  const { bins, error: off } = calibrationCurve(happened, probabilities, undefined, n < 200 ? 4 : n < 600 ? 6 : 10);
  const title =
    off < 0.03
      ? 'Its probabilities can be taken at their word'
      : off < 0.08
        ? 'Its probabilities are roughly right'
        : 'Its probabilities are off';
  return page.artist.figure(
    {
      ...CHART,
      x: { ...SHARE, label: 'probability promised' },
      y: { ...SHARE, label: `share that was ${plain}` },
      layers: [
        diagonal,
        { kind: 'line', points: bins.map((b) => [b.predicted, b.observed]), colour: 'accent', width: 1.5 },
        {
          kind: 'marks',
          points: bins.map((b) => [b.predicted, b.observed, ...wilson(b.observed, b.rows)]),
          colour: 'accent',
          size: 4,
          ring: true,
        },
      ],
    },
    {
      title,
      says: `Calibration: promised probabilities differ from observed shares by ${decimals(off * 100, 1)} percentage points on average.`,
      caption: html`${page.glossary.term('calibration')}: of rows promised 70 %, about 70 in 100 should be ${what}. On average it is off by ${decimals(off * 100, 1)} points. Bars show what chance alone allows.`,
    },
  );
}

/** 90 % interval of a share (Wilson 1927). */
function wilson(share: number, n: number): [number, number] {
  const z2 = 1.6449 ** 2;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (1.6449 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
