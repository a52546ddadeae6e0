import { createHash } from 'node:crypto';
import { MillwrightError } from '../../../core/errors.js';
import { predict } from '../../../model/predict.js';
import { stepsOf, unseenCategories } from '../../../model/unseen-categories.js';
import { type PredictWarning, warningsOf } from '../predict.js';
import type { ScoredModel } from '../score/scored-model.js';
import { type Beside, type ScoredColumn, type ScoredRow, scoredColumns, scoredRows } from '../score/scored-rows.js';
import { surenessOf } from '../sureness.js';
import type { Message } from './inflow.js';
import { type Answer, MESSAGE } from './outflow.js';
import { cellOf, type Row, RowsReader } from './read-rows.js';

/** Signs of what an answer goes by; an index of a database takes no more than a few thousand bytes. */
const LONGEST_ID = 500;

export interface LiveQuestion {
  /** Columns that are copied beside the predictions. */
  key: readonly string[];
  /** The column that says what an answer goes by; without one, the message's id. */
  id: string | undefined;
  reasons: number;
  /** Share of rows that an interval, or a set of classes, is to hold. */
  interval?: number | undefined;
  set?: number | undefined;
}

/** Scores messages with a model. */
export class LiveScorer {
  /** Of an answer: the message, then those of `score`. */
  readonly columns: readonly ScoredColumn[];
  readonly #reader: RowsReader;
  readonly #beside: Beside;
  readonly #unseen = new Map<string, number>();
  faults = 0;

  /** @throws MillwrightError `OPTION_INVALID` when a key has the name of another column of the result, or the model gives no such interval or set */
  constructor(
    private readonly model: ScoredModel,
    private readonly asked: LiveQuestion,
  ) {
    const { task, schema } = model.bundle;
    this.#beside = { reasons: asked.reasons, sureness: surenessOf(model.bundle, asked) };
    this.columns = scoredColumns(task, [MESSAGE, ...asked.key], this.#beside);
    if (new Set(this.columns.map((c) => c.name.toLowerCase())).size < this.columns.length)
      throw new MillwrightError('OPTION_INVALID', `The key "${MESSAGE}" has the name of a column of the result.`, 'Leave it out.');
    this.#reader = new RowsReader(schema);
  }

  get rows(): number {
    return this.#reader.rows;
  }

  /** What of all rows did not fit the model. */
  get warnings(): PredictWarning[] {
    const { absent, unreadable, rows } = this.#reader;
    return warningsOf({ missingColumns: absent, extraColumns: [], unreadable }, this.#unseen, rows);
  }

  /** An answer for each message, in order. @param scoredAt UTC */
  answer(messages: readonly Message[], scoredAt: string): Answer[] {
    const { model, asked } = this;
    const { bundle } = model;
    const { rows, table, of } = this.#reader.read(messages);
    const kept = asked.key.map((name) => rows.map((row) => cellOf(row, name)));
    const stamp = { model: model.name, version: model.version, scoredAt };
    const scored = rows.length === 0 ? [] : scoredRows(bundle, table, kept, predict(bundle, table), this.#beside, stamp);
    for (const [name, count] of unseenCategories(stepsOf(bundle), table)) this.#unseen.set(name, (this.#unseen.get(name) ?? 0) + count);
    return messages.map((message, i): Answer => {
      const at = of[i] as number | MillwrightError;
      const id = asked.id === undefined || typeof at !== 'number' ? message.id : cellOf(rows[at] as Row, asked.id);
      const fits = id !== '' && id.length <= LONGEST_ID;
      const row = typeof at !== 'number' ? at : fits ? (scored[at] as ScoredRow) : noId(asked.id as string);
      if (!(row instanceof MillwrightError)) return { message, id, row };
      this.faults++;
      return { message, id: asked.id === undefined ? message.id : markOf(message), row };
    });
  }
}

/** What goes by its own column cannot do so when it has none: the same bad message has the same mark, which no row has. */
function markOf({ id, body }: Message): string {
  return `?${createHash('sha256')
    .update(body instanceof MillwrightError ? id : body)
    .digest('hex')
    .slice(0, 16)}`;
}

function noId(name: string): MillwrightError {
  return new MillwrightError(
    'SCHEMA_MISMATCH',
    `The row has no "${name}", by which its answer would go, or one that is too long.`,
    `Give each row one of at most ${LONGEST_ID} signs.`,
  );
}
