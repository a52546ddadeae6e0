import type { Schema, Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Model } from '../../model/model.js';
import type { StepData } from '../../model/step.js';
import type { Parameters } from '../learn/learner.js';
import type { Calendar } from '../prep/calendar.js';
import type { FeatureSpec } from '../prep/feature-spec.js';

/** What preparation does beyond the schema. */
export interface Preparation {
  /** Columns to add. */
  readonly features: readonly FeatureSpec[];
  /** Raw columns to leave out. */
  readonly drop: readonly string[];
  /** Leave out columns too that the training rows of the fit show to tell no more than shuffled ones. */
  readonly selected?: boolean;
}

/** Rows after the answered ones, the answers that others foresaw for them (class index or number), and what each weighs: 1 as an answered row. */
export interface TaughtRows {
  readonly rows: Uint32Array;
  readonly target: Float64Array;
  readonly weights: Float64Array;
}

/** One fit, named so that it is the same wherever and whenever it is done. */
export interface FitJob {
  /** Names the fit: its random numbers hang on it. */
  readonly place: string;
  /** Names the rows: jobs of one division share its preparation. */
  readonly division: string;
  /** Indices into the answered rows; the validation rows (if any) stop the fit early and are predicted. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  /** A learner's id. */
  readonly learner: string;
  readonly parameters: Parameters;
  readonly preparation?: Preparation;
  /** Rows without an answer that are learned from too. */
  readonly taught?: TaughtRows;
  /** Milliseconds after which the fit ends early with what it has; Infinity: never. */
  readonly milliseconds: number;
  /** Recorded work, to be repeated exactly. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** What a fit gave, and what it took. */
export interface FitOutcome {
  readonly model: Model;
  readonly recipe: StepData[];
  readonly work: Record<string, number>;
  readonly cut: boolean;
  /** Row-major predictions of the validation rows. */
  readonly predicted: Float64Array;
  readonly trainRows: number;
  /** Columns that the learner was given. */
  readonly columns: number;
  /** Milliseconds of the preparation (0 when it was ready), of the fit and of the predictions. */
  readonly milliseconds: { readonly prepare: number; readonly fit: number; readonly predict: number };
}

/** Why a fit gave nothing: memory was short, or there was no column to fit on. */
export type NoFit = 'memory' | 'columns';

/** Does fits, several at once where there are threads; what comes out does not depend on how many. */
export interface FitTeam {
  /** Fits at once. */
  readonly size: number;
  /** @param slot which of the team, 0 to `size` − 1; one fit at a time each */
  fit(slot: number, job: FitJob, onProgress?: (done: number) => void): Promise<FitOutcome | NoFit>;
  /** What an earlier part of the run got from this job, when it was killed and goes on; takes no time. */
  recall?(job: Omit<FitJob, 'milliseconds'>): FitOutcome | NoFit | undefined;
  /** Ends the fits that are under way as soon as they can; they give what they have. */
  stop(): void;
}

/** What all fits of a run share. */
export interface FitSetting {
  /** The raw rows may go on with rows that have no answer. */
  readonly answered: { readonly table: Table; readonly target: Float64Array; readonly weights?: Float64Array };
  readonly schema: Schema;
  readonly task: Task;
  readonly seed: number;
  /** Whose holidays dates are told by. */
  readonly holidays?: readonly Calendar[];
}
