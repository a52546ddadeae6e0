import type { Metric } from '../../evaluate/metrics/metric.js';
import { metric } from '../../evaluate/metrics/registry.js';
import type { CodedRows } from '../observer.js';
import type { Reference } from '../reference.js';
import { applyCalibrationMap, type CalibrationMap } from './calibration-map.js';
import { type CodeTrees, scoreCodes } from './code-trees.js';
import { ERROR_METRICS, type ScoreGuess } from './estimate-scores.js';

/** A metric's score on the rows that the estimator was made of. */
export interface ReferenceScore {
  readonly metric: string;
  readonly value: number;
  /** Standard error of the value. */
  readonly error: number;
  /** Standard deviation of the estimate about the truth, chance in the answers left out: seen on parts of the rows that are unlike the whole. */
  readonly own: number;
}

/** What estimates a model's scores on rows without answers. */
export interface Estimator {
  /** Rows that it was made of. */
  readonly rows: number;
  /** The model's own metric first. */
  readonly scores: readonly ReferenceScore[];
  /** Classes: how stated probabilities come true. */
  readonly map?: CalibrationMap;
  /** Numbers: trees of the expected absolute and squared error; a constant where there are no trees. */
  readonly errors?: { readonly absolute: CodeTrees; readonly squared: CodeTrees; readonly tails: readonly number[] };
}

/** Scores between which the true one lies with 90 %. */
export interface ScoreEstimate {
  value: number;
  low: number;
  high: number;
}

const CLASS_METRICS = {
  2: ['roc_auc', 'average_precision', 'log_loss', 'brier_score_loss', 'accuracy', 'f1', 'precision', 'recall'],
  more: ['log_loss', 'roc_auc_ovr', 'brier_score_loss', 'accuracy', 'balanced_accuracy', 'f1_macro'],
} as const;

/** The metrics that can be estimated, that of the model first where it is one of them. */
export function estimatedMetrics(outputs: number, chosen?: string): readonly Metric[] {
  const ids: readonly string[] = outputs === 1 ? [...ERROR_METRICS].reverse() : CLASS_METRICS[outputs === 2 ? 2 : 'more'];
  const first = chosen !== undefined && ids.includes(chosen) ? [chosen] : [];
  return [...first, ...ids.filter((id) => id !== chosen)].map(metric);
}

/** What answers to expect of some rows, as `ExpectedRows.expected` has it. */
export function expectAnswers(
  estimator: Estimator,
  reference: Reference,
  { codes, rows }: CodedRows,
  predicted: Float64Array,
): Float64Array {
  const { map, errors } = estimator;
  if (map) return applyCalibrationMap(map, predicted, predicted.length / Math.max(1, rows));
  const out = new Float64Array(rows * 2);
  if (!errors) return out.fill(Number.NaN);
  const absolute = scoreCodes(errors.absolute, reference.binnings, codes, rows);
  const squared = scoreCodes(errors.squared, reference.binnings, codes, rows);
  pairUp(absolute, squared, out);
  return out;
}

/** Absolute and squared errors side by side; no mean square is below the square of the mean. */
export function pairUp(absolute: Float64Array, squared: Float64Array, out: Float64Array): void {
  for (let i = 0; i < absolute.length; i++) {
    const a = Math.max(0, absolute[i] as number);
    out[2 * i] = a;
    out[2 * i + 1] = Math.max(a * a, squared[i] as number);
  }
}

/** The 90 % interval of a guess: chance in the answers and the estimator's own error together. */
export function intervalOf({ value, below, above }: ScoreGuess, own: number, { greaterIsBetter, perfect }: Metric): ScoreEstimate {
  const side = (chance: number): number => Math.sqrt(chance * chance + 1.645 * 1.645 * own * own);
  const bound = (v: number): number => (greaterIsBetter ? Math.min(perfect, v) : Math.max(perfect, v));
  const [low, high] = [bound(value - side(below)), bound(value + side(above))];
  return { value, low, high };
}
