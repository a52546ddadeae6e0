import { CATEGORICAL, MISSING_LEFT, type TreeArrays, type TreesModel } from '../../../model/trees.js';
import { clamp } from './elementwise.js';
import type { Frame } from './frame.js';
import { DOUBLE, type Graph, INT64 } from './graph.js';
import { type Child, TreeNodes } from './tree-nodes.js';

/** Trees of one `TreeEnsemble`, and sets of categories that its rows are asked for, at most: what one operator makes for a row stays small. */
const MOST_TREES = 256;
/** The same where leaves are looked up rather than summed. */
const MOST_LOOKED_UP = 64;
const MOST_SETS = 512;

/** Sums of a trees model before its link: rows × outputs. */
export function exportTrees(model: TreesModel, frame: Frame): string {
  const { outputs, start, vector } = model.head;
  const { graph } = frame;
  const lookUp = vector === true || model.trees.lineStart !== undefined;
  const plan = new TreeInputs(model, frame);
  let sum = plan.used === 0 ? frame.filled(graph.doubles(start)) : graph.doubles(start);
  const leaves = lookUp ? new Leaves(model, plan, graph) : undefined;
  const { roots } = model.trees;
  for (let from = 0; from < roots.length; ) {
    const nodes = new TreeNodes();
    plan.begin();
    let to = from;
    for (; to < roots.length && to - from < (lookUp ? MOST_LOOKED_UP : MOST_TREES) && plan.sets < MOST_SETS; to++) {
      const target = lookUp ? to - from : to % outputs;
      nodes.root(copy(model.trees, roots[to] as number, plan, nodes, target, lookUp));
    }
    const x = plan.finish();
    const made = nodes.finish(graph, x, lookUp ? to - from : outputs);
    sum = graph.op('Add', [sum, leaves ? leaves.sum(made, plan.numbers, from, to) : made]);
    from = to;
  }
  return sum;
}

/** Copies a tree from its root down. */
function copy(trees: TreeArrays, root: number, plan: TreeInputs, nodes: TreeNodes, target: number, lookUp: boolean): Child {
  const child = (at: number): Child => {
    if (at < 0) return nodes.leaf(target, lookUp ? -1 - at : (trees.leaf[-1 - at] as number));
    const flags = trees.flags[at] as number;
    const feature = trees.feature[at] as number;
    const threshold = trees.threshold[at] as number;
    const node =
      (flags & CATEGORICAL) === 0
        ? nodes.node(plan.number(feature), threshold, (flags & MISSING_LEFT) !== 0)
        : nodes.node(plan.set(feature, threshold), 0.5, false);
    nodes.children(node, child(trees.left[at] as number), child(trees.right[at] as number));
    return { node };
  };
  return child(root);
}

/** What trees look at: numbers as they are, and for each set of categories 0 where the row's category is in it, else 1. */
class TreeInputs {
  readonly #place: Int32Array;
  readonly #names: string[] = [];
  readonly #sets = new Map<number, Map<string, { readonly word: number; column: number }>>();
  readonly #nodes: { readonly feature: number; readonly key: string }[] = [];
  /** The numbers, then a column of zeros. */
  readonly numbers: string;

  constructor(
    readonly model: TreesModel,
    readonly frame: Frame,
  ) {
    const { head, trees } = model;
    this.#place = new Int32Array(head.inputs.length).fill(-1);
    const use = (feature: number): void => {
      if (head.levels[feature] === 0 && (this.#place[feature] as number) < 0)
        this.#place[feature] = this.#names.push(head.inputs[feature] as string) - 1;
    };
    for (const feature of trees.feature) use(feature);
    for (const feature of trees.lineFeature ?? []) use(feature);
    const zero = frame.filled(frame.graph.doubles([0]));
    this.numbers = this.#names.length === 0 ? zero : frame.graph.op('Concat', [frame.matrix(this.#names), zero], { axis: 1 });
  }

  get used(): number {
    return this.model.trees.roots.length;
  }

  get sets(): number {
    return this.#nodes.length;
  }

  /** The column of a numeric input. */
  number(feature: number): number {
    return this.#place[feature] as number;
  }

  /** The column of zeros. */
  get zero(): number {
    return this.#names.length;
  }

  begin(): void {
    this.#sets.clear();
    this.#nodes.length = 0;
  }

  /** The column of a set; equal sets share one. */
  set(feature: number, word: number): number {
    const levels = this.model.head.levels[feature] as number;
    const key = this.model.trees.sets.subarray(word, word + Math.ceil(levels / 32)).join();
    const known = this.#sets.get(feature) ?? new Map<string, { word: number; column: number }>();
    this.#sets.set(feature, known);
    const found = known.get(key);
    if (found) return found.column;
    const column = this.zero + 1 + this.#nodes.length;
    this.#nodes.push({ feature, key });
    known.set(key, { word, column });
    return column;
  }

  /** All columns side by side, those of sets in the order in which they were asked for. */
  finish(): string {
    const { graph } = this.frame;
    if (this.#nodes.length === 0) return this.numbers;
    const parts = [this.numbers];
    const order: number[] = [];
    for (const [feature, sets] of this.#sets) {
      const all = [...sets.values()];
      parts.push(
        this.#members(
          feature,
          all.map((s) => s.word),
        ),
      );
      order.push(...all.map((s) => s.column));
    }
    const joined = graph.op('Concat', parts, { axis: 1 });
    const back = new Int32Array(order.length);
    order.forEach((column, i) => {
      back[column - this.zero - 1] = this.zero + 1 + i;
    });
    if (order.every((column, i) => column === this.zero + 1 + i)) return joined;
    const places = [...Array.from({ length: this.zero + 1 }, (_, i) => i), ...back];
    return graph.op('Gather', [joined, graph.ints(places)], { axis: 1 });
  }

  /** Rows × sets of a category. */
  #members(feature: number, words: readonly number[]): string {
    const { graph } = this.frame;
    const { head, trees } = this.model;
    const name = head.inputs[feature] as string;
    const levels = head.levels[feature] as number;
    const outside = new Uint8Array((levels + 2) * words.length).fill(1);
    words.forEach((word, set) => {
      for (let code = 0; code < levels; code++)
        if (((trees.sets[word + (code >> 5)] as number) >>> (code & 31)) & 1) outside[(code + 2) * words.length + set] = 0;
    });
    const row = graph.op('Reshape', [this.frame.codes(name), graph.ints([-1])]);
    const table = graph.constant({ type: 'uint8', shape: [levels + 2, words.length], values: outside });
    return graph.op('Cast', [graph.op('Gather', [table, row], { axis: 0 })], { to: DOUBLE });
  }
}

/** Leaves that hold more than one number: trees give their places, which are looked up here. */
class Leaves {
  readonly #values: string;
  readonly #lines: Lines | undefined;

