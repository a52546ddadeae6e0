import type { Table } from '../../../core/table.js';
import { binsOf } from '../../../model/additive.js';
import type { BinMapper } from '../trees/bin-mapper.js';

/** A column in bins, as training sees it. Bin 0 is missing, and categories without a bin of their own. */
export interface BinnedColumn {
  readonly name: string;
  readonly size: number;
  readonly bounds?: Float64Array;
  readonly binOf?: Uint8Array;
  /** Bin of every training row. */
  readonly cells: Uint8Array;
  /** Bin of every validation row. */
  readonly held: Uint8Array;
}

/** Bins the columns of both tables. A column with fewer than two bins that rows fall in says nothing and is left out. */
export function* binColumns(mappers: readonly BinMapper[], train: Table, held: Table | undefined): Generator<undefined, BinnedColumn[]> {
  const columns: BinnedColumn[] = [];
  for (const mapper of mappers) {
    yield;
    const spec = mapper.kind === 'category' ? { binOf: mapper.binOf } : { bounds: mapper.bounds.filter((v) => v - v === 0) };
    const size = spec.bounds ? spec.bounds.length + 2 : mapper.bins;
    const cells = binsOf(train.column(mapper.name), spec);
    if (cells.every((bin) => bin === cells[0])) continue;
    columns.push({ name: mapper.name, size, ...spec, cells, held: held ? binsOf(held.column(mapper.name), spec) : new Uint8Array(0) });
  }
  return columns;
}

/** Two columns in cells of a grid. */
export interface BinnedPair {
  readonly first: number;
  readonly second: number;
  readonly rows: number;
  readonly width: number;
  readonly cells: Uint16Array;
  readonly held: Uint16Array;
}

/** The cell of every row: row-major, cells of `first` × cells of `second`. */
export function pairCells(a: Uint8Array, toA: Uint8Array, b: Uint8Array, toB: Uint8Array, width: number): Uint16Array {
  const out = new Uint16Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = (toA[a[i] as number] as number) * width + (toB[b[i] as number] as number);
  return out;
}

/**
 * The side of a grid for a column: which cell each bin belongs to. Neighbouring bins share a cell so that cells weigh about the same; bin 0 has cell 0 alone.
 * @param order the bins from 1 on in the order in which they are neighbours
 * @param weight of the rows in each bin
 */
export function coarseCells(order: readonly number[], weight: Float64Array, most: number): { cells: Uint8Array; count: number } {
  const cells = new Uint8Array(weight.length);
  const alone = order.length <= most - 1;
  let rest = 0;
  for (const bin of order) rest += weight[bin] as number;
  let cell = 1;
  let inCell = 0;
  order.forEach((bin, i) => {
    cells[bin] = cell;
    inCell += weight[bin] as number;
    const cellsLeft = most - cell;
    if (i === order.length - 1 || (!alone && (cellsLeft <= 1 || inCell < rest / cellsLeft))) return;
    rest -= inCell;
    inCell = 0;
    cell++;
  });
  return { cells, count: order.length > 0 ? cell + 1 : 1 };
}
