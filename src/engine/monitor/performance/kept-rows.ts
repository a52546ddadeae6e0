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
}
