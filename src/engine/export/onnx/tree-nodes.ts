import type { Graph } from './graph.js';

/** A child of a node: a node, or a leaf with what it adds to which output. */
export type Child = { readonly node: number } | { readonly leaf: number };

/** The trees of one `TreeEnsemble` as they grow. A tree's nodes may be added in any order; every test is "≤ goes left". */
export class TreeNodes {
  readonly #feature: number[] = [];
  readonly #split: number[] = [];
  readonly #missing: number[] = [];
  readonly #children: [Child, Child][] = [];
  readonly #roots: number[] = [];
  readonly #targets: number[] = [];
  readonly #weights: number[] = [];

  get trees(): number {
    return this.#roots.length;
  }

  /** @param missingLeft whether NaN goes left */
  node(feature: number, split: number, missingLeft: boolean): number {
    this.#feature.push(feature);
    this.#missing.push(missingLeft ? 1 : 0);
    this.#children.push([{ leaf: 0 }, { leaf: 0 }]);
    return this.#split.push(split) - 1;
  }

  children(node: number, left: Child, right: Child): void {
    this.#children[node] = [left, right];
  }

  leaf(target: number, weight: number): Child {
    this.#targets.push(target);
    return { leaf: this.#weights.push(weight) - 1 };
  }

  /** Ends a tree. A leaf alone stands under a test that leads to it either way. */
  root(child: Child): void {
    if ('node' in child) {
      const [left, right] = this.#children[child.node] as [Child, Child];
      // runtimes take a root whose two ids are equal for a leaf, even where one counts nodes and the other leaves
      if ('leaf' in left && 'node' in right && left.leaf === right.node) this.#children[child.node] = [this.#again(left.leaf), right];
      else if ('node' in left && 'leaf' in right && left.node === right.leaf) this.#children[child.node] = [left, this.#again(right.leaf)];
      this.#roots.push(child.node);
      return;
    }
    const node = this.node(0, 0, false);
    this.children(node, child, child);
    this.#roots.push(node);
  }

  #again(leaf: number): Child {
    return this.leaf(this.#targets[leaf] as number, this.#weights[leaf] as number);
  }

  /** Sums of the trees for the rows of `x`: rows × targets. */
  finish(graph: Graph, x: string, targets: number): string {
    const side = (which: 0 | 1, of: 'node' | 'leaf'): Int32Array =>
      Int32Array.from(this.#children, (pair) => {
        const child = pair[which];
        return of === 'leaf' ? ('leaf' in child ? 1 : 0) : 'leaf' in child ? child.leaf : child.node;
      });
    return graph.op('TreeEnsemble', [x], {
      aggregate_function: 1,
      post_transform: 0,
      n_targets: targets,
      tree_roots: Int32Array.from(this.#roots),
      nodes_featureids: Int32Array.from(this.#feature),
      nodes_splits: Float64Array.from(this.#split),
      nodes_modes: new Uint8Array(this.#feature.length),
      nodes_missing_value_tracks_true: Int32Array.from(this.#missing),
      nodes_truenodeids: side(0, 'node'),
      nodes_trueleafs: side(0, 'leaf'),
      nodes_falsenodeids: side(1, 'node'),
      nodes_falseleafs: side(1, 'leaf'),
      leaf_targetids: Int32Array.from(this.#targets),
      leaf_weights: Float64Array.from(this.#weights),
    });
  }
}
