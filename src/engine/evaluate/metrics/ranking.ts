import { argsort } from '../../../core/argsort.js';
import { defineMetric, type Evaluator, type Metric, type MetricInput, probabilitiesOf } from './metric.js';

/** Scores in ascending order, as runs of equal scores. */
interface Ranked {
  order: Uint32Array;
  /** Where each run ends in `order`. */
  ends: Uint32Array;
}

export function rank(scores: Float64Array): Ranked {
  const order = argsort(scores);
  const ends: number[] = [];
  for (let i = 0; i < order.length; i++)
    if (i + 1 === order.length || scores[order[i] as number] !== scores[order[i + 1] as number]) ends.push(i + 1);
  return { order, ends: Uint32Array.from(ends) };
}

/** Area under the ROC curve of one class against the rest; ties count one half. */
function aucEvaluator(actual: Float64Array, scores: Float64Array, positive: number): Evaluator {
  const { order, ends } = rank(scores);
  const isPositive = Uint8Array.from(order, (row) => (actual[row] === positive ? 1 : 0));
  return (weights) => {
    let below = 0;
    let positives = 0;
    let area = 0;
    let i = 0;
    for (let run = 0; run < ends.length; run++) {
      const end = ends[run] as number;
      let p = 0;
      let q = 0;
      for (; i < end; i++) {
        const w = weights ? (weights[order[i] as number] as number) : 1;
        if (isPositive[i]) p += w;
        else q += w;
      }
      area += p * (below + 0.5 * q);
      below += q;
      positives += p;
    }
    return positives > 0 && below > 0 ? area / (positives * below) : Number.NaN;
  };
}

const rocAuc = defineMetric({
  id: 'roc_auc',
  title: 'ROC AUC',
  plain: 'How often a randomly chosen positive row gets a higher score than a randomly chosen negative one: 0.5 is guessing, 1 is perfect.',
  tasks: ['binary'],
  greaterIsBetter: true,
  perfect: 1,
  chance: 0.5,
  prepare: (input) => aucEvaluator(input.actual, probabilitiesOf(input, 1), 1),
});

/** The mean over classes of a figure for each against the rest; a class that the rows do not hold has none and is left out. */
function oneAgainstRest(input: MetricInput, each: (klass: number) => Evaluator, byRows: boolean): Evaluator {
  const { actual, outputs } = input;
  const present = new Set(actual);
  const classes = Array.from({ length: outputs }, (_, k) => k).filter((k) => present.has(k));
  const evaluators = classes.map(each);
  return (weights) => {
    const rows = byRows ? classRows(actual, outputs, weights) : undefined;
    let total = 0;
    let counted = 0;
    evaluators.forEach((evaluate, i) => {
      const value = evaluate(weights);
      const w = rows ? (rows[classes[i] as number] as number) : 1;
      if (Number.isNaN(value) || !(w > 0)) return;
      total += w * value;
      counted += w;
    });
    return counted > 0 ? total / counted : Number.NaN;
  };
}

function classRows(actual: Float64Array, outputs: number, weights?: Float64Array): Float64Array {
  const rows = new Float64Array(outputs);
  for (let i = 0; i < actual.length; i++) {
    const k = actual[i] as number;
    rows[k] = (rows[k] as number) + (weights ? (weights[i] as number) : 1);
  }
  return rows;
}

function aucOverClasses(id: string, how: string, byRows: boolean): Metric {
  return defineMetric({
    id,
    title: `ROC AUC, each class against the rest${byRows ? ', by class size' : ''}`,
    plain: `How well each class is told from all the others, averaged over the classes${how}: 0.5 is guessing, 1 is perfect.`,
    tasks: ['binary', 'multiclass'],
    greaterIsBetter: true,
    perfect: 1,
    chance: 0.5,
    prepare: (input) =>
      input.outputs <= 2
        ? rocAuc.prepare(input)
        : oneAgainstRest(input, (k) => aucEvaluator(input.actual, probabilitiesOf(input, k), k), byRows),
  });
}

