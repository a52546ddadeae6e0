import { Fields, unreadable } from '../../model/fields.js';
import type { Alert, Moment } from './alert.js';
import { AlertBook } from './alert-book.js';
import { type CodedRows, Observer } from './observer.js';
import { type Reference, shapeOf } from './reference.js';
import { Sketch } from './sketch.js';
import { testWindow } from './test-window.js';

/** How rows are cut into windows: so many at a time, or so long (by the time column). */
export type WindowSize = { rows: number } | { milliseconds: number };

export interface MonitorOptions {
  window: WindowSize;
  /** Compare with the training rows (default), or with the windows before. */
  against?: 'training' | 'before';
  /** Probability that a window of unchanged rows raises any alert, over all columns; default 0.002. */
  alpha?: number;
  /** Columns that are left alone. */
  ignore?: ReadonlySet<string>;
}

/** A closed window in short. */
export interface WindowSummary {
  window: number;
  from: Moment;
  to: Moment;
  rows: number;
  /** Ids of the alerts that it raised. */
  raised: string[];
}

/** A window is looked at by itself, and together with those before it: little by little adds up. */
const SCALES = [1, 2, 4];
/** Windows that a moving reference is made of. */
const BEFORE = 8;
/** Fewer rows say nothing. */
const FEWEST = 30;
const MOST_SUMMARIES = 10_000;

/**
 * Watches a stream of rows in windows, and raises alerts about what has changed. Memory does not grow with the rows.
 * @example const m = new Monitor(reference, { window: { rows: 500 } }); m.push(codeRows(reference, table, predicted)); m.alerts
 */
export class Monitor {
  windows: WindowSummary[] = [];
  /** All rows so far. */
  total: Sketch;
  #observer: Observer;
  #closed: Sketch[] = [];
  #book = new AlertBook();
  #from: Moment = { row: 0 };
  /** The latest row and its time. */
  #row = 0;
  #time = Number.NaN;
  #bucket = Number.NaN;
  /** A row whose time leaps ahead: whether the window is over, the next one tells, since a single wrong date would end all windows that follow. */
  #leap: CodedRows | undefined;
  #count = 0;

  constructor(
    readonly reference: Reference,
    readonly options: MonitorOptions,
  ) {
    this.#observer = new Observer(reference);
    this.total = new Sketch(shapeOf(reference));
  }

  /** Every alert so far, open and ended, the gravest first. */
  get alerts(): readonly Alert[] {
    return this.#book.alerts;
  }

