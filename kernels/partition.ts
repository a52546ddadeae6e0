// Rows of a leaf are moved to its children; scores take the new leaf values.

/** A tree in bins: 48 bytes a node. */
export const NODE_BINS: usize = 0; // u32, the column's first bin
export const NODE_STRIDE: usize = 4; // i32, bytes a row
export const NODE_LEFT: usize = 8; // i32, ≥ 0 a node, < 0 leaf −1−i
export const NODE_RIGHT: usize = 12;
export const NODE_SET: usize = 16; // 32 bytes: the bins that go left
export const NODE: usize = 48;

// @ts-expect-error: decorator
@inline
export function goesLeft(set: usize, bin: u32): u32 {
  return (load<u32>(set + ((<usize>(bin >> 5)) << 2)) >> (bin & 31)) & 1;
}

/** `bins` is one column, a byte a row. Left rows stay in place at the front, right rows go to `spare`; returns how many stay. Order is kept on both sides. */
export function partition(rows: usize, count: i32, bins: usize, set: usize, spare: usize): i32 {
  let left = rows;
  let right = spare;
  const end = rows + ((<usize>count) << 2);
  for (let p = rows; p < end; p += 4) {
    const r = load<u32>(p);
    const isLeft = goesLeft(set, load<u8>(bins + <usize>r));
    store<u32>(left, r);
    store<u32>(right, r);
    left += <usize>(isLeft << 2);
    right += <usize>((isLeft ^ 1) << 2);
  }
  return <i32>((left - rows) >> 2);
}

/** scores[row] += value for the rows of a leaf. */
export function addToRows(scores: usize, rows: usize, count: i32, value: f64): void {
  const end = rows + ((<usize>count) << 2);
  for (let p = rows; p < end; p += 4) {
    const at = scores + ((<usize>load<u32>(p)) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}

/** scores[row] += the leaf value that a tree in bins gives it, for rows begin…end−1 (of `rows`, or themselves when it is 0). */
export function addTree(nodes: usize, leaves: usize, scores: usize, rows: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const r: usize = rows == 0 ? <usize>i : <usize>load<u32>(rows + ((<usize>i) << 2));
    let at = 0;
    do {
      const node = nodes + <usize>at * NODE;
      const bin = <u32>load<u8>(<usize>load<u32>(node, NODE_BINS) + r * <usize>load<i32>(node, NODE_STRIDE));
      at = goesLeft(node + NODE_SET, bin) ? load<i32>(node, NODE_LEFT) : load<i32>(node, NODE_RIGHT);
    } while (at >= 0);
    const s = scores + (r << 3);
    store<f64>(s, load<f64>(s) + load<f64>(leaves + ((<usize>(-1 - at)) << 3)));
  }
}
