import { MillwrightError } from '../core/errors.js';
import type { Table } from '../core/table.js';
import type { Blobs, Model } from './model.js';

/** Says the same of every row: what any other model must beat. */
export class ConstantModel implements Model {
  readonly kind = 'constant';
  readonly inputs: readonly string[] = [];

  /** @param values one number for regression, else one probability a class */
  constructor(readonly values: Float64Array) {}

  predict(table: Table): Float64Array {
    const k = this.values.length;
    const out = new Float64Array(table.rows * k);
    for (let i = 0; i < out.length; i++) out[i] = this.values[i % k] as number;
    return out;
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    return { head: { kind: this.kind }, blobs: { values: this.values } };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static decode(head: Record<string, unknown>, blobs: Blobs): ConstantModel {
    const values = blobs.values;
    if (head.kind !== 'constant' || !(values instanceof Float64Array) || values.length === 0 || !values.every(Number.isFinite))
      throw new MillwrightError(
        'BUNDLE_UNREADABLE',
        'The constant model in the bundle is damaged.',
        'Train the model again, or take an intact copy.',
      );
    return new ConstantModel(values);
  }
}
