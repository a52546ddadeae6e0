import { MillwrightError } from '../../../core/errors.js';
import type { ColumnSchema } from '../../../core/schema.js';
import { answersIn } from '../../../engine/automl/answered-rows.js';
import type { Alert } from '../../../engine/monitor/alert.js';
import { predictionsAsColumns, timesOf } from '../../../engine/monitor/build-reference.js';
import { ExpectationCheck, type Unmet } from '../../../engine/monitor/expectations.js';
import { Monitor } from '../../../engine/monitor/monitor.js';
import { codeRows } from '../../../engine/monitor/observer.js';
import { scoringOf } from '../../../engine/monitor/performance/bundle-scoring.js';
import { type PerformanceReport, performanceReport } from '../../../engine/monitor/performance/performance-report.js';
import { predict } from '../../../model/predict.js';
import { tableFromRows } from '../../../model/table-from-rows.js';
import type { Monitoring } from '../monitor.js';
import { DoneMarks } from './done-marks.js';
import type { Delivery, Inflow, Message } from './inflow.js';
import { cellOf, type Row, RowsReader, rowOf } from './read-rows.js';
import { ScoreWatch } from './score-watch.js';

/** What a watching of a stream goes on from. */
export interface WatchState {
  version: 1;
  monitor: unknown;
  done: unknown;
  scores?: unknown;
  /** When the first of its rows came, where its alerts go to a project. */
  begun?: string;
}

/** How a stream is watched beside what files are watched by. */
export interface StreamQuestion {
  /** Whether messages may come twice. */
  again: boolean;
  /** The column that rows and answers have in common. */
  key: string | undefined;
  /** Whether the rows that are compared with are those of training, so that scores can be told. */
  scores: boolean;
  /** Milliseconds, by a clock that only goes forward. */
  now: () => number;
}

/** What messages came to. */
export interface Taken {
  raised: readonly Alert[];
  faults: readonly { message: Message; error: MillwrightError }[];
}

/** Milliseconds between two looks at the scores. */
const LOOK_EVERY = 1000;

/** Rows that come one by one, and answers to them that come later, beside those that a model was trained on. */
export class StreamWatch {
  readonly monitor: Monitor;
  messages = 0;
  faults = 0;
  readonly #done: DoneMarks;
  readonly #check: ExpectationCheck | undefined;
  readonly #reader: RowsReader;
  readonly #scores: ScoreWatch | undefined;
  readonly #target: ColumnSchema | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when the state is of another model */
  constructor(
    private readonly how: Monitoring,
    private readonly asked: StreamQuestion,
    kept: WatchState | undefined,
  ) {
    const { reference, schema, bundle } = how;
    this.monitor = kept ? Monitor.fromJSON(kept.monitor, reference, how) : new Monitor(reference, how);
    this.#done = kept && asked.again ? DoneMarks.fromJSON(kept.done) : new DoneMarks();
    this.#check = how.rules && new ExpectationCheck(how.rules, schema);
    this.#reader = new RowsReader(schema);
    this.#target = schema.columns.find((c) => c.name === bundle.task.target);
    if (asked.scores)
      this.#scores = new ScoreWatch({ ...scoringOf(bundle, reference), window: how.window }, how.ignore ?? new Set(), kept?.scores);
  }

  /** Alerts so far, of columns and of scores. */
  get alerts(): readonly Alert[] {
    return [...this.monitor.alerts, ...(this.#scores?.alerts ?? [])];
  }

  take(delivery: Delivery): Taken {
    const { bundle, reference, column } = this.how;
    const { again, key, now } = this.asked;
    const messages = again ? delivery.messages.filter((m) => !this.#done.has(m)) : delivery.messages;
    if (again) for (const message of messages) this.#done.add(message);
    this.messages += messages.length;
    const rows: { message: Message; row: Row | MillwrightError }[] = [];
    const answers: Row[] = [];
    for (const message of messages) {
      const row = rowOf(message.body);
      if (!(row instanceof MillwrightError) && this.#isAnswer(row)) answers.push(row);
      else rows.push({ message, row });
    }
    const read = this.#reader.read(
      rows.map(({ message }) => message),
      rows.map(({ row }) => row),
    );
    const faults = read.of.flatMap((error, i) =>
      typeof error === 'number' ? [] : [{ message: (rows[i] as { message: Message }).message, error }],
    );
    this.faults += faults.length;
    const { table } = read;
    const raised: Alert[] = [];
    if (table.rows > 0) {
      const { values } = predict(bundle, table);
      this.#check?.add(table);
      const coded = codeRows(reference, table, predictionsAsColumns(bundle.task, values, table.rows), timesOf(table, column));
      raised.push(...this.monitor.push(coded));
      const keys = key === undefined ? undefined : read.rows.map((row) => cellOf(row, key));
      this.#scores?.add({ coded, predicted: values, ...(keys && { keys }), actual: this.#answersOf(read.rows) });
    }
    if (answers.length > 0 && this.#scores) {
      const actual = this.#answersOf(answers);
      for (const [i, row] of answers.entries()) this.#scores.book.answer(cellOf(row, key as string), actual[i] as number);
    }
    if (now() - this.#looked > LOOK_EVERY) raised.push(...this.look());
    return { raised, faults };
  }

  /** Looks whether scores have changed. */
  look(end = false): Alert[] {
    this.#looked = this.asked.now();
    return this.#scores?.look(end) ?? [];
  }

  /** Ends the last window. */
  close(): Alert[] {
    return [...this.monitor.close(), ...this.look(true)];
  }

  state(begun: string | undefined): WatchState {
    const scores = this.#scores && { scores: this.#scores };
    return { version: 1, monitor: this.monitor.toJSON(), done: this.#done, ...scores, ...(begun !== undefined && { begun }) };
  }

  async settle(inflow: Inflow): Promise<void> {
    for (const shard of this.#done.crowded()) this.#done.settle(shard, (await inflow.settled(shard)) ?? -1);
  }

  unmet(): Unmet[] {
    return this.#check?.unmet(this.#reader.unreadable) ?? [];
  }

  performance(by: readonly string[]): PerformanceReport | undefined {
    return this.#scores && performanceReport(this.#scores.book, { by, ignore: this.how.ignore });
  }

  /** An answer to a row that came before: it has the key and the target, and nothing that the model reads. */
  #isAnswer(row: Row): boolean {
    const { key } = this.asked;
    if (key === undefined || this.#target === undefined) return false;
    return Object.hasOwn(row, key) && Object.hasOwn(row, this.#target.name) && !this.#reader.tells(row, key);
  }

  #answersOf(rows: readonly Row[]): Float64Array {
    const target = this.#target;
    if (!target) return new Float64Array(rows.length).fill(Number.NaN);
    const { task } = this.how.bundle;
    const table = tableFromRows({ columns: [{ ...target, use: 'group' }] }, rows);
    return answersIn(table.column(target.name), task, target);
  }
}
