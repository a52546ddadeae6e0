import { Rng } from '../../../core/rng.js';
import { outputCount, type Task } from '../../../core/schema.js';
import { mixedTextHash } from '../../../core/text-hash.js';
import { Fields } from '../../../model/fields.js';
import type { WindowSize } from '../monitor.js';
import type { CodedRows } from '../observer.js';
import type { Reference } from '../reference.js';
import { type Estimator, estimatedMetrics, expectAnswers } from './estimator.js';
import { type PerformanceWindow, type ScoredRow, WindowRows } from './kept-rows.js';
import { type ScoringSetup, scoreRows } from './score-rows.js';

export interface PerformanceOptions {
  readonly window: WindowSize;
  readonly task: Task;
  readonly reference: Reference;
  /** Without it there are real scores alone. */
  readonly estimator?: Estimator;
  readonly threshold?: number;
  readonly costs?: readonly (readonly number[])[];
  /** The model's metric. */
  readonly metric?: string;
  /** Rows of a window that are kept at most; 2,048 unless told. */
  readonly rowsKept?: number;
  /** Windows whose rows are kept at most, so that answers may still come; 64 unless told. */
  readonly windowsKept?: number;
}

/** Some scored rows. */
export interface PerformanceRows {
  readonly coded: CodedRows;
  /** Row-major rows × outputs. */
  readonly predicted: Float64Array;
  /** What answers name them by; the row number when absent. */
  readonly keys?: readonly string[];
  /** Class indices or numbers; NaN where they are not known yet. */
  readonly actual?: Float64Array;
}

const ROWS_KEPT = 2048;
/** Windows whose scores alone are kept, beside those whose rows are. */
const MOST_DONE = 2000;

/**
 * Scores by window, estimated and, as answers arrive, real: late, of some rows alone, and corrected (the last one counts). Memory does not grow with the rows: of each
 * of the latest windows those of the least hash are kept, and of older ones their scores.
 * @example const b = new PerformanceBook(options); b.add({ coded, predicted, keys }); b.answer('order 7', 1); b.windows()
 */
export class PerformanceBook {
  readonly setup: ScoringSetup;
  /** Rows seen. */
  seen = 0;
  /** Answers for rows that are not known, or no longer. */
  unmatched = 0;
  /** The one that got a row last at the end. */
  readonly #windows = new Map<number, WindowRows>();
  #latest = Number.NaN;
  readonly #done = new Map<number, PerformanceWindow>();
  readonly #byKey = new Map<string, { row: ScoredRow; of: WindowRows }>();
  readonly #scored = new Map<number, { changes: number; result: PerformanceWindow }>();
  #lastBucket = 0;

  constructor(readonly options: PerformanceOptions) {
    const { task, estimator, threshold, costs, metric } = options;
    const outputs = outputCount(task);
    this.setup = {
      outputs,
      metrics: estimatedMetrics(outputs, metric),
      ...(estimator && { estimator }),
      ...(threshold !== undefined && { threshold }),
      ...(costs && { costs }),
    };
  }

  /** Takes rows. A key that comes again is another row, and answers are of the last. Rows of a time before that of all windows that are kept come too late. */
  add({ coded, predicted, keys, actual }: PerformanceRows): void {
    const { estimator, reference, window: size } = this.options;
    const { outputs } = this.setup;
    const width = outputs === 1 ? 2 : outputs;
    const expected = estimator
      ? expectAnswers(estimator, reference, coded, predicted)
      : new Float64Array(coded.rows * width).fill(Number.NaN);
    for (let i = 0; i < coded.rows; i++) {
      const row = this.seen++;
      const time = coded.times?.[i];
      const known = time !== undefined && Number.isFinite(time);
      const key = keys?.[i] ?? String(row);
      const scored: ScoredRow = {
        key,
        priority: mixedTextHash(key),
        row,
        ...(known && { time }),
        codes: Uint8Array.from(coded.codes, (column) => column[i] as number),
        predicted: predicted.slice(i * outputs, (i + 1) * outputs),
        expected: expected.slice(i * width, (i + 1) * width),
        actual: actual?.[i] ?? Number.NaN,
      };
      // a row that no model could score tells nothing
      if (Number.isNaN(scored.predicted[0] as number)) continue;
      if ('rows' in size) this.#lastBucket = Math.floor(row / size.rows);
      else if (known) this.#lastBucket = Math.floor(time / size.milliseconds);
      this.#place(this.#lastBucket, scored);
    }
  }

  /** An answer, maybe for the second time. @returns whether the row is still known */
  answer(key: string, actual: number): boolean {
    const known = this.#byKey.get(key);
    if (!known) {
      this.unmatched++;
      return false;
    }
    known.row.actual = actual;
    known.of.changes++;
    return true;
  }

