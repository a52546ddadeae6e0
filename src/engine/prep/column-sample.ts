import { textHash } from '../../core/text-hash.js';

/** How the source itself holds a column: text files hold text, Parquet and databases may say more. */
export type PhysicalType = 'text' | 'number' | 'integer' | 'boolean' | 'datetime';

/** What any source tells of one column; enough to infer its meaning. Counted on the rows that were profiled. */
export interface ColumnSample {
  name: string;
  physical: PhysicalType;
  /** Rows that were profiled. */
  rows: number;
  /** Rows of the whole source; equals `rows` when all were profiled. */
  totalRows: number;
  /** Empty or null cells among the profiled rows; tokens such as "NA" are not counted here. */
  missing: number;
  /** Different cells, spaces at the ends aside. */
  distinct: number;
  /** The most frequent cells with their counts, at most 10. */
  top: { value: string; count: number }[];
  /** Different cells in order of their first appearance, at most `SAMPLE_LIMIT`; spread over the whole source. */
  sample: string[];
  /** How often each of `sample` appears. */
  counts: number[];
  /** Equal for columns whose profiled cells are all the same; differs otherwise but for chance (2⁻⁵²). */
  fingerprint: string;
  /** Share of rows whose cell was already seen before the row above had its own for the first time: 0 where equal cells stand together. */
  backward: number;
  min?: number;
  max?: number;
  mean?: number;
}

/** Different cells that a sample spells out. */
export const SAMPLE_LIMIT = 10_000;

/** A column as codes into its different cells; the form in which every source hands its profiled rows over. */
export interface CodedCells {
  name: string;
  physical: PhysicalType;
  totalRows: number;
  /** One code a row, −1 for missing, numbered by first appearance. */
  codes: Int32Array;
  /** Cells by code; may be cut after `SAMPLE_LIMIT`. */
  levels: readonly string[];
  /** A hash of the cell by code; as long as there are different cells. */
  hashes: ArrayLike<number>;
  /** For numbers, their values by row, NaN for missing: gives exact extremes. */
  values?: Float64Array;
}

/** Summarises coded cells; cells that differ by spaces at the ends are one. */
export function summariseColumn(cells: CodedCells): ColumnSample {
  const { codes, levels, hashes } = cells;
  const raw = new Uint32Array(hashes.length);
  let missing = 0;
  let back = 0;
  let above = -1;
  let [h1, h2] = [0x811c9dc5, 0x2545f491];
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    const hash = code < 0 ? 0x5bd1e995 : (hashes[code] as number);
    h1 = Math.imul(h1 ^ hash, 0x01000193);
    h2 = (Math.imul(h2, 31) + hash) | 0;
    h2 ^= h2 >>> 15;
    if (code < 0) missing++;
    else {
      raw[code] = (raw[code] as number) + 1;
      // codes are numbered by first appearance, so a smaller one is a return
      if (code < above) back++;
      above = code;
    }
  }
  const merged = new Map<string, number>();
  let blank = 0;
  for (let code = 0; code < levels.length; code++) {
    const value = (levels[code] as string).trim();
    const count = raw[code] as number;
    if (value === '') blank += count;
    else merged.set(value, (merged.get(value) ?? 0) + count);
  }
  const sample = [...merged.keys()];
  const counts = [...merged.values()];
  const order = counts.map((_, i) => i).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const result: ColumnSample = {
    name: cells.name,
    physical: cells.physical,
    rows: codes.length,
    totalRows: cells.totalRows,
    missing: missing + blank,
    distinct: merged.size + Math.max(0, hashes.length - levels.length),
    top: order.slice(0, 10).map((i) => ({ value: sample[i] as string, count: counts[i] as number })),
    sample,
    counts,
    backward: codes.length === 0 ? 0 : back / codes.length,
    fingerprint: `${(h1 >>> 0).toString(36)}-${(h2 >>> 0).toString(36)}`,
  };
  if (cells.values) Object.assign(result, extremes(cells.values));
  return result;
}

/** Codes values in order of first appearance; a helper for sources that hold JavaScript values. `undefined` is missing. */
export function codeCells(cells: readonly (string | undefined)[]): Pick<CodedCells, 'codes' | 'levels' | 'hashes'> {
  const index = new Map<string, number>();
  const codes = new Int32Array(cells.length);
  const hashes: number[] = [];
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === undefined) {
      codes[i] = -1;
      continue;
    }
    let code = index.get(cell);
    if (code === undefined) {
      code = index.size;
      index.set(cell, code);
      hashes.push(textHash(cell));
    }
    codes[i] = code;
  }
  return { codes, levels: [...index.keys()].slice(0, SAMPLE_LIMIT), hashes };
}

function extremes(values: Float64Array): { min?: number; max?: number; mean?: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
  }
  return count === 0 ? {} : { min, max, mean: sum / count };
}
