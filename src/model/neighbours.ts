import { MillwrightError } from '../core/errors.js';
import type { Table } from '../core/table.js';
import { Fields, unreadable } from './fields.js';
import { kdNodes } from './kd-shape.js';
import type { Blobs, Model } from './model.js';
import { NearestRows } from './nearest-rows.js';

/** How the neighbours' votes count: alike, or by 1 ÷ distance (one at the very place then speaks alone). */
export type Voting = 'uniform' | 'distance';

/** The parts of the model beside the rows. */
export interface NeighboursHead {
  readonly inputs: readonly string[];
  readonly k: number;
  readonly voting: Voting;
  /** Votes that are given to the classes by their frequency, beside the k of the neighbours. */
  readonly smoothing: number;
}

/** Coordinates lie within ± this, so that their squared differences are finite in 32 bits. */
export const FARTHEST = 1e15;

/** A cell as a coordinate; a missing one is at 0, the mean of a standardised column. */
export function coordinate(v: number, scale: number): number {
  return v - v === 0 ? Math.max(-FARTHEST, Math.min(FARTHEST, v * scale)) : 0;
}

/** Answers of the kept rows. */
export interface NeighbourAnswers {
  /** Numbers, or class indices. */
  readonly target: Float64Array;
  readonly weights: Float64Array;
  /** Frequencies of the classes; none for a regression. */
  readonly prior: Float64Array;
}

/** Predicts from the training rows nearest to a row: their weighted mean, or the shares of their classes. */
export class NeighboursModel implements Model {
  readonly kind = 'neighbours';
  readonly inputs: readonly string[];
  readonly #query: Float32Array;

  /** @param scale what each column is multiplied by before distances are taken; the rows have been */
  constructor(
    readonly head: NeighboursHead,
    readonly scale: Float64Array,
    readonly nearest: NearestRows,
    readonly answers: NeighbourAnswers,
  ) {
    this.inputs = head.inputs;
    this.#query = new Float32Array(scale.length);
  }

  predict(table: Table): Float64Array {
    const columns = this.inputs.map((name) => {
      const column = table.column(name);
      if (column.kind === 'numeric') return column.values;
      throw new MillwrightError(
        'SCHEMA_MISMATCH',
        `The column "${name}" of the prepared table is not numeric.`,
        'Score raw rows through the whole bundle.',
      );
    });
    const outputs = Math.max(1, this.answers.prior.length);
    const out = new Float64Array(table.rows * outputs);
    for (let row = 0; row < table.rows; row++) {
      for (let j = 0; j < columns.length; j++)
        this.#query[j] = coordinate((columns[j] as Float64Array)[row] as number, this.scale[j] as number);
      const held = this.nearest.find(this.#query, this.head.k);
      answerOf(this.nearest, held, this.answers, this.head, out, row * outputs);
    }
    return out;
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    const { rows, of, at } = this.nearest;
    return { head: { kind: this.kind, ...this.head }, blobs: { scale: this.scale, rows, of, at, ...this.answers } };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when anything does not fit together */
  static decode(head: Record<string, unknown>, blobs: Blobs): NeighboursModel {
    const fields = new Fields(head, 'model');
    const inputs = fields.texts('inputs');
    const { scale, rows, of, at, target, weights, prior } = blobs;
    const width = inputs.length;
    const fine =
      new Set(inputs).size === width &&
      scale instanceof Float64Array &&
      rows instanceof Float32Array &&
      of instanceof Int32Array &&
      at instanceof Float32Array &&
      target instanceof Float64Array &&
      weights instanceof Float64Array &&
      prior instanceof Float64Array &&
      target.length >= 1 &&
      scale.length === width &&
      rows.length === target.length * width &&
      weights.length === target.length &&
      of.length === kdNodes(target.length) &&
      at.length === of.length &&
      of.every((j) => j >= 0 && j < Math.max(1, width)) &&
      [scale, target].every((blob) => blob.every(Number.isFinite)) &&
      [rows, at].every((blob) => blob.every((v) => Math.abs(v) <= FARTHEST)) &&
      weights.every((w) => w > 0 && w < Number.POSITIVE_INFINITY) &&
      prior.length !== 1 &&
      prior.every((p) => p > 0 && p <= 1) &&
      (prior.length === 0 || target.every((c) => Number.isInteger(c) && c >= 0 && c < prior.length));
    const smoothing = fields.number('smoothing');
    if (!fine || smoothing < 0) throw unreadable('The neighbours in the bundle are damaged.');
    return new NeighboursModel(
      { inputs, k: fields.whole('k', 1, target.length), voting: fields.choice('voting', ['uniform', 'distance']), smoothing },
      scale,
      new NearestRows(rows, width, target.length, of, at),
      { target, weights, prior },
    );
  }
}

/** Writes what the first `k` of the last search's neighbours say to `out` from `offset` on: a number, or a probability a class. */
export function answerOf(
  nearest: NearestRows,
  held: number,
  { target, weights, prior }: NeighbourAnswers,
  { k, voting, smoothing }: Omit<NeighboursHead, 'inputs'>,
  out: Float64Array,
  offset: number,
): void {
  const { distances, found } = nearest;
  const count = Math.min(k, held);
  const here = distances[0] === 0;
  let total = 0;
  let rows = 0;
  for (let o = 0; o < Math.max(1, prior.length); o++) out[offset + o] = 0;
  for (let i = 0; i < count; i++) {
    const row = found[i] as number;
    const d = distances[i] as number;
    if (here && d > 0 && voting === 'distance') break;
    const vote = (weights[row] as number) * (voting === 'distance' && !here ? 1 / Math.sqrt(d) : 1);
    total += vote;
    rows += weights[row] as number;
    if (prior.length === 0) out[offset] = (out[offset] as number) + vote * (target[row] as number);
    else out[offset + (target[row] as number)] = (out[offset + (target[row] as number)] as number) + vote;
  }
  if (prior.length === 0) {
    out[offset] = (out[offset] as number) / total;
    return;
  }
  for (let c = 0; c < prior.length; c++)
    out[offset + c] = (rows * ((out[offset + c] as number) / total) + smoothing * (prior[c] as number)) / (rows + smoothing);
}
