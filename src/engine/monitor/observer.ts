import type { Column, Table } from '../../core/table.js';
import { Fields, unreadable } from '../../model/fields.js';
import { type Binning, codeColumn, codeCount, codeNumber, levelCoder, measured } from './binning.js';
import { inputCount, type Reference, shapeOf } from './reference.js';
import { slotOf } from './season.js';
import { Sketch } from './sketch.js';

/** Rows of which the codes are kept, to say since when something is so; of very many columns fewer, so that all codes are a few megabytes. */
const RECENT = { most: 8192, fewest: 512, codes: 2 ** 22 };

/** Some rows made ready: codes by column, what their moments are made of, and times. */
export interface CodedRows {
  rows: number;
  codes: Uint8Array[];
  /** Of numeric columns, by column. */
  numbers: (Float64Array | undefined)[];
  times?: Float64Array;
}

/** Codes some rows by a reference. @param predicted the model's outputs for them, as `predictionsAsColumns` makes them */
export function codeRows(reference: Reference, table: Table, predicted: readonly Column[], times?: Float64Array): CodedRows {
  const inputs = inputCount(reference);
  const codes: Uint8Array[] = [];
  const numbers: (Float64Array | undefined)[] = [];
  for (const [c, binning] of reference.binnings.entries()) {
    const column = c < inputs ? table.find(binning.name) : predicted[c - inputs];
    const out = new Uint8Array(table.rows);
    codeColumn(binning, column, out);
    codes.push(out);
    numbers.push(binning.kind === 'number' && column ? measured(column, binning.measure) : undefined);
  }
  return { rows: table.rows, codes, numbers, ...(times && { times }) };
}

/**
 * Watches rows go by, in memory that does not grow: a sketch of them, and the codes of the latest.
 * @example const o = new Observer(reference); o.observe(codeRows(reference, table, predicted)); o.sketch.rows
 */
export class Observer {
  sketch: Sketch;
  /** Rows seen since the beginning. */
  seen = 0;
  readonly #most: number;
  readonly #recent: Uint8Array;
  readonly #row: Uint8Array;
  readonly #coders: readonly ((level: string) => number)[];

  constructor(readonly reference: Reference) {
    this.sketch = new Sketch(shapeOf(reference));
    this.#row = new Uint8Array(reference.binnings.length);
    this.#coders = reference.binnings.map((b) => (b.kind === 'category' ? levelCoder(b) : () => 0));
    this.#most = Math.max(RECENT.fewest, Math.min(RECENT.most, Math.floor(RECENT.codes / this.#row.length)));
    this.#recent = new Uint8Array(this.#most * this.#row.length);
  }

  /** Adds the rows from `from` to `to` of some coded rows. */
  observe({ rows, codes, numbers, times }: CodedRows, from = 0, to = rows): void {
    const { kind } = this.reference.season;
    const d = codes.length;
    for (let i = from; i < to; i++) {
      for (let c = 0; c < d; c++) this.#row[c] = (codes[c] as Uint8Array)[i] as number;
      this.sketch.add(this.#row, slotOf(kind, times ? (times[i] as number) : Number.NaN));
      this.#remember();
    }
    for (let c = 0; c < d; c++) {
      const values = numbers[c];
      if (values) for (let i = from; i < to; i++) this.sketch.addMoment(c, values[i] as number);
    }
  }

  /**
   * Adds one row as a service has it, without making a table.
   * @param cells of the reference's columns in their order, those of predictions last, as their readers give them
   */
  observeRow(cells: ArrayLike<number | string | undefined>, time = Number.NaN): void {
    const { binnings, season } = this.reference;
    for (let c = 0; c < binnings.length; c++) {
      const binning = binnings[c] as Binning;
      const cell = cells[c];
      if (binning.kind === 'category') this.#row[c] = typeof cell === 'string' ? (this.#coders[c] as (level: string) => number)(cell) : 0;
      else {
        const value = typeof cell === 'number' ? cell : typeof cell === 'string' && binning.measure === 'length' ? cell.length : Number.NaN;
        this.#row[c] = codeNumber(binning, value);
        this.sketch.addMoment(c, value);
      }
    }
    this.sketch.add(this.#row, slotOf(season.kind, time));
    this.#remember();
  }

  #remember(): void {
    const d = this.#row.length;
    const at = (this.seen % this.#most) * d;
    for (let c = 0; c < d; c++) this.#recent[at + c] = this.#row[c] as number;
    this.seen++;
  }

  /** Hands the sketch over and begins a new one. */
  take(): Sketch {
    const taken = this.sketch;
    this.sketch = new Sketch(taken.shape);
    return taken;
  }

  /** The row from which on codes are kept. */
  get recentFrom(): number {
    return Math.max(0, this.seen - this.#most);
  }

  /** The latest codes of a column, oldest first; at most 8192. */
  recent(column: number): Uint8Array {
    const d = this.#row.length;
    const n = Math.min(this.seen, this.#most);
    return Uint8Array.from({ length: n }, (_, i) => this.#recent[((this.seen - n + i) % this.#most) * d + column] as number);
  }

  toJSON(): { seen: number; sketch: unknown; recent: string } {
    const d = this.#row.length;
    const n = Math.min(this.seen, this.#most);
    let recent = '';
    for (let i = 0; i < n; i++) {
      const at = ((this.seen - n + i) % this.#most) * d;
      recent += String.fromCharCode(...this.#recent.subarray(at, at + d));
    }
    return { seen: this.seen, sketch: this.sketch.toJSON(), recent };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when it is of another reference */
  static fromJSON(json: unknown, reference: Reference): Observer {
    const fields = new Fields(json, 'observer');
    const observer = new Observer(reference);
    observer.sketch = Sketch.fromJSON(fields.raw('sketch'), shapeOf(reference));
    observer.seen = fields.whole('seen', 0, Number.MAX_SAFE_INTEGER);
    const d = observer.#row.length;
    const n = Math.min(observer.seen, observer.#most);
    const recent = fields.text('recent');
    if (recent.length !== n * d) throw unreadable('observer.recent has another length.');
    for (let i = 0; i < n; i++) {
      const at = ((observer.seen - n + i) % observer.#most) * d;
      for (let c = 0; c < d; c++) {
        const code = recent.charCodeAt(i * d + c);
        if (code >= codeCount(reference.binnings[c] as Binning)) throw unreadable('observer.recent has a code that is none.');
        observer.#recent[at + c] = code;
      }
    }
    return observer;
  }
}