  /** The latest windows together: four, or as many as there are. */
  get latest(): { sketch: Sketch; windows: number } {
    const closed = this.#closed.slice(-Math.max(...SCALES));
    return { sketch: this.#together(closed), windows: closed.length };
  }

  /** Takes rows, closing windows as they fill. @returns the alerts that were raised meanwhile, the surest first in each window */
  push(rows: CodedRows): Alert[] {
    if (rows.rows === 0) return [];
    const raised: Alert[] = [];
    const { window } = this.options;
    const most = 'rows' in window ? window.rows : Number.POSITIVE_INFINITY;
    const coded = this.#leap ? oneAfterTheOther(this.#leap, rows) : rows;
    this.#leap = undefined;
    let from = 0;
    let leap = -1;
    let ahead = Number.NaN;
    for (let i = 0; i < coded.rows; i++) {
      const time = coded.times ? (coded.times[i] as number) : Number.NaN;
      if ('milliseconds' in window) {
        const known = Number.isFinite(time);
        const bucket = Math.floor(time / window.milliseconds);
        if (leap >= 0 && known && !(bucket <= this.#bucket)) {
          this.#observer.observe(coded, from, leap);
          from = leap;
          raised.push(...this.#end());
          this.#bucket = Math.min(ahead, bucket);
          if (this.#observer.sketch.rows === 0) this.#from = momentOf(this.#observer.seen, coded.times?.[leap] as number);
        }
        leap = known && !(bucket <= this.#bucket) ? i : -1;
        ahead = bucket;
      }
      const before = this.#observer.sketch.rows + (i - from);
      if (before === 0) this.#from = momentOf(this.#observer.seen + (i - from), time);
      if (leap === i) continue;
      this.#row = this.#observer.seen + (i - from);
      this.#time = time;
      if (before + 1 >= most) {
        this.#observer.observe(coded, from, i + 1);
        from = i + 1;
        raised.push(...this.#end());
      }
    }
    const to = leap >= 0 ? leap : coded.rows;
    this.#observer.observe(coded, from, to);
    if (leap >= 0) this.#leap = rowAt(coded, leap);
    return raised;
  }

  /** Ends the window that is under way, as at the end of a file; too few rows stay and go with those that follow. */
  close(): Alert[] {
    if (this.#leap) this.#observer.observe(this.#leap);
    this.#leap = undefined;
    return this.#end();
  }

  #end(): Alert[] {
    if (this.#observer.sketch.rows < FEWEST) return [];
    const to = momentOf(this.#row, this.#time);
    const sketch = this.#observer.take();
    this.total.merge(sketch);
    const window = this.#count++;
    const keep = Math.max(...SCALES) + (this.options.against === 'before' ? BEFORE : 0);
    this.#closed.push(sketch);
    if (this.#closed.length > keep) this.#closed.shift();
    const found = testWindow({
      reference: this.reference,
      observer: this.#observer,
      scales: this.#scales(),
      alpha: this.options.alpha ?? 0.002,
      ignore: this.options.ignore ?? new Set(),
      open: this.#book.open(),
      recently: this.#book.endedSince(window - Math.max(...SCALES)),
    });
    const raised = this.#book.enter(found, { window, from: this.#from, to });
    this.windows.push({ window, from: this.#from, to, rows: sketch.rows, raised: raised.map((a) => a.id) });
    if (this.windows.length > MOST_SUMMARIES) this.windows.shift();
    return raised;
  }

  /** All that it knows, to go on later. */
  toJSON(): unknown {
    const observer = this.#leap ? Observer.fromJSON(this.#observer.toJSON(), this.reference) : this.#observer;
    if (this.#leap) observer.observe(this.#leap);
    return {
      version: 1,
      total: this.total.toJSON(),
      observer: observer.toJSON(),
      closed: this.#closed.map((sketch) => sketch.toJSON()),
      book: this.#book.toJSON(),
      windows: this.windows,
      from: this.#from,
      row: this.#row,
      time: numberOrNull(this.#time),
      bucket: numberOrNull(this.#bucket),
      count: this.#count,
    };
  }

  /**
   * Goes on from what `toJSON` gave.
   * @throws MillwrightError `BUNDLE_UNREADABLE` when that was of another reference
   */
  static fromJSON(json: unknown, reference: Reference, options: MonitorOptions): Monitor {
    const fields = new Fields(json, 'monitor');
    fields.whole('version', 1, 1);
    const monitor = new Monitor(reference, options);
    const shape = shapeOf(reference);
    monitor.total = Sketch.fromJSON(fields.raw('total'), shape);
    monitor.#observer = Observer.fromJSON(fields.raw('observer'), reference);
    const list = (key: string): unknown[] => {
      const found = fields.raw(key);
      if (!Array.isArray(found)) throw unreadable(`monitor.${key} is not a list.`);
      return found;
    };
    monitor.#closed = list('closed').map((one) => Sketch.fromJSON(one, shape));
    monitor.#book = AlertBook.fromJSON(list('book'));
    monitor.windows = list('windows') as WindowSummary[];
    monitor.#from = fields.raw('from') as Moment;
    monitor.#row = fields.whole('row', 0, Number.MAX_SAFE_INTEGER);
    monitor.#time = Number(fields.raw('time') ?? Number.NaN);
    monitor.#bucket = Number(fields.raw('bucket') ?? Number.NaN);
    monitor.#count = fields.whole('count', 0, Number.MAX_SAFE_INTEGER);
    return monitor;
  }

  /** The last windows put together, each with what it is compared with. */
  #scales(): { base: Sketch; window: Sketch; windows: number }[] {
    const closed = this.#closed;
    const scales: { base: Sketch; window: Sketch; windows: number }[] = [];
    for (const windows of SCALES) {
      if (windows > closed.length) break;
      const window = this.#together(closed.slice(-windows));
      if (this.options.against !== 'before') {
        scales.push({ base: this.reference.sketch, window, windows });
        continue;
      }
      const before = closed.slice(-windows - BEFORE, -windows);
      if (before.length >= BEFORE / 2) scales.push({ base: this.#together(before), window, windows });
    }
    return scales;
  }

  #together(sketches: readonly Sketch[]): Sketch {
    if (sketches.length === 1) return sketches[0] as Sketch;
    const all = new Sketch(shapeOf(this.reference));
    for (const sketch of sketches) all.merge(sketch);
    return all;
  }
}

function rowAt({ codes, numbers, times }: CodedRows, at: number): CodedRows {
  const numbersAt = numbers.map((values) => values?.slice(at, at + 1));
  return { rows: 1, codes: codes.map((c) => c.slice(at, at + 1)), numbers: numbersAt, ...(times && { times: times.slice(at, at + 1) }) };
}

/** A row, and those that follow it. */
function oneAfterTheOther(first: CodedRows, then: CodedRows): CodedRows {
  const rows = 1 + then.rows;
  const numbers = (a: Float64Array | undefined, b: Float64Array | undefined): Float64Array | undefined => {
    if (!a && !b) return undefined;
    const all = new Float64Array(rows).fill(Number.NaN);
    if (a) all.set(a);
    if (b) all.set(b, 1);
    return all;
  };
  const times = numbers(first.times, then.times);
  const codes = first.codes.map((c, i) => {
    const all = new Uint8Array(rows);
    all.set(c);
    all.set(then.codes[i] as Uint8Array, 1);
    return all;
  });
  return { rows, codes, numbers: first.numbers.map((a, i) => numbers(a, then.numbers[i])), ...(times && { times }) };
}

function momentOf(row: number, time: number): Moment {
  return Number.isFinite(time) ? { row, time } : { row };
}

function numberOrNull(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
