// Histograms of gradient and hessian by bin. A cell is one i64: gradient · 2³² + hessian, both whole numbers, so sums are exact and
// the order of rows and threads cannot matter. Bins lie row-major in blocks of up to 64 columns, one cache line a row; 8 columns are summed
// at a time so that their histograms (16 KB) stay in the first-level cache.

export const CHUNK = 512; // rows gathered at a time
const CELLS: usize = 256 * 8; // bytes of one column's histogram

// @ts-expect-error: decorator
@inline
function addRow8(histogram: usize, v: u64, gh: i64): void {
  let c = histogram + (<usize>(v << 3) & 0x7f8);
  store<i64>(c, load<i64>(c) + gh);
  c = histogram + (<usize>(v >> 5) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS) + gh, CELLS);
  c = histogram + (<usize>(v >> 13) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 2) + gh, CELLS * 2);
  c = histogram + (<usize>(v >> 21) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 3) + gh, CELLS * 3);
  c = histogram + (<usize>(v >> 29) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 4) + gh, CELLS * 4);
  c = histogram + (<usize>(v >> 37) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 5) + gh, CELLS * 5);
  c = histogram + (<usize>(v >> 45) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 6) + gh, CELLS * 6);
  c = histogram + (<usize>(v >> 53) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 7) + gh, CELLS * 7);
}

// @ts-expect-error: decorator
@inline
function addRow4(histogram: usize, v: u32, gh: i64): void {
  let c = histogram + (<usize>(v << 3) & 0x7f8);
  store<i64>(c, load<i64>(c) + gh);
  c = histogram + (<usize>(v >> 5) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS) + gh, CELLS);
  c = histogram + (<usize>(v >> 13) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 2) + gh, CELLS * 2);
  c = histogram + (<usize>(v >> 21) & 0x7f8);
  store<i64>(c, load<i64>(c, CELLS * 3) + gh, CELLS * 3);
}

/** Copies a chunk's bins and gradients side by side: the misses of scattered rows then overlap, and the sums run over packed memory. */
// @ts-expect-error: decorator
@inline
function gather(bins: usize, stride: usize, rows: usize, count: usize, gh: usize, scratch: usize, scratchGh: usize): void {
  const end = rows + (count << 2);
  let to = scratch;
  let toGh = scratchGh;
  if (stride == 32) {
    for (let p = rows; p < end; p += 4) {
      const r = <usize>load<u32>(p);
      const from = bins + (r << 5);
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      store<i64>(toGh, load<i64>(gh + (r << 3)));
      to += 32;
      toGh += 8;
    }
  } else if (stride == 64) {
    for (let p = rows; p < end; p += 4) {
      const r = <usize>load<u32>(p);
      const from = bins + (r << 6);
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
      store<i64>(toGh, load<i64>(gh + (r << 3)));
      to += 64;
      toGh += 8;
    }
  } else {
    for (let p = rows; p < end; p += 4) {
      const r = <usize>load<u32>(p);
      const from = bins + r * stride;
      for (let o: usize = 0; o < stride; o += 8) store<u64>(to + o, load<u64>(from + o));
      store<i64>(toGh, load<i64>(gh + (r << 3)));
      to += stride;
      toGh += 8;
    }
  }
}

/**
 * Sums rows of a leaf into the histograms of a block's columns.
 * @param stride bytes a row, a multiple of 8, at most 64
 * @param columns columns in use; the last eight may be fewer
 * @param rows u32 row numbers; 0: rows from `begin` on
 * @param scratch CHUNK × 72 bytes of this thread
 */
export function histogramBlock(bins: usize, stride: usize, columns: i32, rows: usize, begin: usize, count: usize, gh: usize, histogram: usize, scratch: usize): void {
  memory.fill(histogram, 0, stride * CELLS);
  const scratchGh = scratch + CHUNK * 64;
  for (let start: usize = 0; start < count; start += CHUNK) {
    const size = min<usize>(CHUNK, count - start);
    let from = bins + (begin + start) * stride;
    let fromGh = gh + ((begin + start) << 3);
    if (rows != 0) {
      gather(bins, stride, rows + (start << 2), size, gh, scratch, scratchGh);
      from = scratch;
      fromGh = scratchGh;
    }
    const endGh = fromGh + (size << 3);
    for (let first = 0; first < columns; first += 8) {
      const cells = histogram + <usize>first * CELLS;
      let p = from + <usize>first;
      if (columns - first > 4) {
        for (let g = fromGh; g < endGh; g += 8) {
          addRow8(cells, load<u64>(p), load<i64>(g));
          p += stride;
        }
      } else {
        for (let g = fromGh; g < endGh; g += 8) {
          addRow4(cells, load<u32>(p), load<i64>(g));
          p += stride;
        }
      }
    }
  }
}

/** to ← to + from, over `bytes` (a multiple of 64). */
export function addHistogram(to: usize, from: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 32) {
    v128.store(to + o, i64x2.add(v128.load(to + o), v128.load(from + o)));
    v128.store(to + o, i64x2.add(v128.load(to + o, 16), v128.load(from + o, 16)), 16);
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
