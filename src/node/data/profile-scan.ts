import { type CodedCells, type ColumnSample, type PhysicalType, SAMPLE_LIMIT, summariseColumn } from '../../engine/prep/column-sample.js';
import { spelling } from '../../model/parse-cell.js';
import { ByteDictionary } from './byte-dictionary.js';
import type { CellBatch, CellScanner, CellVector } from './cell-batch.js';
import { fromPhysical, type Picked } from './column-reader.js';

/** Rows that are looked at closely, and cells in all: enough to judge by, whatever the size of the source. */
const ROWS = 100_000;
const CELLS = 8_000_000;

/** Spreads consecutive numbers over 32 bits, so that a threshold picks rows evenly without any period (splitmix32). */
export function spreadHash(index: number, seed = 0): number {
  let x = (index + Math.imul(seed, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/**
 * Goes through the source once: counts its rows and samples its columns. Up to 200,000 rows all are profiled, beyond that 100,000 or more, spread evenly.
 * @param batches all columns, for fewer rows than the scanner has
 */
export async function profileScan(
  scanner: CellScanner,
  batches: AsyncIterable<CellBatch> = scanner.scan(scanner.names.map((_, c) => c)),
): Promise<{ rowCount: number; samples: ColumnSample[] }> {
  const width = scanner.names.length;
  const goal = Math.max(1000, Math.min(ROWS, Math.floor(CELLS / Math.max(1, width))));
  const columns = scanner.names.map((_, c) => new ProfiledColumn(scanner.physical[c] as PhysicalType));
  let rows = 0;
  let limit = 2 ** 32;
  let kept: number[] = [];
  for await (const batch of batches) {
    let picked: Picked;
    const from = kept.length;
    for (let i = 0; i < batch.rows; i++) {
      const hash = spreadHash(rows + i);
      if (hash < limit) kept.push(hash);
      else picked ??= pickedSoFar(i);
      if (picked && hash < limit) picked = pushed(picked, kept.length - from, i);
    }
    if (picked) picked = picked.subarray(0, kept.length - from);
    for (let c = 0; c < width; c++) (columns[c] as ProfiledColumn).add(batch.vectors[c] as CellVector, batch.rows, picked);
    rows += batch.rows;
    while (kept.length > 2 * goal) {
      limit /= 2;
      const stay = kept.map((hash) => hash < limit);
      for (const column of columns) column.keep(stay);
      kept = kept.filter((hash) => hash < limit);
    }
  }
  return { rowCount: rows, samples: columns.map((column, c) => summariseColumn(column.finish(scanner.names[c] as string, rows))) };
}

/** All rows before `count` were picked. */
function pickedSoFar(count: number): Int32Array {
  const picked = new Int32Array(Math.max(1024, count * 2));
  for (let i = 0; i < count; i++) picked[i] = i;
  return picked;
}

function pushed(picked: Int32Array, count: number, row: number): Int32Array {
  let array = picked;
  if (count > array.length) {
    array = new Int32Array(count * 2);
    array.set(picked);
  }
  array[count - 1] = row;
  return array;
}

class ProfiledColumn {
  #codes = new Int32Array(4096);
  #values: Float64Array | undefined;
  #rows = 0;
  readonly #bytes = new ByteDictionary();
  readonly #texts = new Map<unknown, number>();

  constructor(readonly physical: PhysicalType) {
    if (physical !== 'text') this.#values = new Float64Array(4096);
  }

  add(vector: CellVector, rows: number, picked: Picked): void {
    const count = picked ? picked.length : rows;
    this.#reserve(count);
    const codes = this.#codes;
    let at = this.#rows;
    for (let i = 0; i < count; i++, at++) {
      const row = picked ? (picked[i] as number) : i;
      if (vector.kind === 'bytes') {
        const k = row * vector.stride + vector.offset;
        const from = vector.start[k] as number;
        const to = vector.end[k] as number;
        codes[at] = from < 0 || from === to ? -1 : this.#bytes.code(vector.source, from, to);
      } else if (vector.kind === 'numbers') {
        const value = vector.values[row] as number;
        const finite = value - value === 0;
        codes[at] = finite ? this.#text(value) : -1;
        (this.#values as Float64Array)[at] = finite ? value : Number.NaN;
      } else {
        const text = spelling(vector.values[row]);
        codes[at] = text === undefined || text.trim() === '' ? -1 : this.#text(text);
      }
    }
    this.#rows = at;
  }

  /** Drops the rows that are not to stay. */
  keep(stay: readonly boolean[]): void {
    let to = 0;
    for (let at = 0; at < this.#rows; at++) {
      if (!stay[at]) continue;
      this.#codes[to] = this.#codes[at] as number;
      if (this.#values) this.#values[to] = this.#values[at] as number;
      to++;
    }
    this.#rows = to;
  }

  finish(name: string, totalRows: number): CodedCells {
    const { physical } = this;
    const texts = [...this.#texts.keys()];
    const spelled = (code: number): string => {
      if (this.#bytes.size > 0) return this.#bytes.text(code);
      const cell = texts[code];
      return typeof cell === 'number' ? (spelling(fromPhysical(cell, physical)) ?? '') : String(cell);
    };
    // numbered anew, because rows that were dropped may have been the only ones with a cell
    const renumbered = new Int32Array(Math.max(this.#bytes.size, texts.length)).fill(-1);
    const codes = new Int32Array(this.#rows);
    const levels: string[] = [];
    const hashes: number[] = [];
    for (let i = 0; i < this.#rows; i++) {
      const code = this.#codes[i] as number;
      if (code < 0) {
        codes[i] = -1;
        continue;
      }
      if ((renumbered[code] as number) < 0) {
        renumbered[code] = hashes.length;
        if (levels.length < SAMPLE_LIMIT) levels.push(spelled(code));
        hashes.push(this.#bytes.size > 0 ? (this.#bytes.hashes[code] as number) : hashOf(texts[code]));
      }
      codes[i] = renumbered[code] as number;
    }
    return { name, physical, totalRows, codes, levels, hashes, values: this.#values?.subarray(0, this.#rows) };
  }

  #text(cell: unknown): number {
    let code = this.#texts.get(cell);
    if (code === undefined) {
      code = this.#texts.size;
      this.#texts.set(cell, code);
    }
    return code;
  }

  #reserve(count: number): void {
    const need = this.#rows + count;
    if (need <= this.#codes.length) return;
    const size = Math.max(need, this.#codes.length * 2);
    const codes = new Int32Array(size);
    codes.set(this.#codes);
    this.#codes = codes;
    if (!this.#values) return;
    const values = new Float64Array(size);
    values.set(this.#values);
    this.#values = values;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function hashOf(cell: unknown): number {
  if (typeof cell === 'number') {
    scratch.setFloat64(0, cell);
    return spreadHash(scratch.getInt32(0), scratch.getInt32(4)) | 0;
  }
  let h = 0x811c9dc5;
  for (const ch of String(cell)) h = Math.imul(h ^ (ch.codePointAt(0) as number), 0x01000193);
  return h;
}
