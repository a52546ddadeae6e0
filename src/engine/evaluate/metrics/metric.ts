import type { TaskKind } from '../../../core/schema.js';
import { bestClass } from '../../../model/predict.js';
import type { Confusion } from './confusion.js';

/** Rows with their answers and what a model said of them. */
export interface MetricInput {
  /** Class index, or the number. */
  readonly actual: Float64Array;
  /** Row-major rows × outputs: probabilities, or the number. */
  readonly predicted: Float64Array;
  /** 1 for regression, the number of classes otherwise; 1 is also read as "probability of the positive class" for two classes. */
  readonly outputs: number;
  /** One non-negative weight a row. */
  readonly weights?: Float64Array;
  /** Two classes: probability from which a row is called positive; 0.5 unless told. */
  readonly threshold?: number;
  /** More classes: what calls cost, actual by called; each row is called what costs least. */
  readonly costs?: readonly (readonly number[])[];
}

/** A metric made ready for given predictions: cheap to ask for many weightings of the rows. */
export type Evaluator = (weights?: Float64Array) => number;

/** A quality measure with scikit-learn's name, sign and definition. */
export interface Metric {
  readonly id: string;
  /** For tables and charts. */
  readonly title: string;
  /** One sentence for a person who is not an engineer. */
  readonly plain: string;
  readonly tasks: readonly TaskKind[];
  readonly greaterIsBetter: boolean;
  readonly perfect: number;
  /** What guessing gets, where that is one number. */
  readonly chance?: number;
  /** Targets that it is defined for; all when absent. */
  readonly targets?: { readonly from: number; readonly above: boolean };
  /** For metrics that the counts of actual against called classes decide: their value. */
  readonly fromCounts?: (counts: Confusion) => number;
  /** Best when all rows, or none, are called positive, so that no threshold can be chosen by it. */
  readonly oneSided?: boolean;
  /** Sorts and transforms once; `input.weights` is ignored. */
  prepare(input: MetricInput): Evaluator;
  /** `NaN` when it is not defined for these rows (say, AUC with one class). */
  compute(input: MetricInput): number;
}

/** Completes a metric by its `prepare`. */
export function defineMetric(parts: Omit<Metric, 'compute'>): Metric {
  return { ...parts, compute: (input) => parts.prepare(input)(input.weights) };
}

/** The weighted mean of a per-row loss. */
export function meanOf(losses: Float64Array, weights?: Float64Array): number {
  let total = 0;
  let weight = 0;
  if (!weights) {
    for (let i = 0; i < losses.length; i++) total += losses[i] as number;
    return total / losses.length;
  }
  for (let i = 0; i < losses.length; i++) {
    total += (losses[i] as number) * (weights[i] as number);
    weight += weights[i] as number;
  }
  return total / weight;
}

/** The probability of one class on every row. */
export function probabilitiesOf(input: MetricInput, klass: number): Float64Array {
  const { predicted, outputs } = input;
  if (outputs === 1) return predicted;
  const out = new Float64Array(input.actual.length);
  for (let i = 0; i < out.length; i++) out[i] = predicted[i * outputs + klass] as number;
  return out;
}

/** The class called on every row: by threshold for two classes, else what costs least or is most probable (the first of equals). */
export function calledClasses(input: MetricInput): Int32Array {
  const { predicted, outputs } = input;
  const n = input.actual.length;
  const out = new Int32Array(n);
  if (outputs <= 2) {
    const threshold = input.threshold ?? 0.5;
    for (let i = 0; i < n; i++) out[i] = (predicted[i * outputs + outputs - 1] as number) >= threshold ? 1 : 0;
    return out;
  }
  for (let i = 0; i < n; i++) out[i] = bestClass(predicted, i * outputs, outputs, input.costs);
  return out;
}
