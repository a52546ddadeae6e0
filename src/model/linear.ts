import { MillwrightError } from '../core/errors.js';
import { exp, sigmoid, softmaxInPlace } from '../core/math.js';
import type { Table } from '../core/table.js';
import type { Blobs, Model } from './model.js';

/** What turns scores into predictions: the score itself, its exponential (a count), the positive class's probability, or a probability a class. */
export type Link = 'identity' | 'exp' | 'logistic' | 'softmax';

const LINKS: readonly string[] = ['identity', 'exp', 'logistic', 'softmax'];

/** Bends in the effects of columns: `max(0, column − at)` for the input numbered `of`. */
export interface Hinges {
  readonly of: Int32Array;
  readonly at: Float64Array;
}

const STRAIGHT: Hinges = { of: new Int32Array(0), at: new Float64Array(0) };

/** Scores are `intercept + Σ weight · column + Σ weight · hinge`. */
export class LinearModel implements Model {
  readonly kind = 'linear';

  readonly range?: readonly [number, number];
  readonly hinges: Hinges;

  /**
   * @param weights row-major scores × (inputs, then hinges); one score, or one a class for softmax
   * @param intercept one a score
   * @param options.range identity and exp link only (exp needs one): predictions are kept within it, so that a row unlike the training rows gets no absurd number
   */
  constructor(
    readonly inputs: readonly string[],
    readonly weights: Float64Array,
    readonly intercept: Float64Array,
    readonly link: Link,
    options: { readonly range?: readonly [number, number]; readonly hinges?: Hinges } = {},
  ) {
    if (options.range) this.range = options.range;
    this.hinges = options.hinges ?? STRAIGHT;
  }

  /** A missing cell counts as 0, the mean of a standardised column. */
  predict(table: Table): Float64Array {
    const n = table.rows;
    const d = this.inputs.length;
    const { of, at: knots } = this.hinges;
    const width = d + of.length;
    const k = this.intercept.length;
    const outputs = this.link === 'logistic' ? 2 : k;
    const out = new Float64Array(n * outputs);
    for (let s = 0; s < k; s++) {
      const base = this.intercept[s] as number;
      for (let i = s; i < out.length; i += outputs) out[i] = base;
    }
    for (let j = 0; j < width; j++) {
      const column = table.column(this.inputs[j < d ? j : (of[j - d] as number)] as string);
      if (column.kind !== 'numeric')
        throw new MillwrightError(
          'SCHEMA_MISMATCH',
          `The column "${column.name}" of the prepared table is not numeric.`,
          'Score raw rows through the whole bundle.',
        );
      const values = column.values;
      const knot = j < d ? undefined : (knots[j - d] as number);
      for (let s = 0; s < k; s++) {
        const w = this.weights[s * width + j] as number;
        if (w === 0) continue;
        if (knot !== undefined) {
          for (let i = 0, at = s; i < n; i++, at += outputs) {
            const v = values[i] as number;
            const past = (v - v === 0 ? v : 0) - knot;
            if (past > 0) out[at] = (out[at] as number) + w * past;
          }
          continue;
        }
        for (let i = 0, at = s; i < n; i++, at += outputs) {
          const v = values[i] as number;
          // NaN * w would spoil the row
          if (v - v === 0) out[at] = (out[at] as number) + w * v;
        }
      }
    }
    this.#finish(out, outputs);
    return out;
  }

  #finish(out: Float64Array, outputs: number): void {
    if (this.link === 'identity' || this.link === 'exp') {
      const [low, high] = this.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      if (this.link === 'exp') for (let i = 0; i < out.length; i++) out[i] = exp(out[i] as number);
      for (let i = 0; i < out.length; i++) out[i] = Math.min(high, Math.max(low, out[i] as number));
    } else if (this.link === 'logistic') {
      for (let i = 0; i < out.length; i += 2) {
        const p = sigmoid(out[i] as number);
        out[i] = 1 - p;
        out[i + 1] = p;
      }
    } else for (let i = 0; i < out.length; i += outputs) softmaxInPlace(out, i, outputs);
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    return {
      head: { kind: this.kind, inputs: this.inputs, link: this.link, ...(this.range ? { range: this.range } : {}) },
      blobs: {
        weights: this.weights,
        intercept: this.intercept,
        ...(this.hinges.of.length > 0 ? { hinges: this.hinges.of, knots: this.hinges.at } : {}),
      },
    };
  }

  /** Checks every size and that every number is finite. @throws MillwrightError `BUNDLE_UNREADABLE` */
  static decode(head: Record<string, unknown>, blobs: Blobs): LinearModel {
    const { inputs, link, range } = head;
    const { weights, intercept, hinges: of = STRAIGHT.of, knots: at = STRAIGHT.at } = blobs;
    const fine =
      head.kind === 'linear' &&
      Array.isArray(inputs) &&
      inputs.every((name) => typeof name === 'string') &&
      typeof link === 'string' &&
      LINKS.includes(link) &&
      weights instanceof Float64Array &&
      intercept instanceof Float64Array &&
      (link === 'softmax' ? intercept.length >= 2 : intercept.length === 1) &&
      of instanceof Int32Array &&
      at instanceof Float64Array &&
      of.length === at.length &&
      of.every((j) => j >= 0 && j < inputs.length) &&
      at.every(Number.isFinite) &&
      weights.length === intercept.length * (inputs.length + of.length) &&
      weights.every(Number.isFinite) &&
      intercept.every(Number.isFinite) &&
      (range === undefined
        ? link !== 'exp'
        : (link === 'identity' || link === 'exp') &&
          Array.isArray(range) &&
          range.length === 2 &&
          range.every(Number.isFinite) &&
          range[0] <= range[1]);
    if (!fine)
      throw new MillwrightError(
        'BUNDLE_UNREADABLE',
        'The linear model in the bundle is damaged.',
        'Train the model again, or take an intact copy.',
      );
    return new LinearModel(inputs as string[], weights as Float64Array, intercept as Float64Array, link as Link, {
      ...(range === undefined ? {} : { range: [(range as number[])[0] as number, (range as number[])[1] as number] }),
      hinges: { of: of as Int32Array, at: at as Float64Array },
    });
  }
}
