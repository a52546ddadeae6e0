import type { Rng } from '../../core/rng.js';
import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { StepData } from '../../model/step.js';
import type { Calendar } from './calendar.js';
import type { FeatureSpec } from './feature-spec.js';
import type { TextMemo } from './fit-text-scores.js';

/** What a model reads: `trees` numbers with gaps and category codes, `dense` complete standardised numbers. */
export type RecipeInput = 'trees' | 'dense';

/** Training rows and what to prepare them for. */
export interface RecipeRequest {
  /** Raw columns of the training rows alone; the target, if there, is left out. */
  readonly table: Table;
  readonly schema: Schema;
  readonly task: Task;
  readonly input: RecipeInput;
  /** Class index or number, one a row: for encodings that learn from the answers. */
  readonly target: Float64Array;
  readonly weights?: Float64Array;
  /** Draws the parts of out-of-fold encodings. */
  readonly rng: Rng;
  /**
   * For `trees`: `codes` (the default) keeps each category as it is; `answers` replaces those of many levels by the mean answers of their rows,
   * which makes a model that errs otherwise.
   */
  readonly categories?: 'codes' | 'answers';
  /** Keeps what was learnt from texts for another recipe on the same rows with the same `rng`: it does not depend on `input`. */
  readonly texts?: TextMemo;
  /** Columns to add. */
  readonly features?: readonly FeatureSpec[];
  /** Whose holidays dates are told by. */
  readonly holidays?: readonly Calendar[];
  /** Raw columns to leave out. */
  readonly drop?: readonly string[];
}

export interface FittedRecipe {
  /** For rows to be scored. */
  readonly steps: StepData[];
  /** The training rows, prepared: unlike `applyRecipe(steps, table)` where an encoding learnt from answers, which each row sees without its own. */
  readonly train: Table;
}
