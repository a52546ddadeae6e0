// Products of small f32 matrices: both sides are packed into panels of 4 rows and 8 columns, so that the inner loop reads memory in order.

/** Copies rows of A (any strides, in floats) into panels: [row / 4][k][4]. */
function packRows(a: usize, rowStride: usize, depthStride: usize, m: i32, k: i32, to: usize): void {
  for (let i = 0; i < m; i += 4) {
    const a0 = a + (<usize>i * rowStride * 4);
    if (rowStride == 1) {
      let from = a0;
      for (let d = 0; d < k; d++) {
        v128.store(to, v128.load(from));
        from += depthStride * 4;
        to += 16;
      }
      continue;
    }
    const a1 = a0 + rowStride * 4;
    const a2 = a1 + rowStride * 4;
    const a3 = a2 + rowStride * 4;
    let offset: usize = 0;
    for (let d = 0; d < k; d++) {
      store<f32>(to, load<f32>(a0 + offset));
      store<f32>(to, load<f32>(a1 + offset), 4);
      store<f32>(to, load<f32>(a2 + offset), 8);
      store<f32>(to, load<f32>(a3 + offset), 12);
      offset += depthStride * 4;
      to += 16;
    }
  }
}

/** Copies `width` (8 or 4) columns of B from column `j` on: [k][width]. */
function packColumns(b: usize, depthStride: usize, columnStride: usize, j: i32, width: i32, k: i32, to: usize): void {
  let from = b + (<usize>j * columnStride * 4);
  for (let d = 0; d < k; d++) {
    if (columnStride == 1) {
      v128.store(to, v128.load(from));
      if (width == 8) v128.store(to, v128.load(from, 16), 16);
    } else {
      let at = from;
      for (let c = 0; c < width; c++) {
        store<f32>(to + (<usize>c << 2), load<f32>(at));
        at += columnStride * 4;
      }
    }
    from += depthStride * 4;
    to += <usize>width << 2;
  }
}

function tile8(a: usize, b: usize, k: i32, c: usize, stride: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  const end = a + (<usize>k << 4);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(x2, b0));
    s21 = f32x4.add(s21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(x3, b0));
    s31 = f32x4.add(s31, f32x4.mul(x3, b1));
    a += 16;
    b += 32;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  c += stride;
  v128.store(c, s10);
  v128.store(c, s11, 16);
  c += stride;
  v128.store(c, s20);
  v128.store(c, s21, 16);
  c += stride;
  v128.store(c, s30);
  v128.store(c, s31, 16);
}

function tile4(a: usize, b: usize, k: i32, c: usize, stride: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = a + (<usize>k << 4);
  while (a < end) {
    const b0 = v128.load(b);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(a), b0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(a, 4), b0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(a, 8), b0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(a, 12), b0));
    a += 16;
    b += 16;
  }
  v128.store(c, s0);
  v128.store(c + stride, s1);
  v128.store(c + 2 * stride, s2);
  v128.store(c + 3 * stride, s3);
}

/**
 * C = A · B, C row-major m × n. Strides are in floats: A[i, d] lies at i · aRow + d · aDepth, B[d, j] at d · bDepth + j · bColumn.
 * @param m multiple of 4
 * @param n multiple of 4
 * @param scratch (m + 8) · k floats
 */
export function multiply(
  a: usize,
  aRow: usize,
  aDepth: usize,
  b: usize,
  bDepth: usize,
  bColumn: usize,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  scratch: usize,
): void {
  const panel = scratch + (<usize>m * <usize>k * 4);
  const stride = <usize>n << 2;
  const step = <usize>k << 4;
  packRows(a, aRow, aDepth, m, k, scratch);
  for (let j = 0; j < n; j += 8) {
    const width = min(8, n - j);
    packColumns(b, bDepth, bColumn, j, width, k, panel);
    let rows = scratch;
    let to = c + (<usize>j << 2);
    for (let i = 0; i < m; i += 4) {
      if (width == 8) tile8(rows, panel, k, to, stride);
      else tile4(rows, panel, k, to, stride);
      rows += step;
      to += stride << 2;
    }
  }
}
