// Sums of trees for blocks of rows, without a branch in the walk: a leaf leads to itself, so every row takes as many steps as the tree is deep,
// and four or eight rows walk side by side. A module of its own, small enough for the scorer in a browser.

// Node: 32 bytes. threshold f64 | byte offset of the column from the row's first value u32 | categorical u32 | left u32, right u32 | leaf value f64.
// In a categorical node the threshold's first word is the address of its bit set and the second the number of its bits. Missing numbers come as ±∞:
// a column has two places when nodes send them to different sides.
const FEATURE: usize = 8;
const KIND: usize = 12;
const CHILDREN: usize = 16;
const VALUE: usize = 24;

function decide(node: usize, x: f64): usize {
  return <usize>load<u32>(node + ((<usize>(x > load<f64>(node))) << 2), CHILDREN);
}

function mixedDecide(node: usize, x: f64): usize {
  if (load<u32>(node, KIND) == 0) return decide(node, x);
  const code = <u32>(<i32>x);
  if (code >= load<u32>(node, 4)) return <usize>load<u32>(node, CHILDREN + 4);
  const left = (load<u32>(<usize>load<u32>(node) + ((<usize>(code >> 5)) << 2)) >> (code & 31)) & 1;
  return <usize>load<u32>(node + <usize>((left ^ 1) << 2), CHILDREN);
}

function mixedStep(node: usize, row: usize): usize {
  return mixedDecide(node, load<f64>(row + <usize>load<u32>(node, FEATURE)));
}

/** A value of a row whose values lie side by side, where those of a block are 128 apart. */
function valueOf(node: usize, row: usize): f64 {
  return load<f64>(row + ((<usize>load<u32>(node, FEATURE)) >> 7));
}

function addVector(out: usize, leaf: usize, outputs: usize): void {
  const values = <usize>load<u32>(leaf, VALUE);
  for (let k: usize = 0; k < outputs << 3; k += 8) store<f64>(out + k, load<f64>(out + k) + load<f64>(values + k));
}

/** Adds what a leaf gives to a row. */
function give(out: usize, leaf: usize, outputs: usize, vectors: i32): void {
  if (vectors != 0) addVector(out, leaf, outputs);
  else store<f64>(out, load<f64>(out) + load<f64>(leaf, VALUE));
}

/**
 * Adds all trees to the scores of a block of rows.
 * @param trees entries of 16 bytes: root u32, depth i32, output u32, mixed u32 (1: it has categorical nodes)
 * @param block columns of 128 values each
 * @param count rows, a multiple of 8
 * @param scores f64, `outputs` a row
 * @param vectors 1: a leaf's value is the address of `outputs` values, one for each output
 */
export function addForest(trees: usize, treeCount: i32, block: usize, count: i32, scores: usize, outputs: usize, vectors: i32): void {
  const stride = outputs << 3;
  const end = trees + ((<usize>treeCount) << 4);
  const last = block + ((<usize>count) << 3);
  for (let tree = trees; tree < end; tree += 16) {
    const root = <usize>load<u32>(tree);
    const depth = load<i32>(tree, 4);
    const mixed = load<u32>(tree, 12);
    let out = scores + ((<usize>load<u32>(tree, 8)) << 3);
    if (mixed == 0) {
      // enough chains of loads to keep the processor busy
      for (let row = block; row < last; row += 64) {
        let a = root;
        let b = root;
        let c = root;
        let d = root;
        let e = root;
        let f = root;
        let g = root;
        let h = root;
        for (let k = 0; k < depth; k++) {
          a = decide(a, load<f64>(row + <usize>load<u32>(a, FEATURE)));
          b = decide(b, load<f64>(row + <usize>load<u32>(b, FEATURE), 8));
          c = decide(c, load<f64>(row + <usize>load<u32>(c, FEATURE), 16));
          d = decide(d, load<f64>(row + <usize>load<u32>(d, FEATURE), 24));
          e = decide(e, load<f64>(row + <usize>load<u32>(e, FEATURE), 32));
          f = decide(f, load<f64>(row + <usize>load<u32>(f, FEATURE), 40));
          g = decide(g, load<f64>(row + <usize>load<u32>(g, FEATURE), 48));
          h = decide(h, load<f64>(row + <usize>load<u32>(h, FEATURE), 56));
        }
        give(out, a, outputs, vectors);
        give(out + stride, b, outputs, vectors);
        give(out + 2 * stride, c, outputs, vectors);
        give(out + 3 * stride, d, outputs, vectors);
        give(out + 4 * stride, e, outputs, vectors);
        give(out + 5 * stride, f, outputs, vectors);
        give(out + 6 * stride, g, outputs, vectors);
        give(out + 7 * stride, h, outputs, vectors);
        out += 8 * stride;
      }
      continue;
    }
    for (let row = block; row < last; row += 32) {
      let a = root;
      let b = root;
      let c = root;
      let d = root;
      for (let k = 0; k < depth; k++) {
        a = mixedStep(a, row);
        b = mixedStep(b, row + 8);
        c = mixedStep(c, row + 16);
        d = mixedStep(d, row + 24);
      }
      give(out, a, outputs, vectors);
      give(out + stride, b, outputs, vectors);
      give(out + 2 * stride, c, outputs, vectors);
      give(out + 3 * stride, d, outputs, vectors);
      out += 4 * stride;
    }
  }
}

/**
 * Finds the leaf of one row in every tree: four trees are walked side by side, so that the processor need not wait for each step.
 * @param trees entries as above in fours; the first of each four has the depth and the "mixed" of them all
 * @param row its values side by side
 * @param leaves where the first leaf lies
 * @param found u32 for each entry: the number of the leaf
 */
export function rowLeaves(trees: usize, treeCount: i32, row: usize, leaves: usize, found: usize): void {
  const end = trees + ((<usize>treeCount) << 4);
  for (let tree = trees; tree < end; tree += 64) {
    const depth = load<i32>(tree, 4);
    let a = <usize>load<u32>(tree);
    let b = <usize>load<u32>(tree, 16);
    let c = <usize>load<u32>(tree, 32);
    let d = <usize>load<u32>(tree, 48);
    if (load<u32>(tree, 12) != 0) {
      for (let k = 0; k < depth; k++) {
        a = mixedDecide(a, valueOf(a, row));
        b = mixedDecide(b, valueOf(b, row));
        c = mixedDecide(c, valueOf(c, row));
        d = mixedDecide(d, valueOf(d, row));
      }
    } else {
      for (let k = 0; k < depth; k++) {
        a = decide(a, valueOf(a, row));
        b = decide(b, valueOf(b, row));
        c = decide(c, valueOf(c, row));
        d = decide(d, valueOf(d, row));
      }
    }
    store<u32>(found, <u32>((a - leaves) >> 5));
    store<u32>(found, <u32>((b - leaves) >> 5), 4);
    store<u32>(found, <u32>((c - leaves) >> 5), 8);
    store<u32>(found, <u32>((d - leaves) >> 5), 12);
    found += 16;
  }
}
