import { Rng } from '../../core/rng.js';
import type { Picked } from './column-reader.js';

/**
 * Says batch by batch which rows are taken: the given ones, or `maxRows` of all, drawn without replacement in one pass and in order
 * (Knuth's algorithm S), the same for the same seed and counts.
 */
export class RowPicker {
  /** Rows that will be taken; a guess when the source's size is not known. */
  readonly count: number;
  #rng: Rng;
  #seen = 0;
  #taken = 0;

  constructor(
    readonly total: number,
    readonly options: { rows?: Uint32Array; maxRows?: number; seed?: number },
  ) {
    const all = Number.isNaN(total) ? 1 << 16 : total;
    this.count = options.rows ? options.rows.length : Math.min(all, options.maxRows ?? all);
    this.#rng = new Rng(options.seed ?? 0).child('rows');
  }

  /** No further row will be taken. */
  get done(): boolean {
    return this.#taken === this.count && (this.options.rows !== undefined || this.count < this.total);
  }

  restart(): void {
    this.#rng = new Rng(this.options.seed ?? 0).child('rows');
    this.#seen = 0;
    this.#taken = 0;
  }

  /** The rows of the next batch to take, as indices within it; `undefined` for all. */
  next(batchRows: number): Picked {
    const from = this.#seen;
    this.#seen += batchRows;
    const { rows } = this.options;
    if (rows) {
      const picked: number[] = [];
      while (this.#taken < rows.length && (rows[this.#taken] as number) < this.#seen) picked.push((rows[this.#taken++] as number) - from);
      return Int32Array.from(picked);
    }
    if (!(this.count < this.total)) return undefined;
    const picked = new Int32Array(batchRows);
    let count = 0;
    for (let i = 0; i < batchRows && this.#taken < this.count; i++) {
      if (this.#rng.float() * (this.total - from - i) < this.count - this.#taken) {
        picked[count++] = i;
        this.#taken++;
      }
    }
    return picked.subarray(0, count);
  }
}