/** Each pair of classes by itself (Hand and Till 2001): of the rows that are either, each class's probability ranks its own rows. */
function aucOverPairs(id: string, how: string, byRows: boolean): Metric {
  return defineMetric({
    id,
    title: `ROC AUC, class against class${byRows ? ', by class size' : ''}`,
    plain: `How well any two classes are told from each other, averaged over all pairs${how}: 0.5 is guessing, 1 is perfect.`,
    tasks: ['binary', 'multiclass'],
    greaterIsBetter: true,
    perfect: 1,
    chance: 0.5,
    prepare: (input) => {
      if (input.outputs <= 2) return rocAuc.prepare(input);
      const { actual, outputs, predicted } = input;
      const rowsOf: number[][] = Array.from({ length: outputs }, () => []);
      actual.forEach((k, i) => {
        rowsOf[k]?.push(i);
      });
      const pairs: { a: number; b: number; rows: number[]; evaluators: Evaluator[] }[] = [];
      for (let a = 0; a < outputs; a++)
        for (let b = a + 1; b < outputs; b++) {
          const rows = [...(rowsOf[a] as number[]), ...(rowsOf[b] as number[])];
          const own = Float64Array.from(rows, (i) => actual[i] as number);
          const scores = (k: number): Float64Array => Float64Array.from(rows, (i) => predicted[i * outputs + k] as number);
          pairs.push({ a, b, rows, evaluators: [aucEvaluator(own, scores(a), a), aucEvaluator(own, scores(b), b)] });
        }
      return (weights) => {
        const counts = byRows ? classRows(actual, outputs, weights) : undefined;
        let total = 0;
        let counted = 0;
        for (const { a, b, rows, evaluators } of pairs) {
          const own = weights && Float64Array.from(rows, (i) => weights[i] as number);
          const value = ((evaluators[0] as Evaluator)(own) + (evaluators[1] as Evaluator)(own)) / 2;
          const w = counts ? (counts[a] as number) + (counts[b] as number) : 1;
          if (Number.isNaN(value)) continue;
          total += w * value;
          counted += w;
        }
        return counted > 0 ? total / counted : Number.NaN;
      };
    },
  });
}

function averagePrecisionEvaluator(actual: Float64Array, scores: Float64Array, positive: number): Evaluator {
  const { order, ends } = rank(scores);
  const isPositive = Uint8Array.from(order, (row) => (actual[row] === positive ? 1 : 0));
  return (weights) => {
    let hits = 0;
    let seen = 0;
    let area = 0;
    for (let run = ends.length - 1; run >= 0; run--) {
      const start = run > 0 ? (ends[run - 1] as number) : 0;
      let p = 0;
      for (let i = start; i < (ends[run] as number); i++) {
        const w = weights ? (weights[order[i] as number] as number) : 1;
        if (isPositive[i]) p += w;
        seen += w;
      }
      hits += p;
      if (p > 0) area += p * (hits / seen);
    }
    return hits > 0 ? area / hits : 0;
  };
}

const averagePrecision = defineMetric({
  id: 'average_precision',
  title: 'Average precision',
  plain: 'How pure the list of highest-scored rows stays as more positives are found: the share of positives is guessing, 1 is perfect.',
  tasks: ['binary', 'multiclass'],
  greaterIsBetter: true,
  perfect: 1,
  prepare: (input) =>
    input.outputs <= 2
      ? averagePrecisionEvaluator(input.actual, probabilitiesOf(input, 1), 1)
      : oneAgainstRest(input, (k) => averagePrecisionEvaluator(input.actual, probabilitiesOf(input, k), k), false),
});

export const rankingMetrics: readonly Metric[] = [
  rocAuc,
  averagePrecision,
  aucOverClasses('roc_auc_ovr', '', false),
  aucOverClasses('roc_auc_ovr_weighted', ' in proportion to how common they are', true),
  aucOverPairs('roc_auc_ovo', '', false),
  aucOverPairs('roc_auc_ovo_weighted', ' in proportion to how common they are', true),
];

/** Weight of the positive and of the negative rows, summed in order of rising score. */
export function classWeights(actual: Float64Array, order: Uint32Array, weights?: Float64Array): { positives: number; negatives: number } {
  let positives = 0;
  let negatives = 0;
  for (const row of order) {
    const w = weights ? (weights[row] as number) : 1;
    if (actual[row] === 1) positives += w;
    else negatives += w;
  }
  return { positives, negatives };
}

/** Calls the runs of equal scores positive one after the other, the highest first: the run, its first place in `order`, and what is called so far. */
export function* callsFromTop(
  actual: Float64Array,
  { order, ends }: ReturnType<typeof rank>,
  weights?: Float64Array,
): Generator<{ run: number; start: number; hits: number; alarms: number }> {
  let hits = 0;
  let alarms = 0;
  for (let run = ends.length - 1; run >= 0; run--) {
    const start = run > 0 ? (ends[run - 1] as number) : 0;
    for (let i = start; i < (ends[run] as number); i++) {
      const row = order[i] as number;
      const w = weights ? (weights[row] as number) : 1;
      if (actual[row] === 1) hits += w;
      else alarms += w;
    }
    yield { run, start, hits, alarms };
  }
}