  constructor(
    readonly model: TreesModel,
    plan: TreeInputs,
    readonly graph: Graph,
  ) {
    const { trees, head } = model;
    const leaves = trees.leafCover.length;
    this.#values = graph.doubles(trees.leaf, head.vector ? [leaves, head.outputs] : [leaves]);
    if (trees.lineStart) this.#lines = linesOf(trees as Required<TreeArrays>, plan);
  }

  /** What the leaves of trees `from` to `to` add: rows × outputs. @param found rows × trees, the place of each leaf */
  sum(found: string, numbers: string, from: number, to: number): string {
    const { graph } = this;
    const { outputs, vector } = this.model.head;
    const places = graph.op('Cast', [found], { to: INT64 });
    if (vector) return graph.op('ReduceSum', [graph.op('Gather', [this.#values, places], { axis: 0 }), graph.ints([1])], { keepdims: 0 });
    const added = this.#line(this.#lines as Lines, places, numbers, to - from);
    if (outputs === 1) return graph.op('ReduceSum', [added, graph.ints([1])], { keepdims: 1 });
    const goesTo = new Float64Array((to - from) * outputs);
    for (let t = from; t < to; t++) goesTo[(t - from) * outputs + (t % outputs)] = 1;
    return graph.op('MatMul', [added, graph.doubles(goesTo, [to - from, outputs])]);
  }

  /** Base + Σ slope · x within the leaf's bounds; its value where a term is missing. */
  #line({ features, slopes, base, low, high, terms }: Lines, places: string, numbers: string, trees: number): string {
    const { graph } = this;
    const gather = (table: string, at: string): string => graph.op('Gather', [table, at], { axis: 0 });
    const columns = graph.op('Reshape', [gather(features, places), graph.ints([-1, trees * terms])]);
    const x = graph.op('Reshape', [graph.op('GatherElements', [numbers, columns], { axis: 1 }), graph.ints([-1, trees, terms])]);
    const risen = graph.op('ReduceSum', [graph.op('Mul', [x, gather(slopes, places)]), graph.ints([2])], { keepdims: 0 });
    const line = graph.op('Add', [gather(base, places), risen]);
    const kept = clamp(graph, line, gather(low, places), gather(high, places));
    return graph.op('Where', [graph.op('IsNaN', [line]), gather(this.#values, places), kept]);
  }
}

/** The lines of all leaves, as tables with a row a leaf. */
interface Lines {
  /** Columns of the terms, and what these are multiplied with; the column of zeros where a leaf has fewer. */
  readonly features: string;
  readonly slopes: string;
  readonly base: string;
  readonly low: string;
  readonly high: string;
  readonly terms: number;
}

function linesOf({ lineStart, lineFeature, lineSlope, lineBounds }: Required<TreeArrays>, plan: TreeInputs): Lines {
  const { graph } = plan.frame;
  const leaves = lineStart.length - 1;
  const count = (leaf: number): number => (lineStart[leaf + 1] as number) - (lineStart[leaf] as number);
  let terms = 1;
  for (let leaf = 0; leaf < leaves; leaf++) terms = Math.max(terms, count(leaf));
  const features = new Int32Array(leaves * terms).fill(plan.zero);
  const slopes = new Float64Array(leaves * terms);
  const bounds = [0, 1, 2].map((of) => Float64Array.from({ length: leaves }, (_, leaf) => lineBounds[leaf * 3 + of] as number));
  for (let leaf = 0; leaf < leaves; leaf++) {
    for (let term = 0; term < count(leaf); term++) {
      const at = (lineStart[leaf] as number) + term;
      features[leaf * terms + term] = plan.number(lineFeature[at] as number);
      slopes[leaf * terms + term] = lineSlope[at] as number;
    }
    // no line: not a number, so that the leaf's value is taken
    if (count(leaf) === 0) (bounds[0] as Float64Array)[leaf] = Number.NaN;
  }
  const [base, low, high] = bounds.map((values) => graph.doubles(values, [leaves])) as [string, string, string];
  return { features: graph.ints(features, [leaves, terms]), slopes: graph.doubles(slopes, [leaves, terms]), base, low, high, terms };
}
