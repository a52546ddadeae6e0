import { ofCounts } from './called.js';
import { type Margins, margins } from './confusion.js';
import type { Metric } from './metric.js';

/** A figure of one class, as the share of two parts of its weights: row is it, is called it, is both. */
interface PerClass {
  readonly id: string;
  readonly title: string;
  /** What it says of the positive class, without a full stop. */
  readonly plain: string;
  readonly part: (both: number) => number;
  readonly whole: (actual: number, called: number, both: number) => number;
  /** One class alone is best served by calling all rows, or none. */
  readonly oneSided?: readonly string[];
}

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

function ofClass({ part, whole }: PerClass, m: Margins, k: number): number {
  const both = m.both[k] as number;
  return share(part(both), whole(m.actual[k] as number, m.called[k] as number, both));
}

/** Over the classes that are there, or are called. */
function mean(figure: PerClass, m: Margins, weight: (k: number) => number): number {
  let total = 0;
  let weights = 0;
  for (let k = 0; k < m.size; k++) {
    const w = (m.actual[k] as number) + (m.called[k] as number) > 0 ? weight(k) : 0;
    if (!(w > 0)) continue;
    total += w * ofClass(figure, m, k);
    weights += w;
  }
  return m.total > 0 ? total / weights : Number.NaN;
}

/** The figure of the positive class, and its averages over classes: `f1`, `f1_macro`, `f1_micro`, `f1_weighted`. */
function averages(figure: PerClass): Metric[] {
  const { id, title, plain } = figure;
  const define = (
    [suffix, words, says]: readonly [string, string, string],
    tasks: Metric['tasks'],
    value: (m: Margins) => number,
  ): Metric =>
    ofCounts(
      {
        id: `${id}${suffix}`,
        title: `${title}${words}`,
        plain: says,
        tasks,
        ...(figure.oneSided?.includes(suffix) && { oneSided: true }),
      },
      (counts) => value(margins(counts)),
    );
  return [
    define(['', '', `${plain}.`], ['binary'], (m) => ofClass(figure, m, 1)),
    define(
      ['_macro', ', averaged over classes', `${title} of each class, averaged, so that rare classes count as much as common ones.`],
      ['binary', 'multiclass'],
      (m) => mean(figure, m, () => 1),
    ),
    define(['_micro', ', of all calls together', `${title} of the calls of all classes counted together.`], ['binary', 'multiclass'], (m) =>
      share(figure.part(m.correct), figure.whole(m.total, m.total, m.correct)),
    ),
    define(
      ['_weighted', ', weighted by class size', `${title} of each class, averaged in proportion to how common the class is.`],
      ['binary', 'multiclass'],
      (m) => mean(figure, m, (k) => m.actual[k] as number),
    ),
  ];
}

const f1: PerClass = {
  id: 'f1',
  title: 'F1',
  plain: 'One number for both finding the positives and not raising false alarms: 1 is perfect, 0 finds none',
  part: (both) => 2 * both,
  whole: (actual, called) => actual + called,
};
const precision: PerClass = {
  id: 'precision',
  title: 'Precision',
  plain: 'Of the rows called positive, the share that really are',
  part: (both) => both,
  whole: (_, called) => called,
  oneSided: ['', '_macro', '_weighted'],
};
const recall: PerClass = {
  id: 'recall',
  title: 'Recall',
  plain: 'Of the rows that really are positive, the share that is found',
  part: (both) => both,
  whole: (actual) => actual,
  oneSided: [''],
};
const jaccard: PerClass = {
  id: 'jaccard',
  title: 'Jaccard index',
  plain: 'Of the rows that are positive or called so, the share that is both',
  part: (both) => both,
  whole: (actual, called, both) => actual + called - both,
};

/** Figures of the positive class and their averages. */
export const averagedMetrics: readonly Metric[] = [f1, precision, recall, jaccard].flatMap(averages);

/** F with recall counting `beta` times as much as precision: `fbeta@2`. */
export function fBeta(beta: number): Metric {
  const square = beta * beta;
  return averages({
    id: `fbeta@${beta}`,
    title: `F${beta}`,
    plain: `One number for both finding the positives and not raising false alarms, where finding counts ${beta} times as much: 1 is perfect`,
    part: (both) => (1 + square) * both,
    whole: (actual, called) => square * actual + called,
  })[0] as Metric;
}
