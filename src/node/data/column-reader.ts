import type { ColumnSchema } from '../../core/schema.js';
import type { Column } from '../../core/table.js';
import type { PhysicalType } from '../../engine/prep/column-sample.js';
import { type CellReader, cellReader, hasNumericToken, isNumericType, missingTest } from '../../model/parse-cell.js';
import { ByteDictionary } from './byte-dictionary.js';
import type { CellVector } from './cell-batch.js';
import { isoBytes, plainBytes } from './plain-bytes.js';

/** Rows of a batch that are taken, ascending; `undefined` takes all. */
export type Picked = Int32Array | undefined;

/** Collects one column of a raw table from batches. All text goes through the one `cellReader`. */
export interface BatchReader {
  add(vector: CellVector, rows: number, picked: Picked): void;
  /** Cells that were neither missing nor readable. */
  readonly unreadable: number;
  finish(): Column;
}

/** Different odd cells whose reading is remembered. */
const REMEMBERED = 50_000;

export function batchReader(column: ColumnSchema, physical: PhysicalType, capacity: number): BatchReader {
  return isNumericType(column.type) ? new NumericReader(column, physical, capacity) : new CategoryReader(column, physical, capacity);
}

/** What a source's number means to the reader: booleans and dates of the source arrive as numbers too. */
export function fromPhysical(value: number, physical: PhysicalType): number | boolean | Date {
  return physical === 'boolean' ? value !== 0 : physical === 'datetime' ? new Date(value) : value;
}

class NumericReader implements BatchReader {
  unreadable = 0;
  #values: Float64Array;
  #rows = 0;
  readonly #read: CellReader;
  readonly #isMissing: (cell: unknown) => boolean;
  /** Plain bytes may be taken as they are. */
  readonly #fast: boolean;
  /** What reads the usual bytes at once; NaN sends the cell to the reader. */
  readonly #usual: ((source: Uint8Array, start: number, end: number) => number) | undefined;
  readonly #odd = new ByteDictionary();
  readonly #oddValues: number[] = [];
  readonly #oddUnreadable: boolean[] = [];

  constructor(
    readonly column: ColumnSchema,
    readonly physical: PhysicalType,
    capacity: number,
  ) {
    this.#values = new Float64Array(capacity);
    this.#read = cellReader(column);
    this.#isMissing = missingTest(column);
    const dot = column.format?.kind !== 'number' || column.format.decimal === '.';
    const careful = hasNumericToken(column.missing);
    this.#fast = column.type === 'number' && dot && !careful;
    const iso = column.type === 'datetime' && (column.format?.kind !== 'datetime' || column.format.patterns[0] === 'iso');
    this.#usual = this.#fast ? plainBytes : iso && !careful ? isoBytes : undefined;
  }

  add(vector: CellVector, rows: number, picked: Picked): void {
    const count = picked ? picked.length : rows;
    this.#reserve(count);
    const out = this.#values;
    let at = this.#rows;
    if (vector.kind === 'bytes') {
      const { source, start, end, stride, offset } = vector;
      const usual = this.#usual;
      for (let i = 0; i < count; i++) {
        const k = (picked ? (picked[i] as number) : i) * stride + offset;
        const from = start[k] as number;
        const to = end[k] as number;
        if (from < 0 || from === to) out[at++] = Number.NaN;
        else {
          const value = usual ? usual(source, from, to) : Number.NaN;
          out[at++] = value - value === 0 ? value : this.#oddCell(source, from, to);
        }
      }
    } else if (vector.kind === 'numbers') {
      // a number of the source that is to be a number needs no reading
      const asIs = this.#fast && this.physical !== 'datetime';
      for (let i = 0; i < count; i++) {
        const value = vector.values[picked ? (picked[i] as number) : i] as number;
        if (Number.isNaN(value)) out[at++] = Number.NaN;
        else if (asIs) out[at++] = value - value === 0 ? value : this.#refuse();
        else out[at++] = this.#value(fromPhysical(value, this.physical));
      }
    } else {
      for (let i = 0; i < count; i++) out[at++] = this.#value(vector.values[picked ? (picked[i] as number) : i]);
    }
    this.#rows = at;
  }

