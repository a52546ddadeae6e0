// Histograms of gradient and hessian by bin. A cell is one i64: gradient · 2³² + hessian, both whole numbers, so sums are exact and
// the order of rows and threads cannot matter. Bins lie in groups of 8 (or 4) columns, row-major inside a group: one load brings a row's 8 bins.

const CELLS: usize = 256 * 8; // bytes of one column's histogram

// @ts-ignore: decorator
@inline
function addRow8(histogram: usize, v: u64, gh: i64): void {
  let c = histogram + ((<usize>v & 0xff) << 3);
  store<i64>(c, load<i64>(c) + gh);
  c = histogram + ((<usize>(v >> 8) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS) + gh, CELLS);
  c = histogram + ((<usize>(v >> 16) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS * 2) + gh, CELLS * 2);
  c = histogram + ((<usize>(v >> 24) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS * 3) + gh, CELLS * 3);
  c = histogram + ((<usize>(v >> 32) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS * 4) + gh, CELLS * 4);
  c = histogram + ((<usize>(v >> 40) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS * 5) + gh, CELLS * 5);
  c = histogram + ((<usize>(v >> 48) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS * 6) + gh, CELLS * 6);
  c = histogram + (<usize>(v >> 56) << 3);
  store<i64>(c, load<i64>(c, CELLS * 7) + gh, CELLS * 7);
}

// @ts-ignore: decorator
@inline
function addRow4(histogram: usize, v: u32, gh: i64): void {
  let c = histogram + ((<usize>v & 0xff) << 3);
  store<i64>(c, load<i64>(c) + gh);
  c = histogram + ((<usize>(v >> 8) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS) + gh, CELLS);
  c = histogram + ((<usize>(v >> 16) & 0xff) << 3);
  store<i64>(c, load<i64>(c, CELLS * 2) + gh, CELLS * 2);
  c = histogram + (<usize>(v >> 24) << 3);
  store<i64>(c, load<i64>(c, CELLS * 3) + gh, CELLS * 3);
}

/**
 * Adds the rows of a leaf to a group's histogram.
 * @param rows u32 row numbers, or 0 for rows 0…count−1
 * @param width 8 or 4 columns
 */
export function histogramGroup(bins: usize, width: i32, rows: usize, count: i32, gh: usize, histogram: usize): void {
  memory.fill(histogram, 0, <usize>width * CELLS);
  if (width == 8) {
    if (rows == 0) {
      for (let i: usize = 0; i < <usize>count; i++) addRow8(histogram, load<u64>(bins + (i << 3)), load<i64>(gh + (i << 3)));
    } else {
      const end = rows + ((<usize>count) << 2);
      for (let p = rows; p < end; p += 4) {
        const r = (<usize>load<u32>(p)) << 3;
        addRow8(histogram, load<u64>(bins + r), load<i64>(gh + r));
      }
    }
  } else {
    if (rows == 0) {
      for (let i: usize = 0; i < <usize>count; i++) addRow4(histogram, load<u32>(bins + (i << 2)), load<i64>(gh + (i << 3)));
    } else {
      const end = rows + ((<usize>count) << 2);
      for (let p = rows; p < end; p += 4) {
        const r = <usize>load<u32>(p);
        addRow4(histogram, load<u32>(bins + (r << 2)), load<i64>(gh + (r << 3)));
      }
    }
  }
}

/** parent ← parent − child, over `bytes` (a multiple of 64). */
export function subtract(parent: usize, child: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 64) {
    v128.store(parent + o, i64x2.sub(v128.load(parent + o), v128.load(child + o)));
    v128.store(parent + o, i64x2.sub(v128.load(parent + o, 16), v128.load(child + o, 16)), 16);
    v128.store(parent + o, i64x2.sub(v128.load(parent + o, 32), v128.load(child + o, 32)), 32);
    v128.store(parent + o, i64x2.sub(v128.load(parent + o, 48), v128.load(child + o, 48)), 48);
  }
}
