import type { Table } from '../../../core/table.js';
import type { KernelHost } from '../../kernels/kernel-host.js';
import { Job } from '../../kernels/kernel-host.js';
import type { BinMapper } from './bin-mapper.js';
import { finish, type Steps } from './steps.js';

/** Bytes of one column's histogram: 256 cells of one i64. */
export const HISTOGRAM_BYTES = 2048;
/** Columns whose bins of one row share a cache line. */
const BLOCK_COLUMNS = 64;
/** Rows binned at a time: the row-major output of a chunk stays in the second-level cache while all columns are written. */
const CHUNK = 8192;
const ENTRY = 32;

/** A table in bins, in kernel memory: row-major in blocks of up to 64 columns, and, for training, column-major too. */
export interface BinnedRows {
  readonly rows: number;
  /** Address of each column's first bin in the row-major blocks. */
  readonly address: Uint32Array;
  /** Bytes from one row to the next, by column. */
  readonly stride: Uint8Array;
  /** Address of each column of its own; for training only. */
  readonly column: Uint32Array;
  readonly blocks: { readonly address: number; readonly stride: number; readonly first: number; readonly columns: number }[];
}

/** Columns of histogram memory that a leaf needs; padding included. */
export function histogramColumns(columns: number): number {
  return Math.ceil(columns / 8) * 8;
}

/**
 * Bins a table into kernel memory; the memory is the caller's to release.
 * @param forTraining keeps a column-major copy as well, which dividing leaves reads
 */
export function binRows(host: KernelHost, table: Table, mappers: readonly BinMapper[], forTraining: boolean): BinnedRows {
  return finish(binRowsInSteps(host, table, mappers, forTraining));
}

/** The same, some thousand rows a step; nothing else may take kernel memory in between. */
export function* binRowsInSteps(host: KernelHost, table: Table, mappers: readonly BinMapper[], forTraining: boolean): Steps<BinnedRows> {
  const columns = mappers.length;
  const rows = table.rows;
  const address = new Uint32Array(columns);
  const stride = new Uint8Array(columns);
  const column = new Uint32Array(columns);
  const blocks: { address: number; stride: number; first: number; columns: number }[] = [];
  for (let first = 0; first < columns; first += BLOCK_COLUMNS) {
    const inBlock = Math.min(BLOCK_COLUMNS, columns - first);
    const bytes = histogramColumns(inBlock);
    const at = host.allocate(rows * bytes);
    blocks.push({ address: at, stride: bytes, first, columns: inBlock });
    if (inBlock < bytes) host.u8(at, rows * bytes).fill(0);
    for (let c = 0; c < inBlock; c++) {
      address[first + c] = at + c;
      stride[first + c] = bytes;
    }
  }
  if (forTraining) for (let c = 0; c < columns; c++) column[c] = host.allocate(rows);
  const mark = host.allocate(0);
  const tables = mappers.map((mapper) => placeMapper(host, mapper));
  const values = mappers.map(() => host.allocate(CHUNK * 8));
  const entries = host.allocate(columns * ENTRY);
  for (let begin = 0; begin < rows; begin += CHUNK) {
    const end = Math.min(rows, begin + CHUNK);
    const list = host.i32(entries, (columns * ENTRY) / 4);
    mappers.forEach((mapper, c) => {
      const source = table.column(mapper.name);
      if (source.kind === 'numeric') host.f64(values[c] as number, end - begin).set(source.values.subarray(begin, end));
      else host.i32(values[c] as number, end - begin).set(source.codes.subarray(begin, end));
      const step = stride[c] as number;
      list.set(
        [
          values[c] as number,
          tables[c] as number,
          mapper.kind === 'numeric' ? -1 : mapper.binOf.length,
          (address[c] as number) + begin * step,
          step,
          forTraining ? (column[c] as number) + begin : 0,
        ],
        (c * ENTRY) / 4,
      );
    });
    host.int(0, columns);
    host.int(1, end - begin);
    host.int(2, entries);
    host.run(Job.binColumns, (end - begin) * columns < 20_000);
    yield;
  }
  host.release(mark);
  return { rows, address, stride, column, blocks };
}

function placeMapper(host: KernelHost, mapper: BinMapper): number {
  if (mapper.kind === 'category') {
    const at = host.allocate(mapper.binOf.length);
    host.u8(at, mapper.binOf.length).set(mapper.binOf);
    return at;
  }
  const at = host.allocate(256 * 8);
  const bounds = host.f64(at, 256);
  bounds.fill(Number.POSITIVE_INFINITY);
  bounds.set(mapper.bounds);
  return at;
}
