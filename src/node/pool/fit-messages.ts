import type { Column } from '../../core/table.js';
import type { FitJob, FitOutcome, FitSetting, NoFit } from '../../engine/automl/fit-team.js';
import type { Blobs } from '../../model/model.js';

/** The setting as it travels: columns in shared memory instead of a table. */
export interface SharedSetting extends Omit<FitSetting, 'answered'> {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly target: Float64Array;
  readonly weights?: Float64Array;
}

/** What a worker is asked: a fit, or to end the one under way. */
export type FitRequest = { readonly id: number; readonly job: FitJob } | { readonly stop: true };

/** An outcome with its model written down. */
export type SentOutcome = Omit<FitOutcome, 'model'> & { readonly head: Record<string, unknown>; readonly blobs: Blobs };

export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly stack?: string;
}

/** What a worker answers. */
export type FitReply =
  | { readonly ready: true }
  | { readonly id: number; readonly done: number }
  | { readonly id: number; readonly outcome: SentOutcome | NoFit }
  | { readonly id: number; readonly error: SentError };
