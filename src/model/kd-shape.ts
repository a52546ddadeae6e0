/** Rows of a leaf; the last leaf may have fewer. */
export const LEAF = 16;

/** Inner nodes of the tree over so many rows, as an implicit heap. */
export function kdNodes(rows: number): number {
  let nodes = 0;
  for (let leaves = Math.ceil(rows / LEAF), level = 1; leaves > 1; leaves = (leaves + 1) >> 1, level *= 2) nodes += level;
  return nodes;
}

/** Whether a range of rows is a leaf, and where its two halves meet: every leaf but the last one is full. */
export const isLeaf = (low: number, high: number): boolean => high - low <= LEAF;
export const middleOf = (low: number, high: number): number => low + ((Math.ceil((high - low) / LEAF) + 1) >> 1) * LEAF;
