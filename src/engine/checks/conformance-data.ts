import { Deadline } from '../../core/clock.js';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import { outputCount, type Task, type TaskKind } from '../../core/schema.js';
import { type Column, Table } from '../../core/table.js';
import type { FitContext, Learner, Sample } from '../learn/learner.js';

export const KINDS: readonly TaskKind[] = ['binary', 'multiclass', 'regression'];

export function taskOf(kind: TaskKind): Task {
  const classes = kind === 'regression' ? [] : kind === 'binary' ? ['no', 'yes'] : ['a', 'b', 'c', 'd'];
  return { kind, target: 'y', classes, reason: 'conformance' };
}

/** A clock that stands still: no deadline but one that has already passed ever expires. */
const still = { now: () => 0, pause: async () => {} };

export function contextOf(kind: TaskKind, seed = 1, deadline = new Deadline(still, Number.POSITIVE_INFINITY)): FitContext {
  return { task: taskOf(kind), rng: new Rng(seed), deadline };
}

/** Time that passes one millisecond with every look at the clock. */
export function tickingDeadline(milliseconds: number): Deadline {
  let now = 0;
  return new Deadline({ now: () => now++, pause: async () => {} }, milliseconds);
}

/** Rows whose answer depends on the first columns; with a constant, noise, and, for trees, missing cells and categories. */
export function conformanceSample(learner: Learner, kind: TaskKind, rows: number, seed: number): Sample {
  const rng = new Rng(seed);
  const gauss = (): number => normalQuantile((rng.uint32() + 0.5) / 4294967296);
  const numeric = (name: string, values: Float64Array): Column => ({ kind: 'numeric', name, values });
  const x = Array.from({ length: 4 }, () => Float64Array.from({ length: rows }, gauss));
  const codes = Int32Array.from({ length: rows }, () => rng.below(5));
  const k = outputCount(taskOf(kind));
  const target = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const a = x[0]?.[i] as number;
    const b = x[1]?.[i] as number;
    const lift = learner.input === 'trees' ? ([1.5, -1.5, 0, 0.5, -0.5][codes[i] as number] as number) : 0;
    const z = 1.6 * a - b + lift + 0.5 * gauss();
    target[i] =
      kind === 'regression' ? 50 + 10 * z : kind === 'binary' ? (z > 0 ? 1 : 0) : Math.min(k - 1, Math.max(0, Math.floor(z + k / 2)));
  }
  const columns: Column[] = [
    numeric('signal', x[0] as Float64Array),
    // a legal column name that breaks objects used as maps
    numeric('__proto__', x[1] as Float64Array),
    numeric('noise', x[2] as Float64Array),
    numeric('flat', new Float64Array(rows)),
  ];
  if (learner.input === 'trees') {
    const holes = (x[3] as Float64Array).map((v) => (rng.below(3) === 0 ? Number.NaN : v));
    columns.push(numeric('holes', holes), numeric('empty', new Float64Array(rows).fill(Number.NaN)));
    columns.push({
      kind: 'category',
      name: 'city',
      codes: codes.map((c) => (rng.below(12) === 0 ? -1 : c)),
      levels: ['Oslo', 'Bergen', 'Lima', 'Kyoto', 'Ürümqi'],
    });
  }
  return { table: new Table(columns), target };
}

/**
 * Two halves with the same columns and opposite answers: only row weights say which half is right.
 * @param heavy weight of the first half; the second half weighs 1
 */
export function disputedSample(learner: Learner, kind: TaskKind, rows: number, heavy: number, seed: number): Required<Sample> {
  const half = conformanceSample(learner, kind, rows, seed);
  const top = outputCount(taskOf(kind)) - 1;
  const twice = Uint32Array.from({ length: 2 * rows }, (_, i) => i % rows);
  const flip = (y: number): number => (kind === 'regression' ? 100 - y : top - y);
  return {
    table: half.table.take(twice),
    target: Float64Array.from(twice, (row, i) => (i < rows ? (half.target[row] as number) : flip(half.target[row] as number))),
    weights: Float64Array.from(twice, (_, i) => (i < rows ? heavy : 1)),
  };
}

/** The sample with every row as often as its weight, and no weights. */
export function repeated(sample: Required<Sample>): Sample {
  const rows: number[] = [];
  for (let i = 0; i < sample.target.length; i++) for (let r = 0; r < (sample.weights[i] as number); r++) rows.push(i);
  const order = Uint32Array.from(rows);
  return { table: sample.table.take(order), target: Float64Array.from(order, (r) => sample.target[r] as number) };
}
