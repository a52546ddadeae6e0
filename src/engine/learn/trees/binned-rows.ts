import type { Table } from '../../../core/table.js';
import type { KernelHost } from '../../kernels/kernel-host.js';
import type { BinMapper } from './bin-mapper.js';

/** Bytes of one column's histogram: 256 cells of one i64. */
export const HISTOGRAM_BYTES = 2048;
const CHUNK = 65536;

/** A table in bins, in kernel memory: groups of 8 columns (the last of 4 when that is enough), row-major inside a group. */
export interface BinnedRows {
  readonly rows: number;
  /** Address of each column's first bin. */
  readonly address: Uint32Array;
  /** log2 of the bytes from one row to the next, by column. */
  readonly stride: Uint8Array;
  readonly groups: { readonly address: number; readonly width: 4 | 8; readonly first: number; readonly columns: number }[];
}

/** Columns of histogram memory that a leaf needs; padding included. */
export function histogramColumns(columns: number): number {
  const rest = columns % 8;
  return columns - rest + (rest === 0 ? 0 : rest <= 4 ? 4 : 8);
}

/** Bins a table into kernel memory; the block lives until the caller releases what it took before. */
export function binRows(host: KernelHost, table: Table, mappers: readonly BinMapper[]): BinnedRows {
  const columns = mappers.length;
  const rows = table.rows;
  const address = new Uint32Array(columns);
  const stride = new Uint8Array(columns);
  const groups: { address: number; width: 4 | 8; first: number; columns: number }[] = [];
  for (let first = 0; first < columns; first += 8) {
    const inGroup = Math.min(8, columns - first);
    const width = inGroup <= 4 ? 4 : 8;
    const at = host.allocate(rows * width + 8);
    if (inGroup < width) host.u8(at, rows * width).fill(0);
    groups.push({ address: at, width, first, columns: inGroup });
    for (let c = 0; c < inGroup; c++) {
      address[first + c] = at + c;
      stride[first + c] = width === 8 ? 3 : 2;
    }
  }
  const scratch = host.allocate(CHUNK * 8);
  const bounds = host.allocate(256 * 8);
  for (let c = 0; c < columns; c++) {
    const mapper = mappers[c] as BinMapper;
    const column = table.column(mapper.name);
    const out = address[c] as number;
    const shift = stride[c] as number;
    if (mapper.kind === 'numeric') {
      const padded = host.f64(bounds, 256);
      padded.fill(Number.POSITIVE_INFINITY);
      padded.set(mapper.bounds);
    }
    let map = 0;
    if (mapper.kind === 'category') {
      map = host.allocate(mapper.binOf.length);
      host.u8(map, mapper.binOf.length).set(mapper.binOf);
    }
    for (let begin = 0; begin < rows; begin += CHUNK) {
      const end = Math.min(rows, begin + CHUNK);
      const target = out + begin * (1 << shift);
      if (mapper.kind === 'numeric' && column.kind === 'numeric') {
        host.f64(scratch, end - begin).set(column.values.subarray(begin, end));
        host.kernels.binNumeric(scratch, end - begin, bounds, target, shift);
      } else if (mapper.kind === 'category' && column.kind === 'category') {
        host.i32(scratch, end - begin).set(column.codes.subarray(begin, end));
        host.kernels.binCategory(scratch, end - begin, map, mapper.binOf.length, target, shift);
      }
    }
    if (map) host.release(map);
  }
  host.release(scratch);
  return { rows, address, stride, groups };
}
