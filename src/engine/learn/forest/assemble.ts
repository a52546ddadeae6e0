import type { Table } from '../../../core/table.js';
import { CATEGORICAL, MISSING_LEFT, type TreeArrays, type TreesHead, TreesModel } from '../../../model/trees.js';
import type { BinMapper } from '../trees/bin-mapper.js';
import { type GrownTree, NODE } from './slots.js';

/** What becomes of leaf means and split gains. */
export interface ForestScale {
  /** Turns a value of the kernels into one of the target: `value × factor + offset`. */
  readonly factor: number;
  readonly offset: number;
  /** Turns a gain of the kernels into units of the loss. */
  readonly gain: number;
  /** Leaf values are whole multiples of this. */
  readonly unit: number;
}

type Part = Omit<TreeArrays, 'roots' | 'sets'>;

/** Collects grown trees, compactly, and makes a model of them. */
export class ForestAssembly {
  readonly #mappers: readonly BinMapper[];
  readonly #outputs: number;
  readonly #parts: Part[] = [];
  readonly #sets: number[] = [];

  /** @param outputs values a leaf */
  constructor(mappers: readonly BinMapper[], outputs: number) {
    this.#mappers = mappers;
    this.#outputs = outputs;
  }

  get trees(): number {
    return this.#parts.length;
  }

  /** Takes a tree over; children and leaves are counted from its own first. */
  add({ nodes, nodeCount, values, leafRows }: GrownTree): void {
    const outputs = this.#outputs;
    const merged = outputs > 1 ? sameLeaves(values, leafRows, outputs) : undefined;
    const leaves = merged ? merged.first : Uint32Array.from(leafRows.keys());
    const part: Part = {
      feature: new Int32Array(nodeCount),
      flags: new Uint8Array(nodeCount),
      threshold: new Float64Array(nodeCount),
      left: new Int32Array(nodeCount),
      right: new Int32Array(nodeCount),
      gain: new Float32Array(nodeCount),
      cover: new Float32Array(nodeCount),
      leaf: new Float64Array(leaves.length * outputs),
      leafCover: Float32Array.from(leaves, (l) => leafRows[l] as number),
    };
    leaves.forEach((l, i) => {
      part.leaf.set(values.subarray(l * outputs, (l + 1) * outputs), i * outputs);
    });
    const child = (c: number): number => (c >= 0 || !merged ? c : -1 - (merged.place[-1 - c] as number));
    for (let i = 0; i < nodeCount; i++) {
      const at = i * NODE;
      const column = nodes.getInt32(at, true);
      const flags = nodes.getInt32(at + 8, true);
      part.feature[i] = column;
      part.left[i] = child(nodes.getInt32(at + 12, true));
      part.right[i] = child(nodes.getInt32(at + 16, true));
      part.cover[i] = nodes.getInt32(at + 20, true);
      part.gain[i] = Math.min(3e38, nodes.getFloat64(at + 24, true));
      const mapper = this.#mappers[column] as BinMapper;
      if (mapper.kind === 'category') {
        part.flags[i] = CATEGORICAL;
        part.threshold[i] = this.#sets.length;
        const words = new Uint32Array(Math.ceil(mapper.binOf.length / 32));
        mapper.binOf.forEach((bin, code) => {
          if (bin > 0 && (nodes.getUint32(at + 32 + (bin >> 5) * 4, true) >>> (bin & 31)) & 1)
            words[code >> 5] = (words[code >> 5] as number) | (1 << (code & 31));
        });
        for (const word of words) this.#sets.push(word);
      } else {
        part.threshold[i] = mapper.bounds[nodes.getInt32(at + 4, true) - 1] as number;
        part.flags[i] = flags & 1 ? MISSING_LEFT : 0;
      }
    }
    this.#parts.push(part);
  }

  /**
   * The mean of the trees from one to before another.
   * @param start score of each output before the trees are added
   * @param share part of the mean that each tree has
   */
  model(
    from: number,
    to: number,
    table: Table,
    link: TreesHead['link'],
    start: readonly number[],
    share: number,
    scale: ForestScale,
  ): TreesModel {
    const parts = this.#parts.slice(from, to);
    const nodes = parts.reduce((n, p) => n + p.feature.length, 0);
    const leaves = parts.reduce((n, p) => n + p.leafCover.length, 0);
    const outputs = this.#outputs;
    const all: TreeArrays = {
      roots: new Int32Array(parts.length),
      feature: new Int32Array(nodes),
      flags: new Uint8Array(nodes),
      threshold: new Float64Array(nodes),
      left: new Int32Array(nodes),
      right: new Int32Array(nodes),
      gain: new Float32Array(nodes),
      cover: new Float32Array(nodes),
      sets: Uint32Array.from(this.#sets),
      leaf: new Float64Array(leaves * outputs),
      leafCover: new Float32Array(leaves),
    };
    let node = 0;
    let leaf = 0;
    parts.forEach((part, t) => {
      const child = (c: number): number => (c >= 0 ? c + node : c - leaf);
      all.roots[t] = part.feature.length > 0 ? node : -1 - leaf;
      all.feature.set(part.feature, node);
      all.flags.set(part.flags, node);
      all.threshold.set(part.threshold, node);
      all.left.set(part.left.map(child), node);
      all.right.set(part.right.map(child), node);
      all.gain.set(
        part.gain.map((g) => Math.min(3e38, g * scale.gain)),
        node,
      );
      all.cover.set(part.cover, node);
      all.leaf.set(
        part.leaf.map((v) => Math.round(((v * scale.factor + scale.offset) * share) / scale.unit) * scale.unit),
        leaf * outputs,
      );
      all.leafCover.set(part.leafCover, leaf);
      node += part.feature.length;
      leaf += part.leafCover.length;
    });
    const head: TreesHead = {
      inputs: table.columns.map((c) => c.name),
      levels: table.columns.map((c) => (c.kind === 'category' ? c.levels.length : 0)),
      outputs,
      link,
      start: start.map((s) => Math.round(s / scale.unit) * scale.unit),
      ...(outputs > 1 && { vector: true }),
    };
    return new TreesModel(head, all);
  }
}

/** Leaves with the same shares and rows are kept once: deep trees have many of one class alone. */
function sameLeaves(values: Float64Array, leafRows: Uint32Array, outputs: number): { first: Uint32Array; place: Uint32Array } {
  const known = new Map<string, number>();
  const first: number[] = [];
  const place = leafRows.map((rows, leaf) => {
    let key = `${rows}`;
    for (let k = 0; k < outputs; k++) {
      const v = values[leaf * outputs + k] as number;
      if (v > 0) key += ` ${k}:${v}`;
    }
    const at = known.get(key) ?? first.push(leaf) - 1;
    known.set(key, at);
    return at;
  });
  return { first: Uint32Array.from(first), place };
}
