import { atLeastTail, chiSquareTail, normalTails } from '../../core/tails.js';
import { type Binning, codeCount } from './binning.js';
import { chiSquare, type Empirical, jensenShannon, kolmogorovSmirnov, stabilityIndex, type Tested, wasserstein } from './distances.js';
import { inputCount, type Reference } from './reference.js';
import { type SeasonKind, slotCount } from './season.js';
import type { Sketch } from './sketch.js';

/** What a test asks of a column. */
export type Question = 'missing' | 'outside' | 'location' | 'scale' | 'shape' | 'season';

/** One test of one column. */
export interface Asked {
  question: Question;
  /** Probability of a difference as large when nothing has changed. */
  p: number;
  /** How large the difference is, in the question's own measure, chance taken off where it can be. */
  effect: number;
  /** Which way: more or less, higher or lower. */
  sign: number;
}

/** A window of a column beside its reference. */
export interface ColumnFigures {
  column: string;
  rows: number;
  missing: Pair;
  /** Share of the known cells that are beyond the range, or of levels that training had not among its frequent ones. */
  outside: Pair;
  mean?: Pair;
  spread?: Pair;
  psi: number;
  jensenShannon: number;
  chiSquare: Tested;
  kolmogorovSmirnov?: Tested;
  wasserstein?: number;
}

export interface Pair {
  reference: number;
  current: number;
}

/** Rows of the reference by code, weighed to the window's season, with how many rows they are worth. */
export function expectedCounts(reference: Reference, base: Sketch, window: Sketch, column: number): Float64Array {
  const own = base.counts[column] as Float64Array;
  const { kind } = reference.season;
  // a moving reference has its own seasons behind it
  if (kind === 'none' || base !== reference.sketch) return own;
  const slots = slotCount(kind);
  const size = own.length;
  const bySlot = reference.slotCounts[column] as Float64Array;
  const shares = new Float64Array(size);
  let worth = 0;
  for (let s = 0; s < slots; s++) {
    const weight = (window.slotRows[s] as number) / window.rows;
    if (weight === 0) continue;
    const there = base.slotRows[s] as number;
    // a slot that training never had is taken for any
    const from = there > 0 ? bySlot.subarray(s * size, (s + 1) * size) : own;
    const rows = there > 0 ? there : base.rows;
    for (let k = 0; k < size; k++) shares[k] = (shares[k] as number) + (weight * (from[k] as number)) / rows;
    worth += (weight * weight) / rows;
  }
  const rows = Math.min(base.rows, 1 / worth);
  return shares.map((share) => share * rows);
}

/** All that tells a window of a column from its reference. */
export function figuresOf(reference: Reference, base: Sketch, window: Sketch, column: number): ColumnFigures {
  const binning = reference.binnings[column] as Binning;
  const expected = expectedCounts(reference, base, window, column);
  const current = window.counts[column] as Float64Array;
  // the reference has predictions of a part of its rows alone
  const from = column < inputCount(reference) ? 0 : 1;
  const figures: ColumnFigures = {
    column: binning.name,
    rows: window.rows,
    missing: { reference: share(expected, 0), current: share(current, 0) },
    outside: { reference: outsideShare(binning, expected), current: outsideShare(binning, current) },
    psi: stabilityIndex(expected.subarray(from), current.subarray(from)),
    jensenShannon: known(expected) > 0 && known(current) > 0 ? jensenShannon(expected.subarray(1), current.subarray(1)) : 0,
    chiSquare: chiSquare(expected.subarray(1), current.subarray(1)),
  };
  if (binning.kind === 'category') return figures;
  const moments = (sketch: Sketch) => momentsOf(binning, sketch, column);
  const a = moments(base);
  const b = moments(window);
  figures.mean = { reference: a.mean, current: b.mean };
  figures.spread = { reference: a.spread, current: b.spread };
  if (known(expected) === 0 || known(current) === 0) return figures;
  const places = placesOf(binning);
  const of = (counts: Float64Array): Empirical => ({ values: places, weights: counts.subarray(1) });
  figures.kolmogorovSmirnov = kolmogorovSmirnov(of(expected), of(current));
  figures.wasserstein = wasserstein(of(expected), of(current));
  return figures;
}

