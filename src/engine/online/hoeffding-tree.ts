import { Rng } from '../../core/rng.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { ClassLeaf } from './class-leaf.js';
import { NumberLeaf } from './number-leaf.js';
import type { FeatureKind, OnlineLearner, OnlineRow } from './online-learner.js';
import type { Leaf, TreeContext } from './tree-leaf.js';

/** How a tree grows. */
export interface TreeOptions {
  /** Rows that a leaf sees between two looks for a split. */
  grace: number;
  /** Probability that a split is not the best one. */
  delta: number;
  /** Below this bound the better of near equals is taken. */
  tau: number;
  /** Features that a leaf watches, drawn anew for each; 0: all. */
  subset: number;
  seed: number;
}

/** The defaults for one tree; those of river. */
export const TREE_OPTIONS: TreeOptions = { grace: 200, delta: 1e-7, tau: 0.05, subset: 0, seed: 0 };

/** Leaves that a tree may have. */
const MOST_LEAVES = 2000;
/** Numbers that its leaves may hold together: beyond it the tree learns on, but splits no more. */
const MOST_NUMBERS = 4_000_000;

interface Branch {
  feature: number;
  at: number;
  nominal: boolean;
  left: Node;
  right: Node;
  /** Rows that went each way; where the value is missing, the more common way is taken. */
  leftWeight: number;
  rightWeight: number;
}
type Node = Branch | Leaf;

const isBranch = (node: Node): node is Branch => 'feature' in node;

/**
 * A decision tree that grows while rows arrive: a leaf is split once its best split is sure to be the best, by Hoeffding's bound (VFDT; Domingos and Hulten,
 * KDD 2000), for classes or numbers (as FIMT-DD; Ikonomovska, Gama and Džeroski 2011). Unlike river's trees all splits are binary.
 * @example const tree = new HoeffdingTree('classes', ['number', 'category']); tree.learn(row, 1); tree.predict(row, out);
 */
export class HoeffdingTree implements OnlineLearner {
  readonly #target: 'classes' | 'number';
  readonly #context: TreeContext;
  readonly #options: TreeOptions;
  #root: Node;
  #leaves = 1;
  /** Leaves made so far, for the draw of their features. */
  #made = 0;
  #size = 0;

  constructor(target: 'classes' | 'number', kinds: readonly FeatureKind[], options: Partial<TreeOptions> = {}) {
    this.#target = target;
    this.#options = { ...TREE_OPTIONS, ...options };
    this.#context = { kinds, delta: this.#options.delta, tau: this.#options.tau };
    const features = this.#draw();
    this.#root = target === 'classes' ? new ClassLeaf(this.#context, features) : new NumberLeaf(this.#context, features);
  }

  predict({ x, z }: OnlineRow, out: Float64Array): void {
    let node = this.#root;
    while (isBranch(node)) node = goesLeft(node, x) ? node.left : node.right;
    node.predict(x, z, out);
  }

