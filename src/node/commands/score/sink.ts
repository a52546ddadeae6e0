import type { Begun, ScoreJob, ScoreProgress } from './job.js';
import type { ScoredRow } from './scored-rows.js';

/** Where scored rows go. A chunk is there whole or not at all. */
export interface Sink {
  /**
   * @param begun what the ledger knows; the sink may know better
   * @param resume whether it must have been begun before
   * @throws MillwrightError `USAGE`, `DATA_CHANGED`, `OPTION_INVALID` when it was begun otherwise
   */
  begin(begun: Begun, asked: ScoreJob, resume: boolean): Promise<Begun>;
  /** Writes the next chunk. @returns how far the job is then */
  put(chunk: number, rows: readonly ScoredRow[]): Promise<ScoreProgress>;
  /** Makes the whole visible. */
  finish(advance: (progress: ScoreProgress) => Promise<void>): Promise<void>;
  close(left: 'done' | 'nothing' | 'unfinished'): Promise<void>;
}
