import type { Division, HistogramSource, LeafSums, Split } from './histogram-source.js';

/** A tree in bins: node i divides, children ≥ 0 are nodes, < 0 leaf −1−child. Children come after their parent. */
export interface BinnedTree {
  readonly splits: Split[];
  readonly left: number[];
  readonly right: number[];
  /** Rows that came through each node. */
  readonly rows: number[];
  readonly leaves: LeafSums[];
}

interface Limits {
  readonly leaves: number;
  readonly maxDepth: number;
  /** Asked before each division; true gives the tree up. */
  readonly stop?: () => boolean;
  /** Lets signals happen; awaited every few divisions. */
  readonly breathe?: () => Promise<void>;
}

const DIVISIONS_A_BREATH = 4;

/**
 * Grows one tree leaf by leaf, always dividing the leaf that gains most (LightGBM's order; the first of equals).
 * Leaf ids of the source are the leaf numbers of the result.
 * @returns undefined when stopped
 */
export async function growTree(source: HistogramSource, limits: Limits): Promise<BinnedTree | undefined> {
  const tree: BinnedTree = { splits: [], left: [], right: [], rows: [], leaves: [] };
  const first = source.root();
  tree.leaves.push(first instanceof Promise ? await first : first);
  const depth = [0];
  /** The child slot that each leaf hangs from: node × 2 + side; −1: the root. */
  const slot = [-1];
  while (tree.leaves.length < limits.leaves) {
    let best = -1;
    let gain = 0;
    for (let leaf = 0; leaf < tree.leaves.length; leaf++) {
      const split = source.best(leaf);
      if (split && split.gain > gain) {
        gain = split.gain;
        best = leaf;
      }
    }
    if (best < 0) break;
    if (limits.breathe && tree.leaves.length % DIVISIONS_A_BREATH === 0) await limits.breathe();
    if (limits.stop?.()) return undefined;
    const split = source.best(best) as Split;
    const right = tree.leaves.length;
    const parent = tree.leaves[best] as LeafSums;
    const deeper = (depth[best] as number) + 1;
    // the last division's children will never be divided
    const search = deeper < limits.maxDepth && right + 1 < limits.leaves;
    const division: Division = { leaf: best, right, split, searchLeft: search, searchRight: search };
    const waiting = source.divide([division]);
    if (waiting) await waiting;
    const node = tree.splits.length;
    const hangs = slot[best] as number;
    if (hangs >= 0) {
      if (hangs & 1) tree.right[hangs >> 1] = node;
      else tree.left[hangs >> 1] = node;
    }
    tree.splits.push(split);
    tree.left.push(-1 - best);
    tree.right.push(-1 - right);
    tree.rows.push(parent.rows);
    slot[best] = node * 2;
    slot.push(node * 2 + 1);
    tree.leaves[best] = source.sums(best);
    tree.leaves.push(source.sums(right));
    depth[best] = deeper;
    depth.push(deeper);
  }
  return tree;
}