/** The tests of a column, in the order in which their answers explain. */
export function askColumn(reference: Reference, base: Sketch, window: Sketch, column: number): Asked[] {
  const binning = reference.binnings[column] as Binning;
  const isPrediction = column >= inputCount(reference);
  const expected = expectedCounts(reference, base, window, column);
  const current = window.counts[column] as Float64Array;
  const asked: Asked[] = [];
  if (!isPrediction) asked.push(shareTest('missing', current[0] as number, window.rows, expected[0] as number, sumOf(expected)));
  if (reference.moving[column]) return asked;
  const n = known(current);
  const m = known(expected);
  if (n === 0 || m === 0) return asked;
  const beyond = outsideShare(binning, current);
  if (binning.kind === 'number' || binning.complete)
    asked.push(shareTest('outside', beyond * n, n, outsideShare(binning, expected) * m, m));
  const excess = stabilityIndex(expected.subarray(1), current.subarray(1)) - (codeCount(binning) - 2) * (1 / n + 1 / m);
  if (binning.kind === 'number' && binning.uppers.length > 2) {
    const location = scoreTest(binning.scores, expected, current);
    asked.push({ question: 'location', p: normalTails(location), effect: excess, sign: Math.sign(location) });
    const squares = binning.scores.map((s) => (s / 1024) * (s / 1024));
    const scale = scoreTest(squares, expected, current);
    asked.push({ question: 'scale', p: normalTails(scale), effect: excess, sign: Math.sign(scale) });
  }
  const [a, b] = grouped(binning, expected, current);
  asked.push({ question: 'shape', p: chiSquare(a, b).p, effect: excess, sign: 0 });
  const season = base === reference.sketch && !isPrediction ? seasonTest(reference, window, column) : undefined;
  if (season) asked.push(season);
  return asked;
}

function sumOf(counts: Float64Array): number {
  let sum = 0;
  for (const c of counts) sum += c;
  return sum;
}

function known(counts: Float64Array): number {
  return sumOf(counts) - (counts[0] as number);
}

function share(counts: Float64Array, code: number): number {
  const sum = sumOf(counts);
  return sum > 0 ? (counts[code] as number) / sum : 0;
}

function outsideShare(binning: Binning, counts: Float64Array): number {
  const n = known(counts);
  if (n === 0) return 0;
  // below and above the range; or all places of levels that were not kept
  if (binning.kind === 'number') return ((counts[1] as number) + (counts[counts.length - 1] as number)) / n;
  return sumOf(counts.subarray(binning.levels.length + 1)) / n;
}

/** Mean and deviation from the whole-number sums of a sketch. */
export function momentsOf(binning: Binning, sketch: Sketch, column: number): { mean: number; spread: number } {
  const n = known(sketch.counts[column] as Float64Array);
  if (binning.kind !== 'number' || n === 0) return { mean: Number.NaN, spread: Number.NaN };
  const z = (sketch.sums[column] as number) / 4096 / n;
  const square = (sketch.squares[column] as number) / 64 / n;
  return { mean: binning.center + z * binning.spread, spread: Math.sqrt(Math.max(0, square - z * z)) * binning.spread };
}

/** Where each code but missing lies: the mean of its bin, and what is beyond the range at its ends. */
function placesOf({ lowest, uppers, means }: { lowest: number; uppers: readonly number[]; means: readonly number[] }): Float64Array {
  return Float64Array.from([lowest, ...means, uppers[uppers.length - 1] ?? lowest]);
}

/** Two-sided exact test of a share; the effect is its change. */
function shareTest(question: Question, hits: number, rows: number, otherHits: number, otherRows: number): Asked {
  const effect = hits / rows - (otherRows > 0 ? otherHits / otherRows : 0);
  // the weighing by season makes parts of rows
  const [k, n] = [Math.round(otherHits), Math.round(otherRows)];
  const one = effect >= 0 ? atLeastTail(hits, rows, k, n) : atLeastTail(rows - hits, rows, n - k, n);
  return { question, p: Math.min(1, 2 * one), effect: Math.abs(effect), sign: Math.sign(effect) };
}

