import type { TaskKind } from '../../../core/schema.js';
import { calledClasses, defineMetric, type Metric, type MetricInput } from './metric.js';

/** Weighted counts, row-major: `cells[actual · size + called]`. */
export interface Confusion {
  readonly size: number;
  readonly cells: Float64Array;
}

/** Weighted counts of actual against called classes. */
export function confusion(input: MetricInput): Confusion {
  return tally(input, calledClasses(input), input.weights);
}

function tally(input: MetricInput, called: Int32Array, weights?: Float64Array): Confusion {
  const size = Math.max(2, input.outputs);
  const cells = new Float64Array(size * size);
  for (let i = 0; i < called.length; i++) {
    const at = (input.actual[i] as number) * size + (called[i] as number);
    cells[at] = (cells[at] as number) + (weights ? (weights[i] as number) : 1);
  }
  return { size, cells };
}

/** Per class: weight of rows that are it, that are called it, and that are both. */
function margins({ size, cells }: Confusion): {
  actual: Float64Array;
  called: Float64Array;
  both: Float64Array;
  total: number;
  correct: number;
} {
  const actual = new Float64Array(size);
  const called = new Float64Array(size);
  const both = new Float64Array(size);
  let total = 0;
  let correct = 0;
  for (let a = 0; a < size; a++) {
    for (let c = 0; c < size; c++) {
      const w = cells[a * size + c] as number;
      actual[a] = (actual[a] as number) + w;
      called[c] = (called[c] as number) + w;
      total += w;
    }
    both[a] = cells[a * size + a] as number;
    correct += both[a] as number;
  }
  return { actual, called, both, total, correct };
}

type Margins = ReturnType<typeof margins>;

const CLASSES: readonly TaskKind[] = ['binary', 'multiclass'];
const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
const f1Of = (m: Margins, k: number): number => share(2 * (m.both[k] as number), (m.actual[k] as number) + (m.called[k] as number));

function fromMargins(
  parts: Omit<Metric, 'compute' | 'prepare' | 'greaterIsBetter' | 'perfect'>,
  value: (m: Margins, size: number) => number,
): Metric {
  return defineMetric({
    ...parts,
    greaterIsBetter: true,
    perfect: 1,
    prepare: (input) => {
      const called = calledClasses(input);
      return (weights) => {
        const counts = tally(input, called, weights);
        return value(margins(counts), counts.size);
      };
    },
  });
}

function meanOverClasses(m: Margins, size: number, value: (k: number) => number, weight: (k: number) => number): number {
  let total = 0;
  let weights = 0;
  for (let k = 0; k < size; k++) {
    const w = weight(k);
    if (!(w > 0)) continue;
    total += w * value(k);
    weights += w;
  }
  return m.total > 0 ? total / weights : Number.NaN;
}

/** Metrics of called classes. */
export const calledMetrics: readonly Metric[] = [
  fromMargins(
    { id: 'accuracy', title: 'Accuracy', plain: 'The share of rows whose class is called right.', tasks: CLASSES },
    (m) => m.correct / m.total,
  ),
  fromMargins(
    {
      id: 'balanced_accuracy',
      title: 'Balanced accuracy',
      plain: 'The share called right within each class, averaged, so that rare classes count as much as common ones.',
      tasks: CLASSES,
    },
    (m, size) =>
      meanOverClasses(
        m,
        size,
        (k) => (m.both[k] as number) / (m.actual[k] as number),
        (k) => ((m.actual[k] as number) > 0 ? 1 : 0),
      ),
  ),
  fromMargins(
    {
      id: 'f1',
      title: 'F1',
      plain: 'One number for both finding the positives and not raising false alarms: 1 is perfect, 0 finds none.',
      tasks: ['binary'],
    },
    (m) => f1Of(m, 1),
  ),
  fromMargins(
    { id: 'precision', title: 'Precision', plain: 'Of the rows called positive, the share that really are.', tasks: ['binary'] },
    (m) => share(m.both[1] as number, m.called[1] as number),
  ),
  fromMargins(
    { id: 'recall', title: 'Recall', plain: 'Of the rows that really are positive, the share that is found.', tasks: ['binary'] },
    (m) => share(m.both[1] as number, m.actual[1] as number),
  ),
  fromMargins(
    {
      id: 'f1_macro',
      title: 'F1, averaged over classes',
      plain: 'F1 of each class, averaged, so that rare classes count as much as common ones.',
      tasks: CLASSES,
    },
    (m, size) =>
      meanOverClasses(
        m,
        size,
        (k) => f1Of(m, k),
        (k) => ((m.actual[k] as number) + (m.called[k] as number) > 0 ? 1 : 0),
      ),
  ),
  fromMargins(
    {
      id: 'f1_weighted',
      title: 'F1, weighted by class size',
      plain: 'F1 of each class, averaged in proportion to how common the class is.',
      tasks: CLASSES,
    },
    (m, size) =>
      meanOverClasses(
        m,
        size,
        (k) => f1Of(m, k),
        (k) => m.actual[k] as number,
      ),
  ),
  fromMargins(
    {
      id: 'matthews_corrcoef',
      title: 'Matthews correlation',
      plain: 'How strongly the called classes agree with the true ones: 0 is guessing, 1 is perfect, even when one class is rare.',
      tasks: CLASSES,
      chance: 0,
    },
    (m, size) => {
      let cross = 0;
      let calledSquares = 0;
      let actualSquares = 0;
      for (let k = 0; k < size; k++) {
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
    (m, size) => {
      let expected = 0;
      for (let k = 0; k < size; k++) expected += (m.actual[k] as number) * (m.called[k] as number);
      expected /= m.total;
      return (m.correct - expected) / (m.total - expected);
    },
  ),
];
