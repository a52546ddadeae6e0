import type { Deadline } from '../../../core/clock.js';
import type { Rng } from '../../../core/rng.js';
import { quantileSorted } from '../../../core/statistics.js';
import type { Metric, MetricInput } from '../../evaluate/metrics/metric.js';
import { drawRows, rowStrata } from '../../evaluate/resample.js';
import { KernelHost } from '../../kernels/kernel-host.js';
import type { CodedRows } from '../observer.js';
import { inputCount, type Reference } from '../reference.js';
import { applyCalibrationMap, fitCalibrationMap } from './calibration-map.js';
import { fitCodeTrees, scoreCodes } from './code-trees.js';
import { estimateScores } from './estimate-scores.js';
import { type Estimator, estimatedMetrics, pairUp, type ReferenceScore } from './estimator.js';

/** Predictions of rows that their models had not seen, with the answers. */
export interface AnsweredPredictions {
  readonly coded: CodedRows;
  /** Row-major; NaN where there is none. */
  readonly predicted: Float64Array;
  readonly outputs: number;
  /** Class index, or number. */
  readonly actual: Float64Array;
  readonly threshold?: number;
  readonly costs?: readonly (readonly number[])[];
  /** Id of the model's metric. */
  readonly metric?: string;
}

const MOST_ROWS = 12_000;
const FEWEST_ROWS = 200;
/** About 40 KB; a hundred trees of 31 leaves were as exact, half as many of 8 leaves by 3 % less, on four tables. */
const SIZE = { rounds: 60, leaves: 16, learningRate: 0.1 };
/** Two parts of the rows, of blocks by turns: what one is expected to be is learned from the other, in whose order it has neighbours but no twins. */
const BLOCKS = 16;
const CHUNK = 500;
/** Chunks of rows in their order, and columns of which the low and the high rows make chunks. */
const IN_ORDER = 12;
const MOST_COLUMNS = 20;
const DRAWS = { most: 30, fewest: 8 };
/** Row visits that all chunks may cost together: of many classes there are fewer chunks, and fewer drawn answers of each. */
const WORK = 40_000_000;
const TAIL_POINTS = 200;
/** Bootstraps for the error of the scores. */
const RESAMPLES = 40;

/**
 * Makes what estimates scores without answers, from predictions out of fold. Its own error is seen on chunks that are unlike the whole: neighbours in the rows' order,
 * and the low and high rows of each column; what answers to expect there is learned from other rows.
 * @returns undefined for fewer than 200 rows, `late` where the deadline came first
 */
export async function fitEstimator(
  reference: Reference,
  all: AnsweredPredictions,
  { rng, deadline }: { rng: Rng; deadline: Deadline },
): Promise<Estimator | undefined | 'late'> {
  if (deadline.expired()) return 'late';
  const { outputs, predicted, actual } = all;
  const known: number[] = [];
  for (let i = 0; i < actual.length; i++)
    if (!Number.isNaN(actual[i] as number) && !Number.isNaN(predicted[i * outputs] as number)) known.push(i);
  if (known.length < FEWEST_ROWS) return undefined;
  const step = Math.max(1, known.length / MOST_ROWS);
  const rows = Uint32Array.from({ length: Math.min(known.length, MOST_ROWS) }, (_, i) => known[Math.floor(i * step)] as number);
  const learner: Learner = outputs === 1 ? await numberLearner(reference, all, rng, deadline) : classLearner(all);
  try {
    const crossed = new Float64Array(rows.length * learner.width);
    const partOf = (place: number): number => Math.floor((place * BLOCKS) / rows.length) % 2;
    for (const part of [0, 1]) {
      const places = Uint32Array.from(rows.keys()).filter((p) => partOf(p) === part);
      const learned = await learner.learn(rows.filter((_, p) => partOf(p) !== part));
      if (!learned) return 'late';
      const expected = learned.expect(Uint32Array.from(places, (p) => rows[p] as number));
      places.forEach((p, i) => {
        crossed.set(expected.subarray(i * learner.width, (i + 1) * learner.width), p * learner.width);
      });
    }
    const found = await learner.learn(rows);
    if (!found) return 'late';
    const { map, errors } = found;
    const metrics = estimatedMetrics(outputs, all.metric);
    const scores = await referenceScores(reference, all, rows, crossed, metrics, errors?.tails, { rng: rng.child('own'), deadline });
    if (scores === 'late') return 'late';
    return scores.length === 0 ? undefined : { rows: known.length, scores, ...(map && { map }), ...(errors && { errors }) };
  } finally {
    await learner.close();
  }
}

