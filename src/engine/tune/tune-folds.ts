import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { AnsweredRows } from '../automl/answered-rows.js';
import type { Plan } from '../automl/plan.js';
import type { Catalog } from '../catalog.js';
import { foldRows, holdoutRows, isForward } from '../evaluate/splits.js';
import type { Learner, Sample } from '../learn/learner.js';

/** What the folds of a search are made of. */
export interface FoldSource {
  readonly answered: AnsweredRows;
  readonly schema: Schema;
  readonly task: Task;
  readonly plan: Pick<Plan, 'holdout' | 'validation' | 'holidays'>;
  readonly catalog: Catalog;
  /** Of the plan's seed. */
  readonly rng: Rng;
}

/** Both sides of a fold, ready for a learner; preparation has seen the training side alone. */
export interface PreparedFold {
  readonly train: Sample;
  readonly validation: Sample;
}

/**
 * The folds that trials are scored on. The holdout of a run with the same plan is left out, so that its final score stays honest after a search;
 * the folds are those of that run. What is prepared is kept, since every trial needs it again.
 */
export class TuneFolds {
  readonly count: number;
  /** Training rows of the first fold. */
  readonly trainRows: number;
  readonly #rows: readonly { train: Uint32Array; validation: Uint32Array }[];
  readonly #ready = new Map<string, PreparedFold>();

  /** @throws MillwrightError `TOO_FEW_ROWS`, `PLAN_INVALID`, `COLUMN_NOT_FOUND` */
  constructor(
    readonly source: FoldSource,
    readonly input: Learner['input'],
  ) {
    const { answered, plan, task, rng } = source;
    const { table, target } = answered;
    const places = { rows: answered.rows, of: answered.rows.length + answered.setAside };
    const { train } = holdoutRows(plan.holdout, { table, target, task, places, rng: rng.child('holdout') });
    const names = plan.validation.column === undefined ? [] : [plan.validation.column];
    // a search is about many trials: each is scored on every row once
    const once = { ...plan.validation, repeats: 1 };
    const folds = foldRows(once, {
      table: table.select(names).take(train),
      target: pick(target, train),
      task,
      rng: rng.child('folds'),
    }).map((fold) => ({ train: fold.train.map((i) => train[i] as number), validation: fold.validation.map((i) => train[i] as number) }));
    // by time, the last window is the nearest to what will come
    this.#rows = isForward(plan.validation) ? folds.reverse() : folds;
    this.count = this.#rows.length;
    this.trainRows = this.#rows[0]?.train.length ?? 0;
  }

  /** Rows (of the answered ones) that a fold is scored on. */
  validationRows(fold: number): Uint32Array {
    return (this.#rows[fold] as { validation: Uint32Array }).validation;
  }

  /** @param share of the training rows; a smaller share is part of a larger one */
  prepare(fold: number, share: number): PreparedFold {
    const key = `${fold} ${share}`;
    const ready = this.#ready.get(key);
    if (ready) return ready;
    const { answered, schema, task, catalog, rng, plan } = this.source;
    const { train: all, validation } = this.#rows[fold] as { train: Uint32Array; validation: Uint32Array };
    const train = share < 1 ? this.#part(fold, all, share) : all;
    const rows = sample(answered.table.take(train), answered, train);
    const { steps, train: table } = catalog.fitRecipe({
      ...rows,
      schema,
      task,
      input: this.input,
      holidays: plan.holidays,
      rng: rng.child('prepare', this.input),
    });
    const prepared: PreparedFold = {
      train: { ...rows, table },
      validation: sample(applyRecipe(steps, answered.table.take(validation)), answered, validation),
    };
    this.#ready.set(key, prepared);
    return prepared;
  }

  /** A share of a fold's training rows with the same mixture of classes, no class left out. */
  #part(fold: number, rows: Uint32Array, share: number): Uint32Array {
    const { answered, task, rng } = this.source;
    const shuffled = rng.child('share', fold).shuffle(rows.slice());
    const classOf = (row: number): number => (task.kind === 'regression' ? 0 : (answered.target[row] as number));
    const sizes = new Map<number, number>();
    for (const row of shuffled) sizes.set(classOf(row), (sizes.get(classOf(row)) ?? 0) + 1);
    const dealt = new Map<number, number>();
    // each class is spread evenly over the order, from its very beginning
    const placed = Array.from(shuffled, (row, i) => {
      const before = dealt.get(classOf(row)) ?? 0;
      dealt.set(classOf(row), before + 1);
      return { row, i, place: before / (sizes.get(classOf(row)) as number) };
    });
    placed.sort((a, b) => a.place - b.place || a.i - b.i);
    const count = Math.max(Math.min(rows.length, sizes.size), Math.round(share * rows.length));
    return Uint32Array.from(placed.slice(0, count), ({ row }) => row).sort();
  }
}

function sample(table: Table, answered: AnsweredRows, rows: Uint32Array): Sample {
  return { table, target: pick(answered.target, rows), weights: answered.weights && pick(answered.weights, rows) };
}

function pick(values: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] as number);
}
