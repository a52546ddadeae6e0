import { argsort } from '../../core/argsort.js';
import { MillwrightError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { SplitPlan } from '../automl/plan.js';
import { dealGroups, groupKeys, moveLostClasses } from './split-groups.js';

/** Whether later rows are judged by what was learned from earlier ones. */
export const isForward = ({ kind }: Pick<SplitPlan, 'kind'>): boolean => kind === 'time' || kind === 'order';

/** The rows to split. Row numbers in the answers count from 0 within these rows. */
export interface SplitInput {
  /** Raw rows; read for the group or time column only. */
  readonly table: Table;
  /** Class index, or the number. */
  readonly target: Float64Array;
  readonly task: Task;
  readonly rng: Rng;
  /** Time splits: training rows nearer than this to the first later row are left out, in the unit of the column (ms for dates). */
  readonly embargo?: number;
  /** Number of each row in the table as it was read, and how many rows that has; absent when these are all of them. */
  readonly places?: { readonly rows: Uint32Array; readonly of: number };
}

export interface Fold {
  /** Ascending row numbers. */
  train: Uint32Array;
  /** Ascending row numbers; no row is in the validation of two folds of one division. */
  validation: Uint32Array;
}

/**
 * Keeps rows aside that nothing looks at until the very end. Every class stays in `train` (except when split by time); equal seeds give
 * equal rows. A `fraction` of 0 keeps none aside.
 * @throws MillwrightError `TOO_FEW_ROWS`, `PLAN_INVALID`, `COLUMN_NOT_FOUND`
 * @example holdoutRows({ kind: 'random', reason: '', fraction: 0.2 }, { table, target, task, rng: new Rng(1) })
 */
export function holdoutRows(plan: SplitPlan & { fraction: number }, input: SplitInput): { train: Uint32Array; holdout: Uint32Array } {
  const { fraction } = plan;
  const all = Uint32Array.from(input.target, (_, i) => i);
  if (fraction === 0) return { train: all, holdout: new Uint32Array(0) };
  if (plan.kind === 'order') return lastRows(fraction, all, input);
  const { train, validation } = splitOnce(plan, fraction, input);
  return { train, holdout: validation };
}

/** The share is of all rows that were read, so that it may name the very rows that came last. */
function lastRows(fraction: number, all: Uint32Array, { places }: SplitInput): { train: Uint32Array; holdout: Uint32Array } {
  const { rows, of } = places ?? { rows: all, of: all.length };
  const from = of - Math.round(fraction * of);
  const cut = rows.findIndex((row) => row >= from);
  if (cut < 2) throw tooFew(all.length, `the last ${Math.round(100 * fraction)} % are kept aside, and both sides need some`);
  return { train: all.slice(0, cut), holdout: all.slice(cut) };
}

/** The share of rows for a single validation split: more for small tables, at least a hundredth. */
export function validationFraction(rows: number): number {
  return rows < 5000 ? Math.max(0.1, Math.min(0.2, 500 / rows)) : Math.max(0.01, Math.min(0.1, 2500 / rows));
}

/**
 * Splits for choosing between models. One fold is a single split (see `validationFraction`); with time, folds are expanding windows: each
 * trains on all that came before, and the oldest part is never validated on. A class with one row is never validated on. With `repeats` the
 * rows are divided several times, the folds of one division after those of the other; by time there is but one way.
 * @throws MillwrightError `TOO_FEW_ROWS`, `PLAN_INVALID`, `COLUMN_NOT_FOUND`
 */
export function foldRows(plan: SplitPlan & { folds: number; repeats?: number }, input: SplitInput): Fold[] {
  const repeats = isForward(plan) ? 1 : (plan.repeats ?? 1);
  const first = foldsOnce(plan, input);
  const again = Array.from({ length: repeats - 1 }, (_, r) => foldsOnce(plan, { ...input, rng: input.rng.child('repeat', r) }));
  return [first, ...again].flat();
}

function foldsOnce(plan: SplitPlan & { folds: number }, input: SplitInput): Fold[] {
  const n = input.target.length;
  if (plan.folds === 1) return [splitOnce(plan, validationFraction(n), input)];
  if (n < 2 * plan.folds) throw tooFew(n, `${plan.folds} folds need at least ${2 * plan.folds}`);
  if (isForward(plan))
    return timeFolds(
      plan,
      Array.from({ length: plan.folds }, (_, i) => (i + 1) / (plan.folds + 1)),
      input,
    );
  const part = parts(
    plan,
    Array.from({ length: plan.folds }, () => 1 / plan.folds),
    input,
    false,
  );
  return Array.from({ length: plan.folds }, (_, f) => foldOf(part, f));
}

function splitOnce(plan: SplitPlan, fraction: number, input: SplitInput): Fold {
  const n = input.target.length;
  if (n < 4) throw tooFew(n, 'a split needs at least 4');
  if (isForward(plan)) return timeFolds(plan, [1 - Math.max(1 / n, fraction)], input)[0] as Fold;
  const kept = Math.max(1, Math.round(n * fraction)) / n;
  return foldOf(parts(plan, [kept, 1 - kept], input, true), 0);
}

function tooFew(rows: number, need: string): MillwrightError {
  return new MillwrightError(
    'TOO_FEW_ROWS',
    `There are ${rows} rows, but ${need}.`,
    'Bring more rows, or ask for fewer folds or a smaller holdout in the plan.',
  );
}

function columnOf(plan: SplitPlan, input: SplitInput) {
  if (plan.column === undefined)
    throw new MillwrightError(
      'PLAN_INVALID',
      `The plan splits by ${plan.kind} but names no column.`,
      `Name the ${plan.kind} column, or choose another kind of split.`,
    );
  return input.table.column(plan.column);
}

/** Gives every row the number of its part; −1: in no part. */
function parts(plan: SplitPlan, shares: number[], input: SplitInput, single: boolean): Int32Array {
  const { target, task, rng } = input;
  const classes = task.kind === 'regression' ? undefined : target;
  if (plan.kind === 'group') {
    const keys = groupKeys(columnOf(plan, input));
    const part = dealGroups(keys, classes, shares, rng, single);
    if (classes && single) moveLostClasses(part, classes, keys.group);
    return part;
  }
  const strata = plan.kind === 'stratified' ? (classes ?? quantileBins(target)) : new Float64Array(target.length);
  const part = dealRows(strata, shares, rng);
  if (classes) {
    if (single) moveLostClasses(part, classes);
    else spreadRareClasses(part, classes, shares.length);
  }
  return part;
}

/** Ten bins of equal size, so that a number can be stratified on. */
function quantileBins(target: Float64Array): Float64Array {
  const order = argsort(target);
  const bins = new Float64Array(target.length);
  const count = Math.max(1, Math.min(10, Math.floor(target.length / 10)));
  for (let i = 0; i < order.length; i++) bins[order[i] as number] = Math.floor((i * count) / order.length);
  return bins;
}

/** Shuffles each stratum and deals it out in proportion; what rounding leaves over is carried on to the next stratum. */
function dealRows(strata: Float64Array, shares: number[], rng: Rng): Int32Array {
  const byStratum = new Map<number, number[]>();
  for (let i = 0; i < strata.length; i++) {
    const rows = byStratum.get(strata[i] as number);
    if (rows) rows.push(i);
    else byStratum.set(strata[i] as number, [i]);
  }
  const part = new Int32Array(strata.length);
  const owed = new Float64Array(shares.length);
  for (const stratum of [...byStratum.keys()].sort((a, b) => a - b)) {
    const rows = rng.shuffle(Uint32Array.from(byStratum.get(stratum) as number[]));
    const counts = shares.map((share, p) => {
      owed[p] = (owed[p] as number) + share * rows.length;
      const count = Math.max(0, Math.floor((owed[p] as number) + 1e-9));
      owed[p] = (owed[p] as number) - count;
      return count;
    });
    let left = rows.length - counts.reduce((a, b) => a + b, 0);
    for (; left > 0; left--) {
      let most = 0;
      for (let p = 1; p < shares.length; p++) if ((owed[p] as number) > (owed[most] as number) + 1e-12) most = p;
      counts[most] = (counts[most] as number) + 1;
      owed[most] = (owed[most] as number) - 1;
    }
    let at = 0;
    for (let p = 0; p < shares.length; p++)
      for (let c = 0; c < (counts[p] as number) && at < rows.length; c++) part[rows[at++] as number] = p;
  }
  return part;
}

/** No class may be missing from a fold's training: its only row is validated on by none, and one of several rows that all met in one fold moves on. */
function spreadRareClasses(part: Int32Array, classes: Float64Array, partCount: number): void {
  const seen = new Map<number, { first: number; rows: number; together: boolean }>();
  for (let i = 0; i < part.length; i++) {
    const k = seen.get(classes[i] as number);
    if (!k) seen.set(classes[i] as number, { first: i, rows: 1, together: true });
    else {
      k.rows++;
      k.together &&= part[i] === part[k.first];
    }
  }
  for (const { first, rows, together } of seen.values())
    if (together) part[first] = rows === 1 ? -1 : ((part[first] as number) + 1) % partCount;
}

function foldOf(part: Int32Array, fold: number): Fold {
  const train: number[] = [];
  const validation: number[] = [];
  for (let i = 0; i < part.length; i++) (part[i] === fold ? validation : train).push(i);
  if (validation.length === 0 || train.length === 0) throw tooFew(part.length, 'one side of a split would have none');
  return { train: Uint32Array.from(train), validation: Uint32Array.from(validation) };
}

/** Expanding windows that begin their validation at the given shares of the rows in time order. Rows of one moment stay together. */
function timeFolds(plan: SplitPlan, starts: number[], input: SplitInput): Fold[] {
  const time = timesOf(plan, input);
  const n = time.length;
  const by = plan.kind === 'order' ? 'their order' : `"${plan.column}"`;
  const sorted = argsort(time);
  let known = n;
  while (known > 0 && Number.isNaN(time[sorted[known - 1] as number])) known--;
  // rows without a time count as the oldest: they are trained on, never validated on
  const order = new Uint32Array(n);
  order.set(sorted.subarray(known), 0);
  order.set(sorted.subarray(0, known), n - known);
  const timeAt = (i: number): number => time[order[i] as number] as number;
  const boundary = (wanted: number): number => {
    const isBoundary = (i: number): boolean => i > 0 && i < n && i >= n - known && timeAt(i - 1) !== timeAt(i);
    for (let d = 0; d < n; d++) {
      if (isBoundary(wanted + d)) return wanted + d;
      if (isBoundary(wanted - d)) return wanted - d;
    }
    throw new MillwrightError(
      'TOO_FEW_ROWS',
      `The rows cannot be split by ${by}: there are not two different times.`,
      'Choose another kind of split in the plan.',
    );
  };
  const cuts = starts.map((s) => boundary(Math.min(n - 1, Math.max(1, Math.round(s * n)))));
  const ends = [...cuts.slice(1), n];
  return cuts.map((cut, f) => {
    const end = ends[f] as number;
    let trainEnd = cut;
    while (input.embargo && trainEnd > 0 && timeAt(trainEnd - 1) > timeAt(cut) - input.embargo) trainEnd--;
    if (trainEnd === 0 || end <= cut)
      throw tooFew(n, `${starts.length} ${starts.length === 1 ? 'part' : 'parts'} by ${by} need more different times`);
    return { train: order.slice(0, trainEnd).sort(), validation: order.slice(cut, end).sort() };
  });
}

/** When each row happened; by order, its number. */
function timesOf(plan: SplitPlan, input: SplitInput): Float64Array {
  if (plan.kind === 'order') return Float64Array.from(input.target, (_, i) => i);
  const column = columnOf(plan, input);
  if (column.kind === 'numeric') return column.values;
  throw new MillwrightError(
    'PLAN_INVALID',
    `The column "${column.name}" has no order in time.`,
    'Split by time on a date or number column.',
  );
}
