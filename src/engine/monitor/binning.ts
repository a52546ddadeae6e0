import { lowerBound } from '../../core/lower-bound.js';
import { normalQuantile } from '../../core/normal.js';
import type { ColumnSchema } from '../../core/schema.js';
import type { CategoryColumn, Column } from '../../core/table.js';
import { textHash } from '../../core/text-hash.js';

/** Scores are held in whole 1024ths, so that sums of them are exact in any order. */
export const SCORE_UNIT = 1024;
const MOST_BINS = 32;
const MOST_LEVELS = 60;
/** Levels that are kept where not all can be: those frequent enough for their share to be known, since choosing the top flatters it. */
const LEAST_SHARE = 0.005;
const FEWEST_OF_LEVEL = 20;
/** Places by hash for all others, so that one of them that becomes frequent shows. */
const OTHERS = 16;
const FEWEST_IN_BIN = 10;

/**
 * How the cells of a numeric column become small whole numbers: 0 missing, 1 below all that training had, 2… a bin each, the last above all.
 * `length`: the characters of a text stand for it.
 */
export interface NumberBinning {
  readonly kind: 'number';
  readonly name: string;
  readonly measure: 'value' | 'length';
  readonly lowest: number;
  /** Greatest value of each bin, upwards. */
  readonly uppers: readonly number[];
  /** Mean of each bin's values. */
  readonly means: readonly number[];
  /** Mean and standard deviation. */
  readonly center: number;
  readonly spread: number;
  /** A score for each code, in units of 1/1024: normal scores of the ranks. */
  readonly scores: readonly number[];
}

/** The same of categories: 0 missing, then a code a level, then those of all others: one, or several by hash where training had others too. */
export interface CategoryBinning {
  readonly kind: 'category';
  readonly name: string;
  /** Most frequent first. */
  readonly levels: readonly string[];
  /** Whether training had no other levels. */
  readonly complete: boolean;
  /** A score for each code, in units of 1/1024; levels alike in the other columns are near each other. */
  readonly scores: readonly number[];
}

export type Binning = NumberBinning | CategoryBinning;

/** Codes of a binning, missing included; at most 255. */
export function codeCount(binning: Binning): number {
  return binning.kind === 'number' ? binning.uppers.length + 3 : binning.levels.length + 1 + otherCodes(binning);
}

/** Codes that the levels which are not kept share. */
function otherCodes({ complete }: Pick<CategoryBinning, 'complete'>): number {
  return complete ? 1 : OTHERS;
}

/** A place among the others. */
function hashed(text: string): number {
  const h = textHash(text);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The code of a number; NaN is missing. */
export function codeNumber({ uppers, lowest }: NumberBinning, value: number): number {
  if (!(value >= lowest)) return value < lowest ? 1 : 0;
  return lowerBound(uppers, value) + 2;
}

/** Makes a function from a level to its code. */
export function levelCoder(binning: CategoryBinning): (level: string) => number {
  const others = otherCodes(binning);
  const first = binning.levels.length + 1;
  const index = new Map(binning.levels.map((level, k) => [level, k + 1]));
  return (level) => index.get(level) ?? first + (others === 1 ? 0 : hashed(level) % others);
}

/** What a numeric binning measures of a column: its values, or the lengths of its texts. */
export function measured(column: Column, measure: NumberBinning['measure']): Float64Array {
  if (column.kind === 'numeric') return column.values;
  if (measure === 'value') return new Float64Array(column.codes.length).fill(Number.NaN);
  const lengths = column.levels.map((text) => text.length);
  return Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : (lengths[code] as number)));
}

/** Puts the code of every cell of a column into `out`; absent columns are missing. */
export function codeColumn(binning: Binning, column: Column | undefined, out: Uint8Array): void {
  if (column === undefined) {
    out.fill(0);
    return;
  }
  if (binning.kind === 'number') {
    const values = measured(column, binning.measure);
    for (let i = 0; i < values.length; i++) out[i] = codeNumber(binning, values[i] as number);
    return;
  }
  if (column.kind === 'numeric') {
    out.fill(0);
    return;
  }
  const codeOf = levelCoder(binning);
  const codes = column.levels.map(codeOf);
  for (let i = 0; i < column.codes.length; i++) {
    const code = column.codes[i] as number;
    out[i] = code < 0 ? 0 : (codes[code] as number);
  }
}

