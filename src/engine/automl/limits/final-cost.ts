import { outputCount, type Schema, type Task } from '../../../core/schema.js';
import type { Model } from '../../../model/model.js';
import type { StepData } from '../../../model/step.js';
import type { RunContext } from '../run-context.js';
import type { Trial } from '../trial.js';
import type { Limits } from './limits.js';
import { type Cost, memberCost, modelCost, noCost, plus, times } from './model-cost.js';
import { recipeCost } from './recipe-cost.js';

/** Nanoseconds to read a cell of a plain object, by the column's type; and to begin and end with a row. */
const CELL: Readonly<Record<string, number>> = { number: 90, boolean: 150, datetime: 400, category: 120, text: 160 };
const ROW = 600;
const CLASS = 60;
/** Bytes of a bundle beside its preparation and its model. */
const BUNDLE_BYTES = 2500;
const COLUMN_BYTES = 110;
/** Of every final model: reading a row and saying what it is. */
function readingCost(schema: Schema, task: Task): Cost {
  let nanoseconds = ROW + CLASS * outputCount(task);
  let bytes = BUNDLE_BYTES;
  for (const { use, type } of schema.columns) {
    bytes += COLUMN_BYTES;
    if (use === 'feature' || use === 'time') nanoseconds += CELL[type] ?? 0;
  }
  return { nanoseconds, bytes };
}

/** What final models made of trials cost. */
export class FinalCosts {
  readonly #reading: Cost;
  readonly #outputs: number;
  readonly #models = new Map<Trial, Cost>();
  readonly #recipes = new Map<string, Cost>();

  readonly #rows: number;

  constructor(context: RunContext) {
    this.#rows = context.answered.rows.length;
    this.#reading = readingCost(context.schema, context.task);
    this.#outputs = outputCount(context.task);
  }

  /** Of a model of a trial's on all rows, without its preparation: as dear as the dearest of its folds, and larger as it grows with rows. */
  ofModel(trial: Trial): Cost {
    let cost = this.#models.get(trial);
    if (!cost) {
      let most: Cost = noCost;
      for (const { model, recipe, trainRows } of trial.fits) {
        const more = Math.max(1, this.#rows / Math.max(1, trainRows));
        const grown = model.kind === 'neighbours' ? more : model.kind === 'trees' ? Math.sqrt(more) : 1;
        const { nanoseconds, bytes } = times(modelCost(model, recipe), grown);
        most = { nanoseconds: Math.max(most.nanoseconds, nanoseconds), bytes: Math.max(most.bytes, bytes) };
      }
      cost = most;
      this.#models.set(trial, cost);
    }
    return cost;
  }

  /** Of what its members share: reading and their preparations. */
  ofRest(members: readonly Trial[]): Cost {
    let sum = this.#reading;
    const inputs = new Set<string>();
    for (const { learner, fits } of members) {
      if (inputs.has(learner.input) || !fits[0]) continue;
      inputs.add(learner.input);
      let cost = this.#recipes.get(learner.input);
      if (!cost) {
        cost = recipeCost(fits[0].recipe);
        this.#recipes.set(learner.input, cost);
      }
      sum = plus(sum, cost);
    }
    return sum;
  }

  /** Of a final model of these members, each fitted once. */
  of(members: readonly Trial[]): Cost {
    let sum = this.ofRest(members);
    for (const trial of members) sum = plus(sum, plus(this.ofModel(trial), members.length > 1 ? memberCost(this.#outputs) : noCost));
    return sum;
  }

  /** Of a finished model. */
  ofPipeline(recipe: readonly StepData[], model: Model): Cost {
    return plus(this.#reading, plus(recipeCost(recipe), modelCost(model, recipe)));
  }
}

/** Whether a cost is within the limits. */
export function isWithin({ nanoseconds, bytes }: Cost, { latency, size }: Limits): boolean {
  return (latency === null || nanoseconds <= latency * 1000) && (size === null || bytes <= size);
}
