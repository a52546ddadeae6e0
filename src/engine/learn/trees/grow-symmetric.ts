import type { BinnedTree } from './grow-tree.js';
import type { LeafSums, LocalHistograms } from './histogram-source.js';

/**
 * Grows a symmetric tree (Prokhorenkova et al. 2018, CatBoost): all leaves of a level are divided by the same split, the one that gains most over all of them. A leaf that
 * the split would leave whole stays as it is.
 * @returns undefined when stopped
 */
export async function growSymmetric(
  source: LocalHistograms,
  limits: { readonly leaves: number; readonly maxDepth: number; readonly stop?: () => boolean; readonly breathe?: () => Promise<void> },
): Promise<BinnedTree | undefined> {
  let depth = 0;
  while (2 << depth <= limits.leaves && depth < limits.maxDepth) depth++;
  const tree: BinnedTree = { splits: [], left: [], right: [], rows: [], leaves: [source.root()] };
  /** The child slot that each leaf hangs from: node × 2 + side; −1: the root. */
  const slot = [-1];
  for (let level = 0; level < depth; level++) {
    await limits.breathe?.();
    if (limits.stop?.()) return undefined;
    const count = tree.leaves.length;
    const split = source.bestOfLevel(Array.from({ length: count }, (_, i) => i));
    if (!split) break;
    for (let leaf = 0; leaf < count; leaf++) {
      const own = source.splitOf(leaf, { ...split, gain: split.gain / count });
      const parent = tree.leaves[leaf] as LeafSums;
      if (own.left.hessian === 0 || own.left.hessian === parent.hessian) continue;
      const right = tree.leaves.length;
      source.divide([{ leaf, right, split: own, searchLeft: false, searchRight: false, sum: level + 1 < depth }]);
      const node = tree.splits.length;
      const hangs = slot[leaf] as number;
      if (hangs >= 0) {
        if (hangs & 1) tree.right[hangs >> 1] = node;
        else tree.left[hangs >> 1] = node;
      }
      tree.splits.push(own);
      tree.left.push(-1 - leaf);
      tree.right.push(-1 - right);
      tree.rows.push(parent.rows);
      slot[leaf] = node * 2;
      slot.push(node * 2 + 1);
      tree.leaves[leaf] = source.sums(leaf);
      tree.leaves.push(source.sums(right));
    }
  }
  return tree;
}
