import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import { applyRecipe } from '../../model/recipe.js';
import type { StepData } from '../../model/step.js';
import type { Catalog } from '../catalog.js';
import type { Learner, Sample } from '../learn/learner.js';
import type { AnsweredRows } from './answered-rows.js';
import type { FoldRows } from './fold-rows.js';
import type { Pace } from './pace.js';

/** One input kind's recipe, fitted on the training rows of a fold alone, and both parts as it prepares them. */
export interface Prepared {
  readonly recipe: StepData[];
  readonly train: Sample;
  readonly validation: Sample | undefined;
}

/** What every fold needs to know. */
export interface FoldContext {
  readonly answered: AnsweredRows;
  readonly schema: Schema;
  readonly task: Task;
  readonly catalog: Catalog;
  readonly pace: Pace;
  readonly rng: Rng;
}

/** A division of the rows whose preparation is done once for all candidates of one input kind. */
export class Fold {
  readonly #prepared = new Map<Learner['input'], Prepared>();
  readonly target: Float64Array;

  constructor(
    readonly context: FoldContext,
    readonly rows: FoldRows,
  ) {
    this.target = pick(context.answered.target, rows.validation);
  }

  /** Whether `prepare` would cost nothing. */
  has(input: Learner['input']): boolean {
    return this.#prepared.has(input);
  }

  prepare(input: Learner['input']): Prepared {
    const ready = this.#prepared.get(input);
    if (ready) return ready;
    const { answered, schema, task, catalog, pace, rng } = this.context;
    const { train, validation } = this.rows;
    const prepared = pace.time(`prepare ${input}`, train.length + validation.length, (): Prepared => {
      const raw = answered.table.take(train);
      const rows = sample(raw, answered, train);
      const { steps, train: ready } = catalog.fitRecipe({ ...rows, schema, task, input, rng: rng.child('prepare', input) });
      return {
        recipe: steps,
        train: { ...rows, table: ready },
        validation: validation.length > 0 ? sample(applyRecipe(steps, answered.table.take(validation)), answered, validation) : undefined,
      };
    });
    this.#prepared.set(input, prepared);
    return prepared;
  }

  /** The rows as they are, for learners that look at no column. */
  bare(): Prepared {
    const { answered } = this.context;
    const none = (rows: Uint32Array): Table => answered.table.select([]).take(rows);
    const { train, validation } = this.rows;
    return {
      recipe: [],
      train: sample(none(train), answered, train),
      validation: validation.length > 0 ? sample(none(validation), answered, validation) : undefined,
    };
  }
}

function sample(table: Table, answered: AnsweredRows, rows: Uint32Array): Sample {
  return { table, target: pick(answered.target, rows), weights: answered.weights && pick(answered.weights, rows) };
}

/** The values at the given places. */
export function pick(values: Float64Array, rows: Uint32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i] as number] as number;
  return picked;
}
