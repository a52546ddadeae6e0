import type { TaskKind } from '../../../core/schema.js';
import { type Confusion, type Margins, margins, tally } from './confusion.js';
import { calledClasses, defineMetric, type Metric } from './metric.js';

const CLASSES: readonly TaskKind[] = ['binary', 'multiclass'];

type Parts = Pick<Metric, 'id' | 'title' | 'plain' | 'tasks'> &
  Partial<Pick<Metric, 'greaterIsBetter' | 'perfect' | 'chance' | 'oneSided'>>;

/** A metric that the counts of actual against called classes decide. */
export function ofCounts(parts: Parts, value: (counts: Confusion) => number): Metric {
  return defineMetric({
    greaterIsBetter: true,
    perfect: 1,
    ...parts,
    fromCounts: value,
    prepare: (input) => {
      const called = calledClasses(input);
      return (weights) => value(tally(input, called, weights));
    },
  });
}

const fromMargins = (parts: Parts, value: (m: Margins) => number): Metric => ofCounts(parts, (counts) => value(margins(counts)));

/** Of two classes; undefined where its denominator is 0. */
function ratio(
  parts: Omit<Parts, 'tasks'>,
  value: (trueNegative: number, falsePositive: number, falseNegative: number, hit: number) => number,
): Metric {
  return ofCounts({ ...parts, tasks: ['binary'] }, ({ cells }) => {
    const v = value(...(cells as unknown as [number, number, number, number]));
    return Number.isFinite(v) ? v : Number.NaN;
  });
}

/** Agreement beyond chance, a miss charged by the distance of the classes in their order. */
function kappa(id: string, title: string, plain: string, charge: (distance: number) => number): Metric {
  return ofCounts({ id, title, plain, tasks: CLASSES, chance: 0 }, (counts) => {
    const { size, cells } = counts;
    const { actual, called, total } = margins(counts);
    let seen = 0;
    let expected = 0;
    for (let a = 0; a < size; a++)
      for (let c = 0; c < size; c++) {
        const cost = charge(Math.abs(a - c));
        seen += cost * (cells[a * size + c] as number);
        expected += (cost * (actual[a] as number) * (called[c] as number)) / total;
      }
    return 1 - seen / expected;
  });
}

/** Metrics of called classes that are not means of a figure per class. */
export const calledMetrics: readonly Metric[] = [
  fromMargins(
    { id: 'accuracy', title: 'Accuracy', plain: 'The share of rows whose class is called right.', tasks: CLASSES },
    (m) => m.correct / m.total,
  ),
  fromMargins(
    {
      id: 'zero_one_loss',
      title: 'Error rate',
      plain: 'The share of rows whose class is called wrong.',
      tasks: CLASSES,
      greaterIsBetter: false,
      perfect: 0,
    },
    (m) => 1 - m.correct / m.total,
  ),
  fromMargins(
    {
      id: 'balanced_accuracy',
      title: 'Balanced accuracy',
      plain: 'The share called right within each class, averaged, so that rare classes count as much as common ones.',
      tasks: CLASSES,
    },
    (m) => {
      let shares = 0;
      let present = 0;
      for (let k = 0; k < m.size; k++) {
        if (!((m.actual[k] as number) > 0)) continue;
        shares += (m.both[k] as number) / (m.actual[k] as number);
        present++;
      }
      return shares / present;
    },
  ),
  fromMargins(
    {
      id: 'matthews_corrcoef',
      title: 'Matthews correlation',
      plain: 'How strongly the called classes agree with the true ones: 0 is guessing, 1 is perfect, even when one class is rare.',
      tasks: CLASSES,
      chance: 0,
    },
    (m) => {
      let cross = 0;
      let calledSquares = 0;
      let actualSquares = 0;
      for (let k = 0; k < m.size; k++) {
        cross += (m.actual[k] as number) * (m.called[k] as number);
        calledSquares += (m.called[k] as number) * (m.called[k] as number);
        actualSquares += (m.actual[k] as number) * (m.actual[k] as number);
      }
      const whole = m.total * m.total;
      const scale = (whole - calledSquares) * (whole - actualSquares);
      return scale > 0 ? (m.correct * m.total - cross) / Math.sqrt(scale) : 0;
    },
  ),
  fromMargins(
    {
      id: 'cohen_kappa',
      title: "Cohen's kappa",
      plain: 'Agreement between called and true classes beyond what chance alone would give: 0 is chance, 1 is perfect.',
      tasks: CLASSES,
      chance: 0,
    },
    (m) => {
      let expected = 0;
      for (let k = 0; k < m.size; k++) expected += (m.actual[k] as number) * (m.called[k] as number);
      expected /= m.total;
      return (m.correct - expected) / (m.total - expected);
    },
  ),
  kappa(
    'cohen_kappa_linear',
    "Cohen's kappa, linear weights",
    'Agreement beyond chance where the classes are steps in their order: a call that is off by two steps counts twice as much as one that is off by one.',
    (d) => d,
  ),
  kappa(
    'cohen_kappa_quadratic',
    "Cohen's kappa, quadratic weights",
    'Agreement beyond chance where the classes are steps in their order: a call that is off by two steps counts four times as much as one that is off by one.',
    (d) => d * d,
  ),
  ratio(
    {
      id: 'positive_likelihood_ratio',
      title: 'Positive likelihood ratio',
      plain: 'By how much a positive call raises the odds that a row is positive: 1 says nothing, more is better.',
      perfect: Number.POSITIVE_INFINITY,
      chance: 1,
      oneSided: true,
    },
    (tn, fp, fn, tp) => (tp * (tn + fp)) / (fp * (tp + fn)),
  ),
  ratio(
    {
      id: 'negative_likelihood_ratio',
      title: 'Negative likelihood ratio',
      plain: 'By how much a negative call lowers the odds that a row is positive: 1 says nothing, 0 is perfect.',
      greaterIsBetter: false,
      perfect: 0,
      chance: 1,
      oneSided: true,
    },
    (tn, fp, fn, tp) => (fn * (tn + fp)) / (tn * (tp + fn)),
  ),
];
