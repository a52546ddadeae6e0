import { figure } from '../../../core/figure.js';
import { log } from '../../../core/math.js';
import { normalTails } from '../../../core/tails.js';
import type { Binning } from '../binning.js';
import { inputCount, type Reference } from '../reference.js';
import type { ScoredRow } from './kept-rows.js';

/** Rows alike in one or two columns, of which the model is worse than was to be expected. */
export interface WeakSlice {
  /** Each column with the values that it has there, in words. */
  where: { column: string; values: string }[];
  rows: number;
  /** Mean loss of its rows, and of all others: log loss, or absolute error. */
  loss: number;
  elsewhere: number;
  /** Mean loss that training let one expect of its rows; absent without an estimator. */
  expected?: number;
  /** Probability by chance, all slices counted. */
  p: number;
}

/** Rows of one group. */
interface Cell {
  rows: number;
  sum: number;
  squares: number;
  loss: number;
  expected: number;
}

const FEWEST_ROWS = 50;
const ALPHA = 0.01;
/** Parts that a number is cut into, and levels at most. */
const PARTS = 6;
const MOST_PAIRED = 20;
const MOST_TOLD = 10;
/** Losses are cut off here, so that one sure mistake is no slice. */
const LEAST_PROBABILITY = 0.02;

/**
 * Where the model does worse than it should: slices of one and of two columns in which the loss by the labels is above what training let one expect (or above that of
 * other rows, without an estimator), by more than elsewhere, tested on all slices together (Bonferroni; at most 1 in 100 runs names one by chance). A pair is told only
 * where it is clearly worse than either of its columns alone.
 * @returns the surest first, at most ten
 */
export function weakSlices(reference: Reference, kept: readonly ScoredRow[], outputs: number): WeakSlice[] {
  const rows = kept.filter((r) => !Number.isNaN(r.actual));
  if (rows.length < 2 * FEWEST_ROWS) return [];
  const losses = lossesOf(rows, outputs);
  const columns = Array.from({ length: inputCount(reference) }, (_, c) => c).filter((c) => !reference.moving[c]);
  const groups = new Map(columns.map((c) => [c, groupsOf(reference.binnings[c] as Binning, reference.sketch.counts[c] as Float64Array)]));
  const sets: number[][] = columns.map((c) => [c]);
  const paired = columns.slice(0, MOST_PAIRED);
  for (let i = 0; i < paired.length; i++) for (let j = i + 1; j < paired.length; j++) sets.push([paired[i] as number, paired[j] as number]);
  const all = totalOf(losses);
  const found: { set: number[]; group: number[]; cell: Cell; z: number }[] = [];
  let tests = 0;
  for (const set of sets) {
    const parts = set.map((c) => groups.get(c) as Groups);
    const sizes = parts.map((g) => g.names.length);
    const cells = Array.from(
      { length: sizes.reduce((a, b) => a * b, 1) },
      (): Cell => ({ rows: 0, sum: 0, squares: 0, loss: 0, expected: 0 }),
    );
    rows.forEach(({ codes }, i) => {
      let at = 0;
      set.forEach((c, k) => {
        at = at * (sizes[k] as number) + ((parts[k] as Groups).of[codes[c] as number] as number);
      });
      addTo(cells[at] as Cell, losses[i] as Loss);
    });
    for (const [at, cell] of cells.entries()) {
      if (cell.rows < FEWEST_ROWS || rows.length - cell.rows < FEWEST_ROWS) continue;
      tests++;
      const z = worse(cell, all);
      const group = set.length === 1 ? [at] : [Math.floor(at / (sizes[1] as number)), at % (sizes[1] as number)];
      if (z > 3) found.push({ set, group, cell, z });
    }
  }
  const weak: typeof found = [];
  for (const slice of found.sort((a, b) => b.z - a.z || a.set.length - b.set.length)) {
    if (normalTails(slice.z) * 0.5 * tests > ALPHA) break;
    // what says the same of more, or of fewer, rows adds nothing
    if (weak.some((w) => sharesPart(w, slice))) continue;
    weak.push(slice);
    if (weak.length === MOST_TOLD) break;
  }
  return weak.map(({ set, group, cell, z }) => ({
    where: set.map((c, k) => ({
      column: reference.binnings[c]?.name as string,
      values: (groups.get(c) as Groups).names[group[k] as number] as string,
    })),
    rows: cell.rows,
    loss: cell.loss / cell.rows,
    elsewhere: (all.loss - cell.loss) / (all.rows - cell.rows),
    ...(Number.isFinite(cell.expected) && { expected: cell.expected / cell.rows }),
    p: Math.min(1, normalTails(z) * 0.5 * tests),
  }));
}

