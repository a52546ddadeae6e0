import { log } from '../../core/math.js';
import type { CategoryColumn, NumericColumn } from '../../core/table.js';
import { Table } from '../../core/table.js';
import { type Grams, textGrams } from '../../model/steps/text-grams.js';
import { gramValues, MOST_BITS, type TextScoreStep } from '../../model/steps/text-score.js';
import { answerColumns, type EncodingInput, explained, foldOfRow, mean } from './fit-target-encoding.js';
import { fitTextRidge, type SparseRows } from './text-ridge.js';

/** Parts of the out-of-fold scores. */
const FOLDS = 3;
const PENALTY = 1;
const ROUNDS = 3;
/** UTF-16 units of all texts that are learnt from; the rows are drawn where there are more. */
const MOST_UNITS = 4e6;
/** The same, below which the grams of all texts of a table are kept for the next fit. */
const KEPT_UNITS = 8e6;
/** Share of the variance of the answers that the scores must explain out of fold, else the column is declined. */
const TELLING = 0.005;

/**
 * Learns how the words of a text speak for the answers, by ridge regression on hashed words, pairs of words and pieces of words. The training rows get the
 * scores of models that were fitted on the other three quarters of the rows, so that no row sees its own answer.
 * @returns the step for rows to be scored, and the training table with its columns added; undefined when every column was declined
 */
export function fitTextScores(
  input: EncodingInput,
  names: readonly string[],
  memo: TextMemo = new Map(),
): { step: TextScoreStep; train: Table } | undefined {
  const { table, task, fresh } = input;
  const columns: TextScoreStep['columns'][number][] = [];
  const made: NumericColumn[] = [];
  for (const name of names) {
    const column = table.column(name);
    if (column.kind !== 'category') continue;
    const fitted = memo.has(name) ? memo.get(name) : fitColumn(column, input);
    memo.set(name, fitted);
    if (!fitted) continue;
    const outputs = fitted.own.map((_, k) => fresh.take(fitted.own.length === 1 ? `${name}.score` : `${name}.score ${task.classes[k]}`));
    columns.push({ name, outputs, ...fitted.model });
    fitted.own.forEach((values, k) => {
      made.push({ kind: 'numeric', name: outputs[k] as string, values });
    });
  }
  if (columns.length === 0) return undefined;
  return { step: { kind: 'text-score', columns }, train: new Table([...table.columns, ...made], table.rows) };
}

/** What was fitted for each column of the same rows; undefined: declined. */
export type TextMemo = Map<string, FittedColumn | undefined>;

interface FittedColumn {
  readonly model: Omit<TextScoreStep['columns'][number], 'name' | 'outputs'>;
  /** The scores of the training rows, one list an output. */
  readonly own: Float64Array[];
}

function fitColumn(column: CategoryColumn, input: EncodingInput): FittedColumn | undefined {
  const rng = input.rng.child('text', column.name);
  const rows = learntRows(column, rng);
  if (rows.length < 2 * FOLDS) return undefined;
  const grams = gramsOf(column);
  const { bits, rarity } = rarityOf(rows, grams);
  const data = sparseRows(column, grams, rarity, bits);
  const answers = answerColumns(input.task, input.target);
  const outputs = answers.length;
  const weight = input.weights ?? new Float64Array(column.codes.length).fill(1);
  const intercept = answers.map((a) => mean(a, weight));
  const centred = new Float64Array(column.codes.length * outputs);
  answers.forEach((answer, k) => {
    for (let i = 0; i < answer.length; i++) centred[i * outputs + k] = (answer[i] as number) - (intercept[k] as number);
  });
  const fit = (some: Uint32Array, part: number): Float32Array =>
    fitTextRidge(
      data,
      some,
      { answers: centred, outputs, weights: input.weights },
      { penalty: PENALTY, rounds: ROUNDS, rng: rng.child(part) },
    );
  const folds = foldOfRow(column.codes.length, FOLDS, rng.child('folds'));
  const own = answers.map(() => new Float64Array(column.codes.length).fill(Number.NaN));
  for (let fold = 0; fold < FOLDS; fold++) {
    const fitted = fit(
      rows.filter((i) => folds[i] !== fold),
      fold,
    );
    score(data, fitted, intercept, own, (i) => folds[i] === fold && (column.codes[i] as number) >= 0);
  }
  const guessed = own.map((values, k) => values.map((x) => (Number.isNaN(x) ? (intercept[k] as number) : x)));
  if (explained(guessed, answers, weight, intercept) < TELLING) return undefined;
  return { model: { bits, rarity: base64(rarity), intercept, ...packed(fit(rows, FOLDS)) }, own };
}

