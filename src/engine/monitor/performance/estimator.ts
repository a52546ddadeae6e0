import { exp } from '../../../core/math.js';
import type { Metric } from '../../evaluate/metrics/metric.js';
import { metric as metricOf } from '../../evaluate/metrics/registry.js';
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
  return [...first, ...ids.filter((id) => id !== chosen)].map(metricOf);
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

/** The quantile of a normal beyond which lies 5 %. */
export const Z = 1.645;
/** By how much drawn answers tell too little of chance: the map, the trees and the tails of errors are learned themselves. */
const WIDER = { classes: 1.15, numbers: 1.3 };
/** Standard deviation of an estimate where all columns have changed: of scores up to 1, and, as a logarithm, of losses. */
const DRIFTED = { score: 0.2, loss: 0.8 };

/**
 * The 90 % interval of a guess: chance in the answers, the estimator's own error, and what a change of the columns makes likely. Where rows are of another time,
 * answers usually depend on the columns otherwise too, which no estimate sees. The constants were chosen on ten tables (98 % of 401 chunks held their AUC or RMSE); on seven
 * others, three of them by time, 92 % of 255 did (bench/results/estimate.md).
 * @param own standard deviation of the estimator's own error
 * @param shift as `shiftOf` gives it
 */
export function intervalOf(
  { value, below, above }: ScoreGuess,
  { own, shift }: { own: number; shift: number },
  metric: Pick<Metric, 'id' | 'greaterIsBetter' | 'perfect'>,
): ScoreEstimate {
  const { id, greaterIsBetter } = metric;
  const wider = ERROR_METRICS.includes(id) ? WIDER.numbers : WIDER.classes;
  const moved = Math.min(1, shift) * Math.sqrt(Math.min(1, shift));
  const ratio = exp(Z * DRIFTED.loss * moved);
  const up = greaterIsBetter ? Z * DRIFTED.score * moved : value * (ratio - 1);
  const down = greaterIsBetter ? up : value * (1 - 1 / ratio);
  const side = (chance: number, drifted: number): number =>
    Math.sqrt(wider * wider * (chance * chance + Z * Z * own * own) + drifted * drifted);
  return interval(metric, value, side(below, down), side(above, up));
}

/** A score with what lies below and above it, no better than perfect. */
export function interval(
  { greaterIsBetter, perfect }: Pick<Metric, 'greaterIsBetter' | 'perfect'>,
  value: number,
  below: number,
  above: number,
): ScoreEstimate {
  const [low, high] = [value - below, value + above];
  return greaterIsBetter ? { value, low, high: Math.min(perfect, high) } : { value, low: Math.max(perfect, low), high };
}