/** How many deviations the mean score of the known cells has moved, by the spread of both together (as a permutation test has it). */
function scoreTest(scores: readonly number[], a: Float64Array, b: Float64Array): number {
  let [n, m, sumA, sumB, squares] = [0, 0, 0, 0, 0];
  for (let k = 1; k < a.length; k++) {
    const s = scores[k] as number;
    n += a[k] as number;
    m += b[k] as number;
    sumA += s * (a[k] as number);
    sumB += s * (b[k] as number);
    squares += s * s * ((a[k] as number) + (b[k] as number));
  }
  const mean = (sumA + sumB) / (n + m);
  const variance = squares / (n + m) - mean * mean;
  return variance > 1e-9 ? (sumB / m - sumA / n) / Math.sqrt(variance * (1 / n + 1 / m)) : 0;
}

/** The least that a place of a χ² test should expect. */
const FEWEST_EXPECTED = 8;

/** Known codes put together until each place expects enough rows in the smaller sample: neighbours of numbers, the rare ones of categories. */
function grouped(binning: Binning, a: Float64Array, b: Float64Array): [number[], number[]] {
  const n = known(a);
  const m = known(b);
  const least = FEWEST_EXPECTED / (Math.min(n, m) / (n + m));
  const groupsA: number[] = [];
  const groupsB: number[] = [];
  let x = 0;
  let y = 0;
  const order = Array.from({ length: a.length - 1 }, (_, k) => k + 1);
  // the frequent first, by both together, so that chance does not choose
  if (binning.kind === 'category') order.sort((i, j) => (a[j] as number) + (b[j] as number) - (a[i] as number) - (b[i] as number) || i - j);
  for (const k of order) {
    x += a[k] as number;
    y += b[k] as number;
    if (x + y < least) continue;
    groupsA.push(x);
    groupsB.push(y);
    x = 0;
    y = 0;
  }
  if (groupsA.length === 0) return [[x], [y]];
  groupsA[groupsA.length - 1] = (groupsA[groupsA.length - 1] as number) + x;
  groupsB[groupsB.length - 1] = (groupsB[groupsB.length - 1] as number) + y;
  return [groupsA, groupsB];
}

/** Whether the scores of a column follow the season otherwise than in training, whatever their mean. */
function seasonTest(reference: Reference, window: Sketch, column: number): Asked | undefined {
  const { kind } = reference.season;
  if (kind === 'none') return undefined;
  const { scores } = reference.binnings[column] as Binning;
  const counts = reference.slotCounts[column] as Float64Array;
  const size = scores.length;
  const d = reference.binnings.length;
  let [slots, weights, first, second] = [0, 0, 0, 0];
  for (let s = 0; s < slotCount(kind as SeasonKind) - 1; s++) {
    const n = window.slotRows[s] as number;
    const m = reference.sketch.slotRows[s] as number;
    if (n < 5 || m < 30) continue;
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < size; k++) {
      const c = counts[s * size + k] as number;
      sum += c * (scores[k] as number);
      squares += c * (scores[k] as number) * (scores[k] as number);
    }
    const mean = sum / m;
    const variance = squares / m - mean * mean;
    if (!(variance > 1)) continue;
    const weight = 1 / (variance * (1 / n + 1 / m));
    const moved = (window.slotScores[s * d + column] as number) / n - mean;
    slots++;
    weights += weight;
    first += weight * moved;
    second += weight * moved * moved;
  }
  if (slots < 4) return undefined;
  const statistic = second - (first * first) / weights;
  const freedom = slots - 1;
  return {
    question: 'season',
    p: chiSquareTail(statistic, freedom),
    effect: Math.sqrt(Math.max(0, statistic - freedom) / window.rows),
    sign: 0,
  };
}