/** Rows with a text, drawn where all of them would be too much to learn from; ascending. */
function learntRows({ codes, levels }: CategoryColumn, rng: EncodingInput['rng']): Uint32Array {
  const all: number[] = [];
  let units = 0;
  for (let i = 0; i < codes.length; i++) {
    if ((codes[i] as number) < 0) continue;
    all.push(i);
    units += Math.min(4000, (levels[codes[i] as number] as string).length);
  }
  const rows = Uint32Array.from(all);
  if (units <= MOST_UNITS) return rows;
  const kept = rng.child('rows').sample(rows.length, Math.max(1, Math.floor((rows.length * MOST_UNITS) / units)));
  return kept.map((i) => rows[i] as number).sort();
}

const kept = new WeakMap<readonly string[], (Grams | undefined)[]>();

/** The grams of a row; kept for the next fit on rows of the same table unless they are too many. */
function gramsOf({ codes, levels }: CategoryColumn): (row: number) => Grams | undefined {
  let known = kept.get(levels);
  if (!known) {
    let units = 0;
    for (const level of levels) units += level.length;
    known = [];
    if (units <= KEPT_UNITS) kept.set(levels, known);
  }
  const grams = known;
  return (row) => {
    const code = codes[row] as number;
    if (code < 0) return undefined;
    if (!kept.has(levels)) return textGrams(levels[code] as string);
    let found = grams[code];
    if (!found) {
      found = textGrams(levels[code] as string);
      grams[code] = found;
    }
    return found;
  };
}

/** How rare each place is among the learnt rows; one that no two of them have is not used. */
function rarityOf(rows: Uint32Array, grams: (row: number) => Grams | undefined): { bits: number; rarity: Uint8Array } {
  const wide = countPlaces(rows, grams, MOST_BITS);
  let used = 0;
  for (const count of wide) if (count >= 2) used++;
  let bits = 8;
  while (bits < MOST_BITS && 1 << bits < 1.5 * used) bits++;
  const counts = bits === MOST_BITS ? wide : countPlaces(rows, grams, bits);
  const rarity = new Uint8Array(counts.length);
  for (let p = 0; p < counts.length; p++) {
    const count = counts[p] as number;
    if (count >= 2) rarity[p] = Math.min(255, Math.round(16 * (log((1 + rows.length) / (1 + count)) + 1)));
  }
  return { bits, rarity };
}

function countPlaces(rows: Uint32Array, grams: (row: number) => Grams | undefined, bits: number): Uint32Array {
  const counts = new Uint32Array(1 << bits);
  const mask = counts.length - 1;
  for (const row of rows)
    for (const id of grams(row)?.ids ?? []) {
      const place = id & mask;
      counts[place] = (counts[place] as number) + 1;
    }
  return counts;
}

function sparseRows(column: CategoryColumn, grams: (row: number) => Grams | undefined, rarity: Uint8Array, bits: number): SparseRows {
  const mask = (1 << bits) - 1;
  const n = column.codes.length;
  const starts = new Uint32Array(n + 1);
  let places = new Uint32Array(1024);
  let values = new Float32Array(1024);
  let end = 0;
  for (let row = 0; row < n; row++) {
    const own = grams(row);
    if (own) {
      const found = gramValues(own, rarity);
      while (end + found.length > places.length) {
        places = grown(places, new Uint32Array(2 * places.length));
        values = grown(values, new Float32Array(2 * values.length));
      }
      for (let g = 0; g < found.length; g++) {
        if (found[g] === 0) continue;
        places[end] = (own.ids[g] as number) & mask;
        values[end++] = found[g] as number;
      }
    }
    starts[row + 1] = end;
  }
  return { starts, places, values, width: 1 << bits };
}

function grown<T extends Uint32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function score(
  { starts, places, values }: SparseRows,
  fitted: Float32Array,
  intercept: readonly number[],
  to: readonly Float64Array[],
  wanted: (row: number) => boolean,
): void {
  const outputs = intercept.length;
  for (let row = 0; row + 1 < starts.length; row++) {
    if (!wanted(row)) continue;
    for (let k = 0; k < outputs; k++) {
      let sum = intercept[k] as number;
      for (let e = starts[row] as number; e < (starts[row + 1] as number); e++)
        sum += (values[e] as number) * (fitted[(places[e] as number) * outputs + k] as number);
      (to[k] as Float64Array)[row] = sum;
    }
  }
}

/** Weights as signed bytes whose squares keep the small ones apart. */
function packed(weights: Float32Array): { weights: string; scale: number } {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, Math.abs(weights[i] as number));
  const scale = largest > 0 ? largest / (127 * 127) : 1;
  const bytes = new Int8Array(weights.length);
  for (let i = 0; i < bytes.length; i++) {
    const w = weights[i] as number;
    const q = Math.round(Math.sqrt(Math.abs(w) / scale));
    bytes[i] = w < 0 ? -q : q;
  }
  return { weights: base64(new Uint8Array(bytes.buffer)), scale };
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}
