import type { Schema, Task } from '../core/schema.js';
import type { Table } from '../core/table.js';
import type { StepData } from '../model/step.js';
import type { Learner } from './learn/learner.js';
import { fitRecipe } from './prep/fit-recipe.js';

/** What a run may choose from; handed to it, so that tests and other hosts can bring their own. */
export interface Catalog {
  /** The simplest first. */
  readonly learners: readonly Learner[];
  /** Fits the preparation of one learner's input on training rows; the table holds no target. */
  readonly fitRecipe: (table: Table, schema: Schema, task: Task, input: Learner['input']) => StepData[];
}

/** The catalog of that list of learners, with the preparation that Millwright ships. */
export function catalogOf(learners: readonly Learner[]): Catalog {
  return { learners, fitRecipe };
}