/** Makes the binning of a column from its training rows: equal shares of them in each bin, frequent values in bins of their own. */
export function makeBinning(column: Column, schema: Pick<ColumnSchema, 'type'>): Binning {
  if (column.kind === 'category' && schema.type !== 'text') return categoryBinning(column);
  const measure = column.kind === 'category' ? 'length' : 'value';
  return numberBinning(column.name, measured(column, measure), measure);
}

function numberBinning(name: string, values: Float64Array, measure: NumberBinning['measure']): NumberBinning {
  const finite = new Float64Array(values.length);
  let n = 0;
  for (const v of values) if (Number.isFinite(v)) finite[n++] = v;
  const sorted = finite.subarray(0, n).sort();
  const bins = Math.max(2, Math.min(MOST_BINS, Math.floor(n / FEWEST_IN_BIN)));
  const share = n / bins;
  const uppers: number[] = [];
  const means: number[] = [];
  const counts: number[] = [];
  let sum = 0;
  let count = 0;
  const close = (upper: number): void => {
    if (count === 0) return;
    uppers.push(upper);
    // values near the greatest number add up to more than any
    means.push(Number.isFinite(sum) ? sum / count : upper);
    counts.push(count);
    sum = 0;
    count = 0;
  };
  let total = 0;
  for (let i = 0; i < n; ) {
    const v = sorted[i] as number;
    let j = i + 1;
    while (j < n && sorted[j] === v) j++;
    // a value with a bin's share of its own stands alone
    if (j - i >= share && i > 0) close(sorted[i - 1] as number);
    count += j - i;
    sum += v * (j - i);
    total += v * (j - i);
    if (count >= share || j - i >= share) close(v);
    i = j;
  }
  if (n > 0) close(sorted[n - 1] as number);
  const center = n === 0 ? 0 : Number.isFinite(total) ? total / n : (sorted[n >> 1] as number);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const d = (sorted[i] as number) - center;
    squares += d * d;
  }
  const spread = n > 1 && squares > 0 && Number.isFinite(squares) ? Math.sqrt(squares / n) : 1;
  const lowest = n > 0 ? (sorted[0] as number) : 0;
  return { kind: 'number', name, measure, lowest, uppers, means, center, spread, scores: rankScores(counts) };
}

/** Normal scores of the middle rank of each bin; beyond the range, those of the place next to all. Missing has 0. */
function rankScores(counts: readonly number[]): number[] {
  const n = counts.reduce((a, b) => a + b, 0);
  const edge = Math.round(SCORE_UNIT * Math.max(-4, normalQuantile(0.25 / (n + 1))));
  let below = 0;
  const scores = counts.map((count) => {
    const middle = (below + count / 2) / n;
    below += count;
    return Math.round(SCORE_UNIT * normalQuantile(middle)) + 0;
  });
  return [0, edge, ...scores, -edge];
}

function categoryBinning({ name, codes, levels }: CategoryColumn): CategoryBinning {
  const counts = new Float64Array(levels.length);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const order = Array.from(counts.keys()).filter((i) => (counts[i] as number) > 0);
  order.sort((a, b) => (counts[b] as number) - (counts[a] as number) || ((levels[a] as string) < (levels[b] as string) ? -1 : 1));
  const rows = counts.reduce((a, b) => a + b, 0);
  const frequent = (i: number) => (counts[i] as number) >= Math.max(FEWEST_OF_LEVEL, LEAST_SHARE * rows);
  const kept = (order.length <= MOST_LEVELS ? order : order.filter(frequent).slice(0, MOST_LEVELS)).map((i) => levels[i] as string);
  const complete = kept.length === order.length;
  return { kind: 'category', name, levels: kept, complete, scores: new Array(kept.length + 1 + otherCodes({ complete })).fill(0) };
}
