import type { PhysicalType } from '../../engine/prep/column-sample.js';

/** Cells of one column in one batch. */
export type CellVector =
  | {
      kind: 'bytes';
      /** UTF-8. Cell i is `source[start[i·stride + offset], end[i·stride + offset])`; a start of −1 is a null. Valid until the next batch. */
      source: Buffer;
      start: Int32Array;
      end: Int32Array;
      stride: number;
      offset: number;
    }
  /** Numbers, 0/1 or UTC milliseconds; NaN is a null. */
  | { kind: 'numbers'; values: Float64Array }
  | { kind: 'values'; values: readonly unknown[] };

/** Some rows that follow one another in the source, column by column in the order asked for. */
export interface CellBatch {
  rows: number;
  vectors: CellVector[];
}

/** What a kind of input must be able to do; everything else is built on it. */
export interface CellScanner {
  readonly names: readonly string[];
  readonly physical: readonly PhysicalType[];
  /** Rows, where known without reading everything. */
  readonly rowCount?: number;
  /** Goes through the rows in their order, reading the wanted columns alone. */
  scan(wanted: readonly number[]): AsyncIterable<CellBatch>;
  close(): Promise<void>;
}
