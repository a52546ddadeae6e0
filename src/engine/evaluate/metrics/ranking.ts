import { argsort } from '../../../core/argsort.js';
import { defineMetric, type Evaluator, type Metric, probabilitiesOf } from './metric.js';

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

const rocAucOvr = defineMetric({
  id: 'roc_auc_ovr',
  title: 'ROC AUC, each class against the rest',
  plain: 'How well each class is told from all the others, averaged over the classes: 0.5 is guessing, 1 is perfect.',
  tasks: ['binary', 'multiclass'],
  greaterIsBetter: true,
  perfect: 1,
  chance: 0.5,
  prepare: (input) => {
    if (input.outputs <= 2) return rocAuc.prepare(input);
    const present = new Set(input.actual);
    const each: Evaluator[] = [];
    // a class that these rows do not hold has no curve; it is left out of the average
    for (let k = 0; k < input.outputs; k++) if (present.has(k)) each.push(aucEvaluator(input.actual, probabilitiesOf(input, k), k));
    return (weights) => {
      let total = 0;
      let count = 0;
      for (const evaluate of each) {
        const value = evaluate(weights);
        if (Number.isNaN(value)) continue;
        total += value;
        count++;
      }
      return count > 0 ? total / count : Number.NaN;
    };
  },
});

const averagePrecision = defineMetric({
  id: 'average_precision',
  title: 'Average precision',
  plain: 'How pure the list of highest-scored rows stays as more positives are found: the share of positives is guessing, 1 is perfect.',
  tasks: ['binary'],
  greaterIsBetter: true,
  perfect: 1,
  prepare: (input) => {
    const { order, ends } = rank(probabilitiesOf(input, 1));
    const isPositive = Uint8Array.from(order, (row) => (input.actual[row] === 1 ? 1 : 0));
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
  },
});

export const rankingMetrics: readonly Metric[] = [rocAuc, averagePrecision, rocAucOvr];

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