interface Learned extends Pick<Estimator, 'map' | 'errors'> {
  expect(rows: Uint32Array): Float64Array;
}

interface Learner {
  readonly width: number;
  /** Undefined where the deadline came first. */
  learn(rows: Uint32Array): Promise<Learned | undefined>;
  close(): Promise<void>;
}

const rowsOf = (values: Float64Array, rows: Uint32Array, width: number): Float64Array => {
  const out = new Float64Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    for (let k = 0; k < width; k++) out[i * width + k] = values[(rows[i] as number) * width + k] as number;
  return out;
};

function classLearner({ predicted, actual, outputs }: AnsweredPredictions): Learner {
  return {
    width: outputs,
    learn: async (rows) => {
      const map = fitCalibrationMap(rowsOf(actual, rows, 1), rowsOf(predicted, rows, outputs), outputs);
      return { map, expect: (others) => applyCalibrationMap(map, rowsOf(predicted, others, outputs), outputs) };
    },
    close: async () => undefined,
  };
}

async function numberLearner(
  { binnings }: Reference,
  { predicted, actual, coded }: AnsweredPredictions,
  rng: Rng,
  deadline: Deadline,
): Promise<Learner> {
  const host = await KernelHost.create();
  const off = Float64Array.from(actual, (y, i) => Math.abs(y - (predicted[i] as number)));
  const squares = off.map((e) => e * e);
  const context = { rng, deadline, host };
  return {
    width: 2,
    learn: async (rows) => {
      const absolute = await fitCodeTrees(binnings, coded.codes, rows, off, SIZE, context);
      const squared = await fitCodeTrees(binnings, coded.codes, rows, squares, SIZE, context);
      if (!absolute || !squared) return undefined;
      const expect = (others: Uint32Array): Float64Array => {
        const codes = coded.codes.map((column) => Uint8Array.from(others, (i) => column[i] as number));
        const out = new Float64Array(others.length * 2);
        pairUp(scoreCodes(absolute, binnings, codes, others.length), scoreCodes(squared, binnings, codes, others.length), out);
        return out;
      };
      return { errors: { absolute, squared, tails: tailsOf(rowsOf(off, rows, 1), expect(rows)) }, expect };
    },
    close: () => host.close(),
  };
}

/** Quantiles of the errors beside the roots of their expected squares; their own mean square is 1. */
function tailsOf(off: Float64Array, expected: Float64Array): number[] {
  const ratios = off.map((e, i) => e / Math.sqrt(Math.max(1e-300, expected[2 * i + 1] as number))).sort();
  const points = Array.from({ length: TAIL_POINTS }, (_, k) => quantileSorted(ratios, (k + 0.5) / TAIL_POINTS));
  let square = 0;
  for (const p of points) square += (p * p) / TAIL_POINTS;
  return square > 0 ? points.map((p) => Number((p / Math.sqrt(square)).toPrecision(4))) : [1];
}

