import { MillwrightError } from '../core/errors.js';
import { sigmoid, softmaxInPlace } from '../core/math.js';
import type { Table } from '../core/table.js';
import type { Blobs, Model } from './model.js';

/** What turns scores into predictions: the score itself, the positive class's probability, or a probability a class. */
export type Link = 'identity' | 'logistic' | 'softmax';

const LINKS: readonly string[] = ['identity', 'logistic', 'softmax'];

/** Scores are `intercept + Σ weight · column`. */
export class LinearModel implements Model {
  readonly kind = 'linear';

  /**
   * @param weights row-major scores × inputs; one score, or one a class for softmax
   * @param intercept one a score
   * @param range identity link only: predictions are kept within it, so that a row unlike the training rows gets no absurd number
   */
  constructor(
    readonly inputs: readonly string[],
    readonly weights: Float64Array,
    readonly intercept: Float64Array,
    readonly link: Link,
    readonly range?: readonly [number, number],
  ) {}

  /** A missing cell counts as 0, the mean of a standardised column. */
  predict(table: Table): Float64Array {
    const n = table.rows;
    const d = this.inputs.length;
    const k = this.intercept.length;
    const outputs = this.link === 'logistic' ? 2 : k;
    const out = new Float64Array(n * outputs);
    for (let s = 0; s < k; s++) {
      const base = this.intercept[s] as number;
      for (let i = s; i < out.length; i += outputs) out[i] = base;
    }
    for (let j = 0; j < d; j++) {
      const column = table.column(this.inputs[j] as string);
      if (column.kind !== 'numeric')
        throw new MillwrightError(
          'SCHEMA_MISMATCH',
          `The column "${column.name}" of the prepared table is not numeric.`,
          'Score raw rows through the whole bundle.',
        );
      const values = column.values;
      for (let s = 0; s < k; s++) {
        const w = this.weights[s * d + j] as number;
        if (w === 0) continue;
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
    if (this.link === 'identity') {
      const [low, high] = this.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
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
      blobs: { weights: this.weights, intercept: this.intercept },
    };
  }

  /** Checks every size and that every number is finite. @throws MillwrightError `BUNDLE_UNREADABLE` */
  static decode(head: Record<string, unknown>, blobs: Blobs): LinearModel {
    const { inputs, link, range } = head;
    const { weights, intercept } = blobs;
    const fine =
      head.kind === 'linear' &&
      Array.isArray(inputs) &&
      inputs.every((name) => typeof name === 'string') &&
      typeof link === 'string' &&
      LINKS.includes(link) &&
      weights instanceof Float64Array &&
      intercept instanceof Float64Array &&
      (link === 'softmax' ? intercept.length >= 2 : intercept.length === 1) &&
      weights.length === intercept.length * inputs.length &&
      weights.every(Number.isFinite) &&
      intercept.every(Number.isFinite) &&
      (range === undefined ||
        (link === 'identity' && Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] <= range[1]));
    if (!fine)
      throw new MillwrightError(
        'BUNDLE_UNREADABLE',
        'The linear model in the bundle is damaged.',
        'Train the model again, or take an intact copy.',
      );
    return new LinearModel(
      inputs as string[],
      weights as Float64Array,
      intercept as Float64Array,
      link as Link,
      range === undefined ? undefined : [(range as number[])[0] as number, (range as number[])[1] as number],
    );
  }
}
