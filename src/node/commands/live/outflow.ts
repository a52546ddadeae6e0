import type { MillwrightError } from '../../../core/errors.js';
import { ndjsonText, type ScoredColumn, type ScoredRow } from '../score/scored-rows.js';
import { writeOut } from '../write-out.js';
import type { Inflow, Message } from './inflow.js';

/** What is said to a message: the cells of its columns, or what is wrong with it. */
export interface Answer {
  readonly message: Message;
  /** What the answer goes by: the message's id, or the one that the row itself gave. */
  readonly id: string;
  readonly row: ScoredRow | MillwrightError;
}

/** Where answers go. */
export interface Outflow {
  /** For people. */
  readonly label: string;
  /** Writes answers; once it resolves they are there for good. Those that are there already are passed over. @returns how many were new */
  put(answers: readonly Answer[]): Promise<number>;
  /** Forgets what need not be remembered any more; called after an acknowledgement. */
  settle?(inflow: Inflow): Promise<void>;
  close(): Promise<void>;
}

/** The name of the column that answers go by. */
export const MESSAGE = 'message';

/** A line of JSON for each answer; one that is an error stands in its place. */
export function answerLines(columns: readonly ScoredColumn[], answers: readonly Answer[]): string {
  return answers
    .map(({ id, row }) =>
      row instanceof Error
        ? `${JSON.stringify({ [MESSAGE]: id, error: { code: row.code, message: row.message } })}\n`
        : ndjsonText(columns, [[id, ...row]]),
    )
    .join('');
}

/** Standard output: whoever reads sets the pace. */
export class StandardOutflow implements Outflow {
  readonly label = 'standard output';
  constructor(private readonly columns: readonly ScoredColumn[]) {}

  async put(answers: readonly Answer[]): Promise<number> {
    await writeOut(answerLines(this.columns, answers));
    return answers.length;
  }

  async close(): Promise<void> {
    // the end of the process closes it
  }
}
