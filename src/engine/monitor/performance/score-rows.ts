import type { Rng } from '../../../core/rng.js';
import { mean } from '../../../core/statistics.js';
import { calibrationCurve } from '../../evaluate/calibration.js';
import type { Metric, MetricInput } from '../../evaluate/metrics/metric.js';
import { drawRows, rowStrata } from '../../evaluate/resample.js';
import type { Reference } from '../reference.js';
import { estimateScores } from './estimate-scores.js';
import { type Estimator, interval, intervalOf, type ScoreEstimate, Z } from './estimator.js';
import type { PerformanceWindow, ScoredRow } from './kept-rows.js';
import { shiftOf } from './shift-of.js';

/** How rows are scored. */
export interface ScoringSetup {
  readonly outputs: number;
  readonly metrics: readonly Metric[];
  readonly estimator?: Estimator;
  readonly threshold?: number;
  readonly costs?: readonly (readonly number[])[];
}

/** Rows of which a score is told, real or estimated: the ROC AUC of a single row is 0.5, whatever the model. */
const FEWEST_ROWS = 30;
/** How much rows must say of all classes (`evenness`), for what compares these: drawing the same few rows again and again tells too little of chance. Five and twenty rows of a rare one of two. */
const FEWEST_OF_CLASS = { ranks: 16, calls: 64 };
const RANKS: ReadonlySet<string> = new Set(['roc_auc', 'average_precision', 'roc_auc_ovr']);
const CALLS: ReadonlySet<string> = new Set(['f1', 'precision', 'recall', 'balanced_accuracy', 'f1_macro']);
const RESAMPLES = 60;

/** Estimated and real scores of some rows, and how stated probabilities (or numbers) came true. */
export function scoreRows(
  kept: readonly ScoredRow[],
  reference: Reference,
  setup: ScoringSetup,
  rng: Rng,
): Pick<PerformanceWindow, 'scores' | 'calibration'> {
  // in a fixed order, so that sums and draws are the same however the rows came
  const rows = [...kept].sort((a, b) => a.row - b.row || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const { metrics, estimator, outputs, threshold, costs } = setup;
  const answered = rows.filter((r) => !Number.isNaN(r.actual));
  const shift = estimator
    ? shiftOf(
        reference,
        rows.map((r) => r.codes),
      )
    : 0;
  const own = new Map(estimator?.scores.map((s) => [s.metric, s]));
  const options = { outputs, ...(threshold !== undefined && { threshold }), ...(costs && { costs }) };
  const guesses =
    estimator && rows.length >= FEWEST_ROWS
      ? estimateScores(
          { predicted: flat(rows, (r) => r.predicted), expected: flat(rows, (r) => r.expected), ...options },
          told(
            metrics.filter((m) => own.has(m.id)),
            evenness(rows, outputs, ({ expected }, k) => expected[k] as number),
            0,
          ),
          rng.child('draws'),
          { tails: estimator.errors?.tails },
        )
      : undefined;
  const even = evenness(answered, outputs, ({ actual }, k) => Number(actual === k));
  const known = answered.length < FEWEST_ROWS ? [] : told(metrics, even, FEWEST_OF_CLASS.ranks);
  const real = realScores(inputOf(answered, setup), known, rng.child('resamples'));
  const scores = metrics.map((metric) => {
    const guess = guesses?.get(metric.id);
    const before = own.get(metric.id);
    const found = real.get(metric.id);
    return {
      metric: metric.id,
      ...(before && { reference: before.value }),
      ...(guess && Number.isFinite(guess.value) && { estimated: intervalOf(guess, { own: before?.own ?? 0, shift }, metric) }),
      ...(found && Number.isFinite(found.value) && { real: found }),
    };
  });
  return { scores, ...(answered.length >= FEWEST_ROWS && { calibration: calibrationOf(answered, outputs) }) };
}

/** Metrics that rows which say so much of all classes can be told by. @param ranks how much what ranks rows needs */
function told(metrics: readonly Metric[], even: number, ranks: number): readonly Metric[] {
  return metrics.filter(({ id }) => even >= (CALLS.has(id) ? FEWEST_OF_CLASS.calls : RANKS.has(id) ? ranks : 0));
}

/** As many rows, of classes that are all as frequent, say as much of a mean over the classes. @param isOf how much a row is of a class */
function evenness(rows: readonly ScoredRow[], outputs: number, isOf: (row: ScoredRow, k: number) => number): number {
  if (outputs === 1) return Number.POSITIVE_INFINITY;
  let parts = 0;
  for (let k = 0; k < outputs; k++)
    parts +=
      1 /
      Math.max(
        0.5,
        rows.reduce((sum, row) => sum + isOf(row, k), 0),
      );
  return (outputs * outputs) / parts;
}

export function inputOf(rows: readonly ScoredRow[], { outputs, threshold, costs }: Omit<ScoringSetup, 'metrics'>): MetricInput {
  return {
    actual: Float64Array.from(rows, (r) => r.actual),
    predicted: flat(rows, (r) => r.predicted),
    outputs,
    ...(threshold !== undefined && { threshold }),
    ...(costs && { costs }),
  };
}

export function flat(rows: readonly ScoredRow[], of: (row: ScoredRow) => Float64Array): Float64Array {
  const width = rows.length > 0 ? of(rows[0] as ScoredRow).length : 0;
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(of(row), i * width);
  });
  return out;
}

/** Scores with 90 % intervals by the bootstrap. */
function realScores(input: MetricInput, metrics: readonly Metric[], rng: Rng): Map<string, ScoreEstimate> {
  if (metrics.length === 0) return new Map();
  const strata = rowStrata(input.actual, false);
  const evaluators = metrics.map((m) => m.prepare(input));
  const drawn = metrics.map(() => [] as number[]);
  const weights = new Float64Array(input.actual.length);
  for (let d = 0; d < RESAMPLES; d++) {
    drawRows(strata, weights, rng);
    for (let m = 0; m < metrics.length; m++) drawn[m]?.push((evaluators[m] as (w: Float64Array) => number)(weights));
  }
  return new Map(
    metrics.map((metric, m) => {
      const value = (evaluators[m] as () => number)();
      const known = (drawn[m] as number[]).filter((v) => Number.isFinite(v));
      const middle = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
      const spread = Math.sqrt(known.reduce((sum, v) => sum + (v - middle) * (v - middle), 0) / Math.max(1, known.length - 1));
      return [metric.id, interval(metric, value, Z * spread, Z * spread)];
    }),
  );
}

function calibrationOf(rows: readonly ScoredRow[], outputs: number): { stated: number; observed: number; error: number } {
  const stated = new Float64Array(rows.length);
  const came = new Float64Array(rows.length);
  rows.forEach(({ predicted, actual }, i) => {
    let k = outputs - 1;
    if (outputs > 2) for (let c = 0; c < outputs; c++) if ((predicted[c] as number) > (predicted[k] as number)) k = c;
    stated[i] = predicted[k] as number;
    came[i] = outputs === 1 ? actual : actual === k ? 1 : 0;
  });
  return { stated: mean(stated), observed: mean(came), error: calibrationCurve(came, stated).error };
}