/** Whether two slices have a column with the same group. */
function sharesPart(a: { set: number[]; group: number[] }, b: { set: number[]; group: number[] }): boolean {
  return a.set.some((c, k) => b.set.some((d, l) => c === d && a.group[k] === b.group[l]));
}

interface Loss {
  loss: number;
  expected: number;
}

function lossesOf(rows: readonly ScoredRow[], outputs: number): Loss[] {
  const surprise = (p: number): number => -log(Math.max(LEAST_PROBABILITY, p));
  const found = rows.map(({ predicted, expected, actual }): Loss => {
    if (outputs === 1) return { loss: Math.abs(actual - (predicted[0] as number)), expected: expected[0] as number };
    let mean = 0;
    for (let k = 0; k < outputs; k++) mean += (expected[k] as number) * surprise(predicted[k] as number);
    return { loss: surprise(predicted[actual] as number), expected: mean };
  });
  if (outputs > 1) return found;
  // errors of numbers have long tails: those of one row in a hundred are cut off
  const sorted = Float64Array.from(found, (l) => l.loss).sort();
  const most = sorted[Math.floor(0.99 * (sorted.length - 1))] as number;
  return found.map((l) => ({ ...l, loss: Math.min(most, l.loss) }));
}

const excess = ({ loss, expected }: Loss): number => (Number.isNaN(expected) ? loss : loss - expected);

function addTo(cell: Cell, loss: Loss): void {
  const e = excess(loss);
  cell.rows++;
  cell.sum += e;
  cell.squares += e * e;
  cell.loss += loss.loss;
  cell.expected += loss.expected;
}

function totalOf(losses: readonly Loss[]): Cell {
  const all: Cell = { rows: 0, sum: 0, squares: 0, loss: 0, expected: 0 };
  for (const loss of losses) addTo(all, loss);
  return all;
}

/** By how many standard errors the excess in a cell is above that elsewhere (Welch), drawn in where rows are few: t has longer tails. */
function worse(cell: Cell, all: Cell): number {
  const m = all.rows - cell.rows;
  const spread = (sum: number, squares: number, n: number): number => Math.max(0, squares / n - (sum / n) * (sum / n)) / (n - 1);
  const own = spread(cell.sum, cell.squares, cell.rows);
  const other = spread(all.sum - cell.sum, all.squares - cell.squares, m);
  // few rows may all be alike by chance: their spread counts as half of that of all at least
  const least = (0.5 * spread(all.sum, all.squares, all.rows) * (all.rows - 1)) / cell.rows;
  const t = (cell.sum / cell.rows - (all.sum - cell.sum) / m) / Math.sqrt(Math.max(own, least) + other);
  const n = cell.rows - 1;
  // a normal with the same tail as t (Wallace 1959)
  return Number.isFinite(t) ? Math.sign(t) * Math.sqrt(n * log(1 + (t * t) / n)) * ((8 * n + 1) / (8 * n + 3)) : 0;
}

interface Groups {
  /** By code. */
  of: readonly number[];
  names: string[];
}

/** Codes put together: parts of equally many training rows, or levels; the last are all others. */
export function groupsOf(binning: Binning, counts: Float64Array, parts = PARTS): Groups {
  const names: string[] = ['missing'];
  const size = counts.length;
  const of: number[] = new Array(size).fill(0);
  if (binning.kind === 'category') {
    const most = Math.min(binning.levels.length, 2 * parts);
    for (let k = 0; k < most; k++) {
      of[k + 1] = names.length;
      names.push(binning.levels[k] as string);
    }
    for (let k = most + 1; k < size; k++) of[k] = names.length;
    names.push('others');
    return { of, names };
  }
  const known = counts.reduce((a, b) => a + b, 0) - (counts[0] as number);
  let low = binning.lowest;
  let sum = 0;
  let part = 0;
  for (let k = 1; k < size; k++) {
    of[k] = names.length;
    sum += counts[k] as number;
    const last = k === size - 1;
    if (!last && (k < 2 || sum < ((part + 1) * known) / parts || k === size - 2)) continue;
    const high = last ? undefined : (binning.uppers[k - 2] as number);
    const unit = binning.measure === 'length' ? ' characters' : '';
    names.push(
      `${part === 0 ? `up to ${figure(high ?? low)}` : high === undefined ? `above ${figure(low)}` : `${figure(low)} to ${figure(high)}`}${unit}`,
    );
    if (high !== undefined) low = high;
    while (sum >= ((part + 1) * known) / parts && part < parts) part++;
    part = Math.max(1, part);
  }
  return { of, names };
}
