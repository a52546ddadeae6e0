import type { RunProgress } from '../../engine/automl/result.js';

/** What a command may tell and hear while it works. */
export interface CommandContext {
  /** Moment on `nodeClock` from which a budget counts; 0 is the start of the process. */
  readonly startedAt: number;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Something that a person should know, in a sentence. */
  readonly onNote?: (note: string) => void;
  /** Ends the work early, with the best so far. */
  readonly signal?: AbortSignal;
  /** The command as typed, for the report. */
  readonly commandLine?: string;
}
