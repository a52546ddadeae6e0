// Values to bins: bin 0 is missing; bin b ≥ 1 holds bounds[b−2] < x ≤ bounds[b−1].

/** @param bounds 256 ascending f64, padded with +∞ */
export function binNumeric(values: usize, count: usize, bounds: usize, out: usize, stride: usize, column: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const x = load<f64>(values + (i << 3));
    let at: usize = 0;
    // branch-free lower bound over 256
    at += (<usize>(load<f64>(bounds + ((at + 127) << 3)) < x)) << 7;
    at += (<usize>(load<f64>(bounds + ((at + 63) << 3)) < x)) << 6;
    at += (<usize>(load<f64>(bounds + ((at + 31) << 3)) < x)) << 5;
    at += (<usize>(load<f64>(bounds + ((at + 15) << 3)) < x)) << 4;
    at += (<usize>(load<f64>(bounds + ((at + 7) << 3)) < x)) << 3;
    at += (<usize>(load<f64>(bounds + ((at + 3) << 3)) < x)) << 2;
    at += (<usize>(load<f64>(bounds + ((at + 1) << 3)) < x)) << 1;
    at += <usize>(load<f64>(bounds + (at << 3)) < x);
    const bin = <u8>(x != x ? 0 : at + 1);
    store<u8>(out + i * stride, bin);
    if (column != 0) store<u8>(column + i, bin);
  }
}

/** @param map u8 bin of each code; codes outside it are bin 0 */
export function binCategory(codes: usize, count: usize, map: usize, levels: u32, out: usize, stride: usize, column: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const code = load<u32>(codes + (i << 2));
    const bin: u8 = code < levels ? load<u8>(map + <usize>code) : 0;
    store<u8>(out + i * stride, bin);
    if (column != 0) store<u8>(column + i, bin);
  }
}
