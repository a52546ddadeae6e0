import { MillwrightError } from '../../../core/errors.js';

/** A scoring as it was begun. Nothing in it holds a password, nor the query. A type alias, because it is kept as JSON. */
export type ScoreJob = {
  /** What makes two commands the same job: where the rows go, and for a table also what was asked. */
  id: string;
  /** For people. */
  target: string;
  model: string;
  version: string;
  /** SHA-256 of the bundle's file. */
  bundle: string;
  /** SHA-256 of the data. */
  source: string;
  /** SHA-256 of all else that decides what is written. */
  options: string;
  /** UTC; the same in all rows of a job. */
  scoredAt: string;
};

/** How far a job is; a type alias, because it is kept as JSON. */
export type ScoreProgress = {
  chunks: number;
  rows: number;
  /** Of the parts of a file. */
  bytes: number;
  /** Bytes of the whole file, once it is ready to be renamed. */
  whole?: number;
};

/** A job that is going on, or went on before. */
export interface Begun {
  job: ScoreJob;
  progress: ScoreProgress;
  /** Whether an earlier process began it. */
  resumed: boolean;
  /** Nothing is left to do. */
  done?: boolean;
}

export const NOTHING: ScoreProgress = { chunks: 0, rows: 0, bytes: 0 };

/**
 * A job goes on with what it began with, or not at all.
 * @throws MillwrightError `DATA_CHANGED` when the data differs, `OPTION_INVALID` when the model or the options do
 */
export function refuseOther(begun: ScoreJob, asked: ScoreJob): void {
  const hint = 'Bring back what it was begun with, or begin anew with --anew.';
  const unfinished = `The unfinished scoring into ${asked.target}`;
  if (begun.bundle !== asked.bundle) {
    const [was, is] = [begun, asked].map((job) => `${job.model} version ${job.version}`);
    throw new MillwrightError('OPTION_INVALID', `${unfinished} was begun with ${was}; now the model is ${is}.`, hint);
  }
  if (begun.options !== asked.options)
    throw new MillwrightError(
      'OPTION_INVALID',
      `${unfinished} was begun with another --key, --reasons, --interval, --set, --chunk, --replace or --at.`,
      hint,
    );
  if (begun.source !== asked.source)
    throw new MillwrightError('DATA_CHANGED', `${unfinished} was begun with other data: it has changed since.`, hint);
}

export function nothingBegun({ target }: ScoreJob): MillwrightError {
  return new MillwrightError('USAGE', `There is no unfinished scoring into ${target}.`, 'Leave --resume out to begin one.');
}
