import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { type Column, Table } from '../../../core/table.js';
import { KernelHost } from '../../kernels/kernel-host.js';
import { type BinMapper, fitBins } from './bin-mapper.js';
import { binRows } from './binned-rows.js';

/** The bin of one cell, by the definition. */
function expected(mapper: BinMapper, column: Column, row: number): number {
  if (mapper.kind === 'category') return mapper.binOf[(column as Column & { kind: 'category' }).codes[row] as number] ?? 0;
  const x = (column as Column & { kind: 'numeric' }).values[row] as number;
  if (Number.isNaN(x)) return 0;
  let bin = 1;
  while ((mapper.bounds[bin - 1] as number) < x) bin++;
  return bin;
}

const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE];

function randomTable(rows: number, columns: number, seed: number): Table {
  const rng = new Rng(seed);
  return new Table(
    Array.from({ length: columns }, (_, c): Column => {
      const name = c === 0 ? '__proto__' : `c${c}`;
      if (c % 4 === 3) {
        const levels = Array.from({ length: [2, 40, 300][c % 3] as number }, (_, i) => `l${i}`);
        return { kind: 'category', name, codes: Int32Array.from({ length: rows }, () => rng.below(levels.length + 1) - 1), levels };
      }
      const draw = (): number =>
        rng.below(10) === 0 ? (strange[rng.below(strange.length)] as number) : c % 4 === 2 ? rng.below(5) : rng.float() * 100 - 50;
      return { kind: 'numeric', name, values: Float64Array.from({ length: rows }, draw) };
    }),
  );
}

describe('binRows', () => {
  it.each([
    [1, 1, 255],
    [300, 7, 255],
    [300, 8, 256],
    [500, 64, 16],
    [9000, 70, 255], // two blocks of columns, two chunks of rows
    [40, 130, 3],
  ])('%i rows × %i columns in %i bins: both layouts hold the bin of every cell', async (rows, columns, bins) => {
    const host = await KernelHost.create();
    const table = randomTable(rows, columns, rows + columns);
    const mappers = fitBins(table, bins, new Rng(1));
    const unseen = randomTable(rows, columns, 99);
    for (const [given, training] of [
      [table, true],
      [unseen, false],
    ] as const) {
      const binned = binRows(host, given, mappers, training);
      const wrong: string[] = [];
      mappers.forEach((mapper, c) => {
        const step = binned.stride[c] as number;
        const lines = host.u8(binned.address[c] as number, (rows - 1) * step + 1);
        const own = training ? host.u8(binned.column[c] as number, rows) : undefined;
        for (let r = 0; r < rows; r++) {
          const want = expected(mapper, given.column(mapper.name), r);
          if (lines[r * step] !== want || (own && own[r] !== want))
            wrong.push(`column ${c} row ${r}: ${lines[r * step]}, ${own?.[r]}, not ${want}`);
        }
      });
      expect(wrong.slice(0, 5)).toEqual([]);
    }
  });

  it('leaves unused bytes of a row zero, so that they add to no column in use', async () => {
    const host = await KernelHost.create();
    const dirty = host.allocate(4096);
    host.u8(dirty, 4096).fill(255);
    host.release(dirty);
    const table = randomTable(50, 5, 1);
    const binned = binRows(host, table, fitBins(table, 255, new Rng(1)), true);
    const [block] = binned.blocks;
    expect(block).toMatchObject({ stride: 8, first: 0, columns: 5 });
    const bytes = host.u8(block?.address as number, 400);
    for (let r = 0; r < 50; r++) expect([...bytes.subarray(r * 8 + 5, r * 8 + 8)]).toEqual([0, 0, 0]);
  });

  it('gives back the room it needed only for the work', async () => {
    const host = await KernelHost.create();
    const table = randomTable(20_000, 10, 2);
    const before = host.used;
    binRows(host, table, fitBins(table, 255, new Rng(1)), true);
    expect(host.used - before).toBeLessThan(20_000 * (16 + 10) + 64 * 16);
  });
});
