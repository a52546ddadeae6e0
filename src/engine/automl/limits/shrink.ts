import { EnsembleModel } from '../../../model/ensemble.js';
import type { Model } from '../../../model/model.js';
import { CATEGORICAL, type TreeArrays, TreesModel } from '../../../model/trees.js';

/**
 * The first trees of a model. Of boosted trees that is the model as it was after so many rounds; of a forest the mean of fewer trees.
 * @param count at least 1; trees that belong together (one a class) stay together
 * @param averaged the leaves hold shares of a mean, and are scaled up
 */
export function firstTrees(model: TreesModel, count: number, averaged: boolean): TreesModel {
  const { head, trees } = model;
  const group = head.vector ? 1 : head.outputs;
  const all = trees.roots.length;
  const kept = Math.min(all, Math.max(1, Math.floor(count / group)) * group);
  if (kept === all) return model;
  const nodes = trees.roots.subarray(kept).find((root) => root >= 0) ?? trees.feature.length;
  const leaves = leavesOf(trees, kept, nodes);
  const width = trees.leaf.length / Math.max(1, trees.leafCover.length);
  const cut: TreeArrays = {
    roots: trees.roots.slice(0, kept),
    feature: trees.feature.slice(0, nodes),
    flags: trees.flags.slice(0, nodes),
    threshold: trees.threshold.slice(0, nodes),
    left: trees.left.slice(0, nodes),
    right: trees.right.slice(0, nodes),
    gain: trees.gain.slice(0, nodes),
    cover: trees.cover.slice(0, nodes),
    sets: trees.sets.slice(0, wordsOf(model, nodes)),
    leaf: trees.leaf.slice(0, leaves * width),
    leafCover: trees.leafCover.slice(0, leaves),
  };
  let { start } = head;
  if (averaged) {
    // shares of classes have one more tree: the classes' frequencies
    const [whole, part] = head.link === 'mean' ? [all + 1, kept + 1] : [all, kept];
    const values = Float64Array.of(...(head.link === 'mean' ? start : []));
    const unit = unitFor(cut.leaf, whole / part);
    for (const scaled of [cut.leaf, values])
      for (let i = 0; i < scaled.length; i++) scaled[i] = Math.round(((scaled[i] as number) * whole) / part / unit) * unit;
    if (head.link === 'mean') start = [...values];
  }
  if (trees.lineStart && trees.lineFeature && trees.lineSlope && trees.lineBounds) {
    const terms = trees.lineStart[leaves] as number;
    cut.lineStart = trees.lineStart.slice(0, leaves + 1);
    cut.lineFeature = trees.lineFeature.slice(0, terms);
    cut.lineSlope = trees.lineSlope.slice(0, terms);
    cut.lineBounds = trees.lineBounds.slice(0, leaves * 3);
  }
  return new TreesModel({ ...head, start }, cut);
}

/**
 * The model with about that share of its trees in each of its members; the others stay as they are.
 * @param averaged whether a model is a forest's
 */
export function withFewerTrees(model: Model, share: number, averaged: (model: TreesModel) => boolean): Model {
  if (model instanceof TreesModel) return firstTrees(model, Math.floor(model.trees.roots.length * share), averaged(model));
  if (!(model instanceof EnsembleModel)) return model;
  const branches = model.branches.map(({ recipe, members }) => ({
    recipe,
    members: members.map((m) => ({ weight: m.weight, model: withFewerTrees(m.model, share, averaged) })),
  }));
  return new EnsembleModel(model.how, model.outputs, branches, model.calibration);
}

/** Leaves of the first trees: their numbers follow each other, tree by tree. */
function leavesOf({ roots, left, right }: TreeArrays, kept: number, nodes: number): number {
  let least = 0;
  for (const root of roots.subarray(0, kept)) least = Math.min(least, root);
  for (let i = 0; i < nodes; i++) least = Math.min(least, left[i] as number, right[i] as number);
  return -least;
}

/** Words of the bit sets of the first nodes. */
function wordsOf({ head, trees }: TreesModel, nodes: number): number {
  let words = 0;
  for (let i = 0; i < nodes; i++) {
    if (((trees.flags[i] as number) & CATEGORICAL) === 0) continue;
    words = Math.max(words, (trees.threshold[i] as number) + Math.ceil((head.levels[trees.feature[i] as number] as number) / 32));
  }
  return words;
}

/** A power of two, so small that sums of its multiples as large as these are exact in any order. */
function unitFor(values: Float64Array, factor: number): number {
  let most = 1e-300;
  for (const value of values) most = Math.max(most, Math.abs(value * factor));
  let unit = 1;
  while (unit < most) unit *= 2;
  while (unit > most) unit /= 2;
  return unit / 1_099_511_627_776;
}