  /** @param weight how often the row counts */
  learn({ x, z }: OnlineRow, y: number, weight = 1): void {
    let above: Branch | undefined;
    let node = this.#root;
    let left = false;
    while (isBranch(node)) {
      above = node;
      left = goesLeft(node, x);
      if (left) node.leftWeight += weight;
      else node.rightWeight += weight;
      node = left ? node.left : node.right;
    }
    node.learn(x, z, y, weight);
    if (node.weight - node.lookedAt < this.#options.grace) return;
    const branch = this.#look(node);
    if (!branch) return;
    if (!above) this.#root = branch;
    else if (left) above.left = branch;
    else above.right = branch;
  }

  #look(leaf: Leaf): Branch | undefined {
    leaf.lookedAt = leaf.weight;
    const before = leaf.size;
    const verdict = leaf.look();
    this.#size += leaf.size - before;
    if (!verdict || this.#leaves >= MOST_LEAVES || this.#size >= MOST_NUMBERS) return undefined;
    const { feature, at, nominal } = verdict;
    const left = leaf.child(this.#draw(), verdict.left);
    const right = leaf.child(this.#draw(), verdict.right);
    this.#leaves++;
    this.#size -= leaf.size;
    return { feature, at, nominal, left, right, leftWeight: left.weight, rightWeight: right.weight };
  }

  /** Which features the next leaf watches; without a memory of its own, so that nothing of it has to be saved. */
  #draw(): number[] {
    const { subset, seed } = this.#options;
    const count = this.#context.kinds.length;
    const serial = this.#made++;
    if (subset === 0 || subset >= count) return Array.from({ length: count }, (_, f) => f);
    return [...new Rng(seed).child('leaf', serial).sample(count, subset)];
  }

  facts(): Record<string, number> {
    const depth = (node: Node): number => (isBranch(node) ? 1 + Math.max(depth(node.left), depth(node.right)) : 0);
    return { leaves: this.#leaves, depth: depth(this.#root) };
  }

  /** The tree from the root down, left before right, so that depth costs no nesting. */
  save(): object {
    const nodes: object[] = [];
    const waiting: Node[] = [this.#root];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (isBranch(node)) {
        const { feature, at, nominal, leftWeight, rightWeight } = node;
        nodes.push({ feature, at, nominal, leftWeight, rightWeight });
        waiting.push(node.right, node.left);
      } else nodes.push({ leaf: node.save() });
    }
    return { nodes, made: this.#made };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static load(target: 'classes' | 'number', kinds: readonly FeatureKind[], options: Partial<TreeOptions>, saved: Fields): HoeffdingTree {
    const tree = new HoeffdingTree(target, kinds, options);
    const nodes = saved.list('nodes', (fields) => fields);
    if (nodes.length < 1 || nodes.length >= 2 * MOST_LEAVES)
      throw unreadable(`${saved.where}.nodes is not 1 to ${2 * MOST_LEAVES - 1} nodes.`);
    tree.#size = 0;
    tree.#leaves = 0;
    // from the last to the first: children are ready when their parent comes
    const ready: Node[] = [];
    for (let i = nodes.length - 1; i >= 0; i--) ready.push(tree.#loadNode(nodes[i] as Fields, ready));
    if (ready.length !== 1) throw unreadable(`${saved.where}.nodes is no tree.`);
    tree.#root = ready[0] as Node;
    tree.#made = saved.whole('made', 1, Number.MAX_SAFE_INTEGER);
    return tree;
  }

  #loadNode(fields: Fields, ready: Node[]): Node {
    const count = this.#context.kinds.length;
    if (!fields.has('leaf')) {
      const [left, right] = [ready.pop(), ready.pop()];
      if (!left || !right) throw unreadable(`${fields.where} lacks a child.`);
      return {
        feature: fields.whole('feature', 0, count - 1),
        at: fields.number('at'),
        nominal: fields.boolean('nominal'),
        left,
        right,
        leftWeight: fields.number('leftWeight'),
        rightWeight: fields.number('rightWeight'),
      };
    }
    const leaf = fields.object('leaf');
    const features = leaf.numbers('features');
    if (!features.every((f, i) => Number.isInteger(f) && f >= 0 && f < count && (i === 0 || f > (features[i - 1] as number))))
      throw unreadable(`${leaf.where}.features is not a list of features.`);
    this.#leaves++;
    const load = this.#target === 'classes' ? ClassLeaf.load : NumberLeaf.load;
    const node = load(this.#context, features, leaf);
    this.#size += node.size;
    return node;
  }
}

function goesLeft({ feature, at, nominal, leftWeight, rightWeight }: Branch, x: Float64Array): boolean {
  const value = x[feature] as number;
  if (Number.isNaN(value)) return leftWeight >= rightWeight;
  return nominal ? value === at : value <= at;
}
