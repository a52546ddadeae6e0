import type { Table } from '../core/table.js';

/** Typed arrays that a model keeps outside its JSON, by name. */
export type Blobs = Record<string, Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array>;

/** A fitted, inert model: it can predict and be written down, and never imports a learner. */
export interface Model {
  readonly kind: string;
  /** Columns of the prepared table that it reads. */
  readonly inputs: readonly string[];
  /**
   * Row-major `rows × outputs`: the predicted number for regression, else a probability a class (sums to 1; two classes have two outputs).
   * @param table prepared by the recipe of the same pipeline
   */
  predict(table: Table): Float64Array;
  /** JSON-safe head and blobs; `decodeModel` reads them back. */
  encode(): { head: Record<string, unknown>; blobs: Blobs };
}
