// Exact nearest rows in a k-d tree, for the scorer: a module of its own, small enough for a browser. Distances are f32 sums over the coordinates in their
// order, sixteen rows side by side, so that each row's sum is the same however many are looked at.

// Node: 12 bytes. coordinate i32 | its value f32; a leaf: −1 | first row i32 | address of its rows u32.
// Rows of a leaf: [coordinate][16] f32; the places after the last row hold infinity.
const AT: usize = 4;
const ROWS: usize = 8;

let nodes: usize = 0;
let query: usize = 0;
let offsets: usize = 0;
let distances: usize = 0;
let found: usize = 0;
let sums: usize = 0;
let width: i32 = 0;
let most: i32 = 0;
let held: i32 = 0;
let skipped: i32 = 0;
let worst: f32 = Infinity;

/**
 * Finds the `k` nearest rows to a query; `distances` (f32) and `found` (i32) hold them, the nearest first.
 * @param query one f32 a coordinate
 * @param scratch 64 bytes, then one f64 a coordinate
 * @param skip a row that does not count, or −1
 * @returns how many were found
 */
export function find(tree: usize, queryAt: usize, coordinates: i32, scratch: usize, distancesAt: usize, foundAt: usize, k: i32, skip: i32): i32 {
  nodes = tree;
  query = queryAt;
  width = coordinates;
  sums = scratch;
  offsets = scratch + 64;
  distances = distancesAt;
  found = foundAt;
  most = k;
  held = 0;
  skipped = skip;
  worst = Infinity;
  memory.fill(offsets, 0, <usize>width << 3);
  visit(0, 0);
  return held;
}

function visit(number: i32, bound: f64): void {
  const node = nodes + <usize>number * 12;
  const j = load<i32>(node);
  if (j < 0) {
    scan(node);
    return;
  }
  const offset = offsets + (<usize>j << 3);
  const away = <f64>load<f32>(query + (<usize>j << 2)) - <f64>load<f32>(node, AT);
  const before = load<f64>(offset);
  const farther = bound - before * before + away * away;
  const near = 2 * number + (away <= 0 ? 1 : 2);
  visit(near, bound);
  if (farther >= <f64>worst) return;
  store<f64>(offset, away);
  visit(4 * number + 3 - near, farther);
  store<f64>(offset, before);
}

function scan(leaf: usize): void {
  const limit = f32x4.splat(worst);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let q = query;
  let at = <usize>load<u32>(leaf, ROWS);
  let left = width;
  while (left > 0) {
    const end = q + (<usize>min(left, 8) << 2);
    while (q < end) {
      const x = v128.load32_splat(q);
      const e = f32x4.sub(v128.load(at), x);
      const f = f32x4.sub(v128.load(at, 16), x);
      const g = f32x4.sub(v128.load(at, 32), x);
      const h = f32x4.sub(v128.load(at, 48), x);
      a = f32x4.add(a, f32x4.mul(e, e));
      b = f32x4.add(b, f32x4.mul(f, f));
      c = f32x4.add(c, f32x4.mul(g, g));
      d = f32x4.add(d, f32x4.mul(h, h));
      q += 4;
      at += 64;
    }
    // sums only grow
    const least = f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
    if (!v128.any_true(f32x4.lt(least, limit))) return;
    left -= 8;
  }
  v128.store(sums, a);
  v128.store(sums, b, 16);
  v128.store(sums, c, 32);
  v128.store(sums, d, 48);
  let near = i32x4.bitmask(f32x4.lt(a, limit));
  near |= i32x4.bitmask(f32x4.lt(b, limit)) << 4;
  near |= i32x4.bitmask(f32x4.lt(c, limit)) << 8;
  near |= i32x4.bitmask(f32x4.lt(d, limit)) << 12;
  const first = load<i32>(leaf, AT);
  for (; near != 0; near &= near - 1) {
    const lane = ctz(near);
    keep(first + lane, load<f32>(sums + (<usize>lane << 2)));
  }
}

/** Puts a row in its place among the nearest; the earlier found of equals comes first. */
function keep(row: i32, distance: f32): void {
  if (!(distance < worst) || row == skipped) return;
  let place = held < most ? held++ : most - 1;
  let at = <usize>place << 2;
  const here = f32x4.splat(distance);
  // farther ones move by four
  for (; at >= 16; at -= 16) {
    const four = v128.load(distances + at - 16);
    if (!i32x4.all_true(f32x4.gt(four, here))) break;
    v128.store(distances + at - 12, four);
    v128.store(found + at - 12, v128.load(found + at - 16));
  }
  for (; at > 0 && load<f32>(distances + at - 4) > distance; at -= 4) {
    store<f32>(distances + at, load<f32>(distances + at - 4));
    store<i32>(found + at, load<i32>(found + at - 4));
  }
  store<f32>(distances + at, distance);
  store<i32>(found + at, row);
  if (held == most) worst = load<f32>(distances + (<usize>(most - 1) << 2));
}
