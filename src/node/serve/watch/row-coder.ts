import type { Column, Table } from '../../../core/table.js';
import { type Binning, codeNumber, levelCoder } from '../../../engine/monitor/binning.js';
import { predictionsAsColumns } from '../../../engine/monitor/build-reference.js';
import { type CodedRows, codeRows } from '../../../engine/monitor/observer.js';
import { inputCount, type Reference } from '../../../engine/monitor/reference.js';
import { decodeReference } from '../../../engine/monitor/reference-json.js';
import type { ServedModel } from '../served-model.js';

/** Rows that are handed over together. */
const CAPACITY = 512;

/** Makes a column's code, and the number behind it, of the one row that was read last. */
type Cell = (values: Float64Array) => number | string | undefined;

/** Turns answered rows into codes by the reference of a version, many at a time. */
export class RowCoder {
  readonly reference: Reference;
  readonly #cells: readonly Cell[];
  readonly #coders: readonly ((level: string) => number)[];
  readonly #time: Cell | undefined;
  #rows = 0;
  #codes: Uint8Array[] = [];
  #numbers: (Float64Array | undefined)[] = [];
  #times = new Float64Array(0);

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  constructor(private readonly model: ServedModel) {
    this.reference = decodeReference(model.bundle.reference);
    const { binnings, season } = this.reference;
    const inputs = inputCount(this.reference);
    const slots = new Map(model.reader.slots.map((slot) => [slot.name, slot]));
    const cellOf = (name: string): Cell => {
      const slot = slots.get(name);
      if (!slot) return () => undefined;
      const { values, codes, levels } = slot;
      if (values) return () => values[0];
      return () => ((codes as Int32Array)[0] === -1 ? undefined : (levels as string[])[0]);
    };
    this.#cells = binnings.map((binning, c) => (c < inputs ? cellOf(binning.name) : this.#predicted(c - inputs)));
    this.#coders = binnings.map((b) => (b.kind === 'category' ? levelCoder(b) : () => 0));
    this.#time = season.column !== undefined && slots.get(season.column)?.values ? cellOf(season.column) : undefined;
    this.#renew();
  }

  /** Columns of the reference that the service does not read. */
  get ignore(): string[] {
    const read = new Set(this.model.reader.columns);
    return this.reference.binnings.slice(0, inputCount(this.reference)).flatMap((b) => (read.has(b.name) ? [] : [b.name]));
  }

  /** As `predictionsAsColumns`, for one row. */
  #predicted(column: number): Cell {
    const { kind, classes } = this.model.bundle.task;
    if (kind === 'regression') return (values) => values[0];
    if (kind === 'binary') return (values) => values[1];
    const best = (values: Float64Array): number => {
      let k = 0;
      for (let c = 1; c < classes.length; c++) if ((values[c] as number) > (values[k] as number)) k = c;
      return k;
    };
    return column === 0 ? (values) => classes[best(values)] : (values) => values[best(values)];
  }

  /** Adds the row that the model's reader read last. @returns whether it is full */
  add(values: Float64Array, now: number): boolean {
    const { binnings } = this.reference;
    const row = this.#rows++;
    for (let c = 0; c < binnings.length; c++) {
      const binning = binnings[c] as Binning;
      const cell = (this.#cells[c] as Cell)(values);
      const codes = this.#codes[c] as Uint8Array;
      if (binning.kind === 'category') codes[row] = typeof cell === 'string' ? (this.#coders[c] as (level: string) => number)(cell) : 0;
      else {
        const value = typeof cell === 'number' ? cell : typeof cell === 'string' && binning.measure === 'length' ? cell.length : Number.NaN;
        codes[row] = codeNumber(binning, value);
        (this.#numbers[c] as Float64Array)[row] = value;
      }
    }
    this.#times[row] = this.#time ? (this.#time(values) as number) : now;
    return this.#rows === CAPACITY;
  }

  /** The rows that were added, which are then forgotten. */
  take(): CodedRows | undefined {
    const rows = this.#rows;
    if (rows === 0) return undefined;
    const taken = {
      rows,
      codes: this.#codes.map((codes) => codes.slice(0, rows)),
      numbers: this.#numbers.map((values) => values?.slice(0, rows)),
      times: this.#times.slice(0, rows),
    };
    this.#rows = 0;
    return taken;
  }

  /** Codes of a whole table. */
  table(table: Table, values: Float64Array, now: number): CodedRows {
    const predicted: Column[] = predictionsAsColumns(this.model.bundle.task, values, table.rows);
    const { column } = this.reference.season;
    const found = column === undefined || !this.#time ? undefined : table.find(column);
    const times = found?.kind === 'numeric' ? found.values : new Float64Array(table.rows).fill(now);
    return codeRows(this.reference, table, predicted, times);
  }

  #renew(): void {
    const { binnings } = this.reference;
    this.#codes = binnings.map(() => new Uint8Array(CAPACITY));
    this.#numbers = binnings.map((b) => (b.kind === 'number' ? new Float64Array(CAPACITY) : undefined));
    this.#times = new Float64Array(CAPACITY);
  }
}