/** Scores on all rows, and how far estimates on unlike parts of them are from the truth. */
async function referenceScores(
  reference: Reference,
  { coded, predicted, actual, outputs, threshold, costs }: AnsweredPredictions,
  rows: Uint32Array,
  expected: Float64Array,
  metrics: readonly Metric[],
  tails: readonly number[] | undefined,
  { rng, deadline }: { rng: Rng; deadline: Deadline },
): Promise<ReferenceScore[] | 'late'> {
  const width = expected.length / rows.length;
  const inputOf = (places: Uint32Array): MetricInput => {
    const own = Uint32Array.from(places, (p) => rows[p] as number);
    return { actual: rowsOf(actual, own, 1), predicted: rowsOf(predicted, own, outputs), outputs, threshold, ...(costs && { costs }) };
  };
  const excess = metrics.map(() => [] as number[]);
  const all = unlikeChunks(reference, coded, rows, rng);
  const visits = (all[0]?.length ?? 1) * outputs * outputs;
  const chunks = all.slice(0, Math.max(8, Math.floor(WORK / (visits * DRAWS.fewest))));
  const draws = Math.max(DRAWS.fewest, Math.min(DRAWS.most, Math.floor(WORK / (visits * chunks.length))));
  for (const chunk of chunks) {
    await deadline.breathe();
    if (deadline.expired()) return 'late';
    const input = inputOf(chunk);
    const guesses = estimateScores({ ...input, expected: rowsOf(expected, chunk, width) }, metrics, rng, { tails, draws });
    for (const [m, metric] of metrics.entries()) {
      const { value, noise } = guesses.get(metric.id) ?? { value: Number.NaN, noise: 0 };
      const e = metric.compute(input) - value;
      if (Number.isFinite(e)) excess[m]?.push(e * e - noise * noise);
    }
  }
  const whole = inputOf(Uint32Array.from(rows.keys()));
  const strata = rowStrata(whole.actual, false);
  const weights = new Float64Array(rows.length);
  const found: ReferenceScore[] = [];
  for (const [m, metric] of metrics.entries()) {
    if (deadline.expired()) return 'late';
    const evaluate = metric.prepare(whole);
    const values: number[] = [];
    for (let d = 0; d < RESAMPLES; d++) {
      drawRows(strata, weights, rng);
      values.push(evaluate(weights));
    }
    const own = excess[m] as number[];
    found.push({ metric: metric.id, value: evaluate(), error: deviation(values), own: Math.sqrt(Math.max(0, meanOf(own))) });
  }
  return found.filter(({ value, error }) => Number.isFinite(value) && Number.isFinite(error));
}

const meanOf = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);

function deviation(values: readonly number[]): number {
  const known = values.filter((v) => Number.isFinite(v));
  const mean = meanOf(known);
  return Math.sqrt(meanOf(known.map((v) => (v - mean) * (v - mean))));
}

/** Places among the rows: neighbours in order, and the lowest and the highest third of each column. */
function unlikeChunks({ binnings, predictions }: Reference, { codes }: CodedRows, rows: Uint32Array, rng: Rng): Uint32Array[] {
  const size = Math.min(CHUNK, Math.max(50, Math.floor(rows.length / 6)));
  const chunks: Uint32Array[] = [];
  const blocks = Math.min(IN_ORDER, Math.floor(rows.length / size));
  for (let b = 0; b < blocks; b++) {
    const from = Math.floor((b * (rows.length - size)) / Math.max(1, blocks - 1));
    chunks.push(Uint32Array.from({ length: size }, (_, i) => from + i));
  }
  const inputs = inputCount({ binnings, predictions });
  const step = Math.max(1, inputs / MOST_COLUMNS);
  for (let c = 0; c < inputs; c += step) {
    const column = codes[Math.floor(c)] as Uint8Array;
    const scores = (binnings[Math.floor(c)] as (typeof binnings)[number]).scores;
    const drawn = rng.shuffle(Uint32Array.from(rows.keys()));
    // a stable sort of shuffled places: equal values stay mixed
    const sorted = Array.from(drawn).sort((a, b) => score(scores, column, rows, a) - score(scores, column, rows, b));
    const third = Math.floor(rows.length / 3);
    for (const part of [sorted.slice(0, third), sorted.slice(-third)])
      chunks.push(Uint32Array.from(rng.shuffle(Uint32Array.from(part)).slice(0, size)).sort());
  }
  return chunks;
}

const score = (scores: readonly number[], column: Uint8Array, rows: Uint32Array, place: number): number =>
  scores[column[rows[place] as number] as number] as number;
