import type { Table } from '../../../core/table.js';
import { CATEGORICAL, MISSING_LEFT, type TreeArrays, TreesModel } from '../../../model/trees.js';
import type { BinMapper } from './bin-mapper.js';
import type { ValuedTree } from './booster.js';
import type { LinearLeaf } from './linear-leaves.js';
import { linkOf, type Objective } from './objective.js';

/**
 * Trees in bins to trees in values. A column's missing rows that training never saw follow the larger child.
 * @param sets boosted sets of trees, and what their values count for: a mean is taken
 */
export function toModel(
  sets: readonly { readonly trees: readonly ValuedTree[]; readonly share: number }[],
  objective: Objective,
  mappers: readonly BinMapper[],
  table: Table,
): TreesModel {
  const trees = sets.flatMap((set) => set.trees.map((tree) => ({ ...tree, share: set.share })));
  const nodes = trees.reduce((n, t) => n + t.tree.splits.length, 0);
  const leaves = trees.reduce((n, t) => n + t.tree.leaves.length, 0);
  const width = trees.some((t) => t.values.length > t.tree.leaves.length) ? objective.outputs : 1;
  const lines = trees.some((t) => t.lines) ? new LineList(leaves) : undefined;
  const levels = table.columns.map((c) => (c.kind === 'category' ? c.levels.length : 0));
  const { scale, unit } = objective;
  const shared = (value: number, share: number): number => (share === 1 ? value : Math.round((value * share) / unit) * unit);
  const bits: number[] = [];
  const arrays = {
    roots: new Int32Array(trees.length),
    feature: new Int32Array(nodes),
    flags: new Uint8Array(nodes),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    gain: new Float32Array(nodes),
    cover: new Float32Array(nodes),
    leaf: new Float64Array(leaves * width),
    leafCover: new Float32Array(leaves),
  };
  let node = 0;
  let leaf = 0;
  trees.forEach(({ tree, values, gainScale, lines: own, share }, t) => {
    const child = (c: number): number => (c >= 0 ? node + c : -1 - (leaf + (-1 - c)));
    arrays.roots[t] = tree.splits.length > 0 ? node : -1 - leaf;
    tree.splits.forEach((split, i) => {
      const at = node + i;
      const mapper = mappers[split.column] as BinMapper;
      arrays.feature[at] = split.column;
      arrays.left[at] = child(tree.left[i] as number);
      arrays.right[at] = child(tree.right[i] as number);
      // a 32-bit number has no room for the gains of huge targets
      arrays.gain[at] = Math.min(3e38, split.gain * gainScale * scale * scale * share);
      arrays.cover[at] = tree.rows[i] as number;
      if (mapper.kind === 'category') {
        arrays.flags[at] = CATEGORICAL;
        arrays.threshold[at] = bits.length;
        const words = new Uint32Array(Math.ceil(mapper.binOf.length / 32));
        mapper.binOf.forEach((bin, code) => {
          if (bin > 0 && ((split.set[bin >> 5] as number) >>> (bin & 31)) & 1)
            words[code >> 5] = (words[code >> 5] as number) | (1 << (code & 31));
        });
        for (const w of words) bits.push(w);
      } else {
        arrays.threshold[at] = mapper.bounds[split.bin - 1] as number;
        const rowsOf = (c: number): number => (c >= 0 ? (tree.rows[c] as number) : (tree.leaves[-1 - c]?.rows ?? 0));
        const sawMissing = mapper.sawMissing;
        const missingLeft = sawMissing ? split.missingLeft : rowsOf(tree.left[i] as number) >= rowsOf(tree.right[i] as number);
        arrays.flags[at] = missingLeft ? MISSING_LEFT : 0;
      }
    });
    tree.leaves.forEach((sums, i) => {
      for (let k = 0; k < width; k++) arrays.leaf[(leaf + i) * width + k] = shared(values[i * width + k] as number, share) * scale;
      arrays.leafCover[leaf + i] = sums.rows;
      lines?.add(own?.[i], scale * share);
    });
    node += tree.splits.length;
    leaf += tree.leaves.length;
  });
  const head = {
    inputs: table.columns.map((c) => c.name),
    levels,
    outputs: objective.outputs,
    link: linkOf(objective.name),
    start: Array.from(objective.start, (s) => s * scale),
    ...(width > 1 && { vector: true }),
  };
  return new TreesModel(head, { ...arrays, sets: Uint32Array.from(bits), ...lines?.arrays() });
}

/** The lines of leaves, one after the other. */
class LineList {
  readonly #start: Int32Array;
  readonly #feature: number[] = [];
  readonly #slope: number[] = [];
  readonly #bounds: number[] = [];
  #leaf = 0;

  constructor(leaves: number) {
    this.#start = new Int32Array(leaves + 1);
  }

  add(line: LinearLeaf | undefined, scale: number): void {
    if (line) {
      this.#feature.push(...line.columns);
      this.#slope.push(...line.coefficients.map((w) => w * scale));
    }
    for (const v of line ? [line.base, line.low, line.high] : [0, 0, 0]) this.#bounds.push(v * scale);
    this.#start[++this.#leaf] = this.#feature.length;
  }

  arrays(): Pick<TreeArrays, 'lineStart' | 'lineFeature' | 'lineSlope' | 'lineBounds'> {
    return {
      lineStart: this.#start,
      lineFeature: Int32Array.from(this.#feature),
      lineSlope: Float64Array.from(this.#slope),
      lineBounds: Float64Array.from(this.#bounds),
    };
  }
}
