import type { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import type { CategoryColumn, Column, NumericColumn, Table } from '../../core/table.js';
import { levelIndex, replaceColumns } from '../../model/steps/columns.js';
import type { TargetEncodingStep } from '../../model/steps/target-encoding.js';
import type { FreshNames } from './fresh-names.js';

/** Parts of the out-of-fold means. */
const FOLDS = 5;
/** Rows of the overall mean that each level is smoothed by. */
const SMOOTHING = 30;
/** With more classes than this, categories are not encoded by their answers. */
const MAX_CLASSES = 8;

/** Training rows and their answers. */
export interface EncodingInput {
  readonly table: Table;
  readonly task: Task;
  readonly target: Float64Array;
  readonly weights?: Float64Array | undefined;
  readonly rng: Rng;
  readonly fresh: FreshNames;
}

/** Whether a task has answers that a category can be told by. */
export function isEncodable(task: Task): boolean {
  return task.kind !== 'multiclass' || task.classes.length <= MAX_CLASSES;
}

/**
 * Encodes categories by the mean answer of their rows (Micci-Barreca 2001), smoothed towards the mean of all. The training rows get the mean of the
 * other four fifths of the rows, so that no row sees its own answer.
 * @param categories by name, the levels that get a value; all others get the overall mean
 * @param least share of the variance of the answers that an encoding must explain out of fold, else it is declined
 * @returns the step for rows to be scored, and the training table with its columns added; undefined when every category was declined
 */
export function fitTargetEncoding(
  input: EncodingInput,
  categories: ReadonlyMap<string, readonly string[]>,
  least: number,
): { step: TargetEncodingStep; train: Table } | undefined {
  const { table, task, fresh } = input;
  const answers = answerColumns(task, input.target);
  const weight = input.weights ?? new Float64Array(table.rows).fill(1);
  const folds = foldOfRow(table.rows, FOLDS, input.rng.child('encode'));
  const prior = answers.map((a) => mean(a, weight));
  const replaced = new Map<string, readonly Column[]>();
  const columns: TargetEncodingStep['columns'][number][] = [];
  for (const [name, levels] of categories) {
    const column = table.column(name) as CategoryColumn;
    const places = placeOfRow(column, levels);
    const means = answers.map((answer, k) => encode(places, levels.length + 2, answer, weight, folds, prior[k] as number));
    const share = explained(
      means.map((m) => m.own),
      answers,
      weight,
      prior,
    );
    if (share < least) continue;
    const outputs = answers.map((_, k) => fresh.take(answers.length === 1 ? `${name}.answer` : `${name}.answer ${task.classes[k]}`));
    const values: number[] = [];
    for (let i = 0; i < levels.length; i++) for (const { full } of means) values.push(full[i + 2] as number);
    columns.push({ name, outputs, levels, values, missing: means.map((m) => m.full[0] as number), prior });
    const made = means.map(({ own }, k): NumericColumn => ({ kind: 'numeric', name: outputs[k] as string, values: own }));
    replaced.set(name, [column, ...made]);
  }
  if (columns.length === 0) return undefined;
  return { step: { kind: 'target-encoding', columns }, train: replaceColumns(table, replaced) };
}

/** What is averaged: the number, the positive class, or each class. */
export function answerColumns(task: Task, target: Float64Array): Float64Array[] {
  if (task.kind === 'regression') return [target];
  const classes = task.kind === 'binary' ? [1] : task.classes.map((_, k) => k);
  return classes.map((k) => target.map((y) => (y === k ? 1 : 0)));
}

export function mean(values: Float64Array, weight: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += (weight[i] as number) * (values[i] as number);
    total += weight[i] as number;
  }
  return total > 0 ? sum / total : 0;
}

/** Parts of equal size, drawn. */
export function foldOfRow(rows: number, parts: number, rng: Rng): Uint8Array {
  const order = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  rng.shuffle(order);
  const folds = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) folds[order[i] as number] = i % parts;
  return folds;
}

/** 0 for missing, 1 for levels without a value, 2 + its place for the others. */
function placeOfRow({ codes, levels }: CategoryColumn, fitted: readonly string[]): Int32Array {
  const index = levelIndex(fitted);
  const place = Int32Array.from(levels, (level) => (index.get(level) ?? -1) + 2);
  const places = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) places[i] = (codes[i] as number) < 0 ? 0 : (place[codes[i] as number] as number);
  return places;
}

/** Smoothed means by place over all rows, and for each row over the other folds. */
function encode(
  places: Int32Array,
  count: number,
  answer: Float64Array,
  weight: Float64Array,
  folds: Uint8Array,
  overall: number,
): { full: Float64Array; own: Float64Array } {
  const width = FOLDS + 1;
  const sums = new Float64Array(count * width);
  const weights = new Float64Array(count * width);
  // sums of differences from the mean: what is smoothed away is then 0
  for (let i = 0; i < places.length; i++) {
    const all = (places[i] as number) * width + FOLDS;
    const part = all - FOLDS + (folds[i] as number);
    const w = weight[i] as number;
    const d = w * ((answer[i] as number) - overall);
    sums[all] = (sums[all] as number) + d;
    sums[part] = (sums[part] as number) + d;
    weights[all] = (weights[all] as number) + w;
    weights[part] = (weights[part] as number) + w;
  }
  const full = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const all = p * width + FOLDS;
    full[p] = overall + (p === 1 ? 0 : (sums[all] as number) / ((weights[all] as number) + SMOOTHING));
  }
  const own = new Float64Array(places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    const all = place * width + FOLDS;
    const part = all - FOLDS + (folds[i] as number);
    // a remainder of rounding must not tell a row apart whose level no other part has
    const rest = (weights[all] as number) - (weights[part] as number);
    const others = place === 1 || rest < 1e-9 ? 0 : ((sums[all] as number) - (sums[part] as number)) / (rest + SMOOTHING);
    own[i] = overall + others;
  }
  return { full, own };
}

/** Share of the variance of the answers that the out-of-fold means explain; below 0 when they are worse than the mean. */
export function explained(
  own: readonly Float64Array[],
  answers: readonly Float64Array[],
  weight: Float64Array,
  overall: readonly number[],
): number {
  let left = 0;
  let all = 0;
  for (let k = 0; k < answers.length; k++) {
    const answer = answers[k] as Float64Array;
    const guess = own[k] as Float64Array;
    for (let i = 0; i < answer.length; i++) {
      const w = weight[i] as number;
      const d = (answer[i] as number) - (guess[i] as number);
      const m = (answer[i] as number) - (overall[k] as number);
      left += w * d * d;
      all += w * m * m;
    }
  }
  return all > 0 ? 1 - left / all : 0;
}
