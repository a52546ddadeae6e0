import { mixedTextHash } from '../../../core/text-hash.js';
import { Fields, unreadable } from '../../../model/fields.js';
import type { Moment } from '../alert.js';
import type { ScoreEstimate } from './estimator.js';

/** A scored row as it is kept: what was said, what is expected, and the answer when it is known. */
export interface ScoredRow {
  key: string;
  /** Those with the least are kept where a window has too many. */
  priority: number;
  row: number;
  time?: number;
  /** By column of the reference, predictions last. */
  codes: Uint8Array;
  predicted: Float64Array;
  /** Classes: how likely each is; numbers: expected absolute and squared error; NaN without an estimator. */
  expected: Float64Array;
  /** Class index or number; NaN until it is known. */
  actual: number;
}

/** A score of a window, by its metric. */
export interface WindowScore {
  metric: string;
  /** On the training rows, out of fold. */
  reference?: number;
  /** Without labels. */
  estimated?: ScoreEstimate;
  /** With the labels that there are; the interval is that of other rows of the same kind. */
  real?: ScoreEstimate;
}

/** How a model did in a window: plain data. */
export interface PerformanceWindow {
  window: number;
  from: Moment;
  to: Moment;
  rows: number;
  /** Rows with an answer. */
  answered: number;
  /** Rows that the figures are of, where there were too many to keep: those of the least hash. */
  kept: number;
  /** The model's own metric first. */
  scores: WindowScore[];
  /** Of the answered rows: mean stated (probability of the positive or called class, or number), mean of what came, and their mean distance over ten bins. */
  calibration?: { stated: number; observed: number; error: number };
}

/** Rows of one window. */
export class WindowRows {
  rows = 0;
  /** Rows and answers that came. */
  changes = 0;
  kept: ScoredRow[] = [];
  from: Moment = { row: Number.POSITIVE_INFINITY };
  to: Moment = { row: -1 };

  constructor(readonly most: number) {}

  add(row: ScoredRow): ScoredRow[] {
    this.rows++;
    this.changes++;
    const at: Moment = { row: row.row, ...(row.time !== undefined && { time: row.time }) };
    if (at.row < this.from.row) this.from = at;
    if (at.row > this.to.row) this.to = at;
    this.kept.push(row);
    return this.kept.length >= 2 * this.most ? this.trim() : [];
  }

  /** Keeps the rows of the least hash, the same ones in whatever order they came. @returns those that went */
  trim(): ScoredRow[] {
    if (this.kept.length <= this.most) return [];
    this.kept.sort((a, b) => a.priority - b.priority || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return this.kept.splice(this.most);
  }

  toJSON(): unknown {
    const { rows, from, to } = this;
    const kept = this.kept.map((r) => [
      r.key,
      r.row,
      r.time ?? null,
      String.fromCharCode(...r.codes),
      ...[r.predicted, r.expected, [r.actual]].map(listed),
    ]);
    return { rows, from, to, kept };
  }

  /** @param shape lengths of `codes`, `predicted` and `expected` @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown, most: number, shape: readonly [number, number, number]): WindowRows {
    const fields = new Fields(json, 'window');
    const window = new WindowRows(most);
    window.rows = fields.whole('rows', 0, Number.MAX_SAFE_INTEGER);
    window.from = fields.raw('from') as Moment;
    window.to = fields.raw('to') as Moment;
    window.kept = (fields.raw('kept') as unknown[][]).map(([key, row, time, codes, predicted, expected, actual]): ScoredRow => {
      const lists = [predicted, expected, actual].map((list) => Float64Array.from(list as (number | null)[], (v) => v ?? Number.NaN));
      const [said, hoped, came] = lists as [Float64Array, Float64Array, Float64Array];
      const known = {
        key: String(key),
        priority: mixedTextHash(String(key)),
        row: row as number,
        ...(time !== null && { time: time as number }),
      };
      const one = {
        ...known,
        codes: Uint8Array.from(String(codes), (c) => c.charCodeAt(0)),
        predicted: said,
        expected: hoped,
        actual: came[0] as number,
      };
      if (one.codes.length !== shape[0] || said.length !== shape[1] || hoped.length !== shape[2] || came.length !== 1)
        throw unreadable('window.kept has rows of another shape.');
      return one;
    });
    return window;
  }
}

/** NaN as null. */
function listed(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (v) => (Number.isNaN(v) ? null : v));
}