  /** All windows so far, the earliest first. @param open whether the one under way is among them */
  windows(open = true): PerformanceWindow[] {
    for (const [bucket, rows] of this.#windows) if (open || bucket !== this.#lastBucket) this.#score(bucket, rows);
    const all = [...this.#done, ...[...this.#scored].map(([bucket, { result }]) => [bucket, result] as const)].filter(
      ([bucket]) => open || bucket !== this.#lastBucket,
    );
    return all.sort(([a], [b]) => a - b).map(([, result]) => result);
  }

  /** The rows that are still kept, by window, the earliest first. */
  recent(): { window: number; rows: readonly ScoredRow[] }[] {
    return [...this.#windows].sort(([a], [b]) => a - b).map(([window, { kept }]) => ({ window, rows: kept }));
  }

  /** All that it knows, to go on later. */
  toJSON(): unknown {
    const { seen, unmatched } = this;
    return { version: 1, seen, unmatched, bucket: this.#lastBucket, done: [...this.#done], windows: [...this.#windows] };
  }

  /** Goes on from what `toJSON` gave. @throws MillwrightError `BUNDLE_UNREADABLE` when that was of another model */
  static fromJSON(json: unknown, options: PerformanceOptions): PerformanceBook {
    const fields = new Fields(json, 'scores');
    fields.whole('version', 1, 1);
    const book = new PerformanceBook(options);
    book.seen = fields.whole('seen', 0, Number.MAX_SAFE_INTEGER);
    book.unmatched = fields.whole('unmatched', 0, Number.MAX_SAFE_INTEGER);
    book.#lastBucket = fields.whole('bucket', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    for (const [bucket, result] of fields.raw('done') as [number, PerformanceWindow][]) book.#done.set(bucket, result);
    const { outputs } = book.setup;
    const shape = [options.reference.binnings.length, outputs, outputs === 1 ? 2 : outputs] as const;
    for (const [bucket, window] of fields.raw('windows') as [number, unknown][])
      book.#windows.set(bucket, WindowRows.fromJSON(window, options.rowsKept ?? ROWS_KEPT, shape));
    // of a key that came again the last row has it
    const rows = [...book.#windows.values()].flatMap((of) => of.kept.map((row) => ({ row, of })));
    for (const known of rows.sort((a, b) => a.row.row - b.row.row)) book.#byKey.set(known.row.key, known);
    return book;
  }

  #place(bucket: number, row: ScoredRow): void {
    let rows = this.#windows.get(bucket);
    if (!rows) {
      const full = this.#windows.size >= (this.options.windowsKept ?? 64);
      // of a window that is its scores already
      if (this.#done.has(bucket) || (full && bucket < Math.min(...this.#windows.keys()))) return;
      // those of wrong dates lie ahead of all others, and must not crowd them out
      if (full) this.#seal(this.#windows.keys().next().value as number);
      rows = new WindowRows(this.options.rowsKept ?? ROWS_KEPT);
    }
    if (bucket !== this.#latest) {
      this.#windows.delete(bucket);
      this.#windows.set(bucket, rows);
      this.#latest = bucket;
    }
    this.#byKey.set(row.key, { row, of: rows });
    for (const gone of rows.add(row)) this.#forget(gone);
  }

  /** A window becomes its scores. */
  #seal(bucket: number): void {
    const rows = this.#windows.get(bucket) as WindowRows;
    this.#done.set(bucket, this.#score(bucket, rows));
    if (this.#done.size > MOST_DONE) this.#done.delete(this.#done.keys().next().value as number);
    this.#scored.delete(bucket);
    this.#windows.delete(bucket);
    for (const row of rows.kept) this.#forget(row);
  }

  #forget(row: ScoredRow): void {
    if (this.#byKey.get(row.key)?.row === row) this.#byKey.delete(row.key);
  }

  #score(bucket: number, rows: WindowRows): PerformanceWindow {
    for (const gone of rows.trim()) this.#forget(gone);
    const { from, to, kept, changes } = rows;
    const known = this.#scored.get(bucket);
    if (known?.changes === changes) return known.result;
    const answered = kept.filter(({ actual }) => !Number.isNaN(actual)).length;
    const scores = scoreRows(kept, this.options.reference, this.setup, new Rng(1).child('window', bucket));
    const share = kept.length > 0 ? rows.rows / kept.length : 1;
    const result = { window: bucket, from, to, rows: rows.rows, answered: Math.round(answered * share), kept: kept.length, ...scores };
    this.#scored.set(bucket, { changes, result });
    return result;
  }
}