  finish(): Column {
    return {
      kind: 'numeric',
      name: this.column.name,
      values: this.#rows === this.#values.length ? this.#values : this.#values.slice(0, this.#rows),
    };
  }

  #refuse(): number {
    this.unreadable++;
    return Number.NaN;
  }

  #value(cell: unknown): number {
    const value = this.#read(cell) as number | undefined;
    if (value !== undefined) return value;
    if (!this.#isMissing(cell)) this.unreadable++;
    return Number.NaN;
  }

  #oddCell(source: Buffer, from: number, to: number): number {
    if (this.#odd.size >= REMEMBERED) return this.#value(source.toString('utf8', from, to));
    const code = this.#odd.code(source, from, to);
    if (code === this.#oddValues.length) {
      const before = this.unreadable;
      this.#oddValues.push(this.#value(source.toString('utf8', from, to)));
      this.#oddUnreadable.push(this.unreadable > before);
    } else if (this.#oddUnreadable[code]) this.unreadable++;
    return this.#oddValues[code] as number;
  }

  #reserve(count: number): void {
    if (this.#rows + count <= this.#values.length) return;
    const wider = new Float64Array(Math.max(this.#rows + count, Math.ceil(this.#values.length * 1.5)));
    wider.set(this.#values);
    this.#values = wider;
  }
}

class CategoryReader implements BatchReader {
  unreadable = 0;
  #codes: Int32Array;
  #rows = 0;
  readonly #read: CellReader;
  readonly #isMissing: (cell: unknown) => boolean;
  readonly #levels: string[] = [];
  readonly #index = new Map<string, number>();
  readonly #raw = new ByteDictionary();
  /** Final code of each raw cell; spaces at the ends and missing tokens make them differ. */
  readonly #final: number[] = [];
  readonly #numbers = new Map<number, number>();

  constructor(
    readonly column: ColumnSchema,
    readonly physical: PhysicalType,
    capacity: number,
  ) {
    this.#codes = new Int32Array(capacity);
    this.#read = cellReader(column);
    this.#isMissing = missingTest(column);
  }

  add(vector: CellVector, rows: number, picked: Picked): void {
    const count = picked ? picked.length : rows;
    this.#reserve(count);
    const out = this.#codes;
    let at = this.#rows;
    for (let i = 0; i < count; i++) {
      const row = picked ? (picked[i] as number) : i;
      if (vector.kind === 'bytes') {
        const k = row * vector.stride + vector.offset;
        const from = vector.start[k] as number;
        const to = vector.end[k] as number;
        if (from < 0 || from === to) {
          out[at++] = -1;
          continue;
        }
        const code = this.#raw.code(vector.source, from, to);
        if (code === this.#final.length) this.#final.push(this.#code(vector.source.toString('utf8', from, to)));
        out[at++] = this.#final[code] as number;
      } else if (vector.kind === 'numbers') {
        const value = vector.values[row] as number;
        let code = Number.isNaN(value) ? -1 : this.#numbers.get(value);
        if (code === undefined) {
          code = this.#code(fromPhysical(value, this.physical));
          this.#numbers.set(value, code);
        }
        out[at++] = code;
      } else out[at++] = this.#code(vector.values[row]);
    }
    this.#rows = at;
  }

  finish(): Column {
    return {
      kind: 'category',
      name: this.column.name,
      codes: this.#rows === this.#codes.length ? this.#codes : this.#codes.slice(0, this.#rows),
      levels: this.#levels,
    };
  }

  #code(cell: unknown): number {
    const text = this.#read(cell) as string | undefined;
    if (text === undefined) {
      if (!this.#isMissing(cell)) this.unreadable++;
      return -1;
    }
    let code = this.#index.get(text);
    if (code === undefined) {
      code = this.#levels.length;
      this.#index.set(text, code);
      this.#levels.push(text);
    }
    return code;
  }

  #reserve(count: number): void {
    if (this.#rows + count <= this.#codes.length) return;
    const wider = new Int32Array(Math.max(this.#rows + count, Math.ceil(this.#codes.length * 1.5)));
    wider.set(this.#codes);
    this.#codes = wider;
  }
}
