import { FOREST } from './forest-module.js';
import { compiled } from './instantiate.js';
import { CATEGORICAL, type TreeArrays, type TreesHead } from './trees.js';

/** Rows walked at a time: they stay in the first-level cache while all trees pass. */
const BLOCK = 128;
const NODE = 32;
const TREE = 16;
const PAGE = 65536;

type AddForest = (trees: number, treeCount: number, block: number, count: number, scores: number, outputs: number, vectors: number) => void;

type RowLeaves = (trees: number, treeCount: number, row: number, leaves: number, found: number) => void;

/** An input as the walk sees it, and what stands for a missing value of it. */
interface Used {
  readonly input: number;
  readonly missing: number;
}

/** A trees model laid out for the WebAssembly walk (kernels/predict.ts). */
export class Forest {
  readonly #memory: WebAssembly.Memory;
  readonly #addForest: AddForest;
  readonly #rowLeaves: RowLeaves;
  readonly #treeCount: number;
  readonly #trees: number;
  readonly #block: number;
  readonly #scores: number;
  /** Inputs that the trees look at; wide tables have many that they do not. */
  readonly #used: Used[] = [];
  readonly #outputs: number;
  readonly #vectors: number;
  readonly #leavesAt: number;
  /** Trees in fours of like depth, to walk with one row, and where the leaves that it comes to are written. */
  readonly #fours: number;
  readonly #order: Int32Array;
  readonly #row: Float64Array;
  readonly #found: Uint32Array;
  /** Of the last row: the number of its leaf in each tree. */
  readonly leaves: Int32Array;

  /** Undefined where WebAssembly cannot be used, or a page's policy forbids it. */
  static of(head: TreesHead, trees: TreeArrays): Forest | undefined {
    try {
      return new Forest(head, trees);
    } catch {
      return undefined;
    }
  }

  private constructor(head: TreesHead, trees: TreeArrays) {
    const nodes = trees.feature.length;
    const leaves = trees.leafCover.length;
    // two places an input at most: missing values go right as ∞, and left as −∞
    const place = new Int32Array(head.inputs.length * 2).fill(-1);
    const placeOf = (node: number): number => (trees.feature[node] as number) * 2 + (trees.flags[node] === 0 ? 1 : 0);
    for (let i = 0; i < nodes; i++) {
      const p = placeOf(i);
      if ((place[p] as number) < 0)
        place[p] = this.#used.push({ input: p >> 1, missing: p & 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY }) - 1;
    }
    this.#outputs = head.outputs;
    this.#vectors = head.vector ? 1 : 0;
    this.#treeCount = trees.roots.length;
    const nodesAt = 64;
    this.#trees = nodesAt + (nodes + leaves) * NODE;
    const setsAt = this.#trees + this.#treeCount * TREE;
    this.#block = Math.ceil((setsAt + trees.sets.length * 4) / 64) * 64;
    this.#scores = this.#block + BLOCK * this.#used.length * 8;
    const vectorsAt = this.#scores + BLOCK * this.#outputs * 8;
    const rowAt = vectorsAt + (head.vector ? trees.leaf.length * 8 : 0);
    const foundAt = rowAt + (this.#used.length + 1) * 8;
    const spaces = Math.ceil(this.#treeCount / 4) * 4;
    this.#fours = foundAt + spaces * 4;
    const bytes = this.#fours + spaces * TREE;
    this.#leavesAt = nodesAt + nodes * NODE;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    const { exports } = new WebAssembly.Instance(compiled(FOREST), { env: { memory: this.#memory } });
    this.#addForest = exports.addForest as AddForest;
    this.#rowLeaves = exports.rowLeaves as RowLeaves;
    const buffer = this.#memory.buffer as ArrayBuffer;
    this.#row = new Float64Array(buffer, rowAt, this.#used.length);
    this.#found = new Uint32Array(buffer, foundAt, spaces);
    this.leaves = new Int32Array(this.#treeCount);
    const words = new Uint32Array(buffer);
    const doubles = new Float64Array(buffer);
    const address = (child: number): number => nodesAt + (child >= 0 ? child : nodes + (-1 - child)) * NODE;
    for (let i = 0; i < nodes; i++) {
      const at = address(i);
      const to = at >> 2;
      const categorical = (trees.flags[i] as number) & CATEGORICAL;
      if (categorical) {
        words[to] = setsAt + (trees.threshold[i] as number) * 4;
        words[to + 1] = head.levels[trees.feature[i] as number] as number;
      } else doubles[at >> 3] = Math.min(trees.threshold[i] as number, Number.MAX_VALUE);
      words[to + 2] = (place[placeOf(i)] as number) * BLOCK * 8;
      words[to + 3] = categorical;
      words[to + 4] = address(trees.left[i] as number);
      words[to + 5] = address(trees.right[i] as number);
    }
    for (let i = 0; i < leaves; i++) {
      const at = address(-1 - i);
      const to = at >> 2;
      doubles[at >> 3] = Number.POSITIVE_INFINITY;
      words[to + 4] = at;
      words[to + 5] = at;
      if (head.vector) words[to + 6] = vectorsAt + i * head.outputs * 8;
      else doubles[(at >> 3) + 3] = trees.leaf[i] as number;
    }
    if (head.vector) new Float64Array(buffer, vectorsAt, trees.leaf.length).set(trees.leaf);
    new Uint32Array(buffer, setsAt, trees.sets.length).set(trees.sets);
    const shapes = treeShapes(trees);
    for (let t = 0; t < this.#treeCount; t++) {
      const at = this.#trees + t * TREE;
      const shape = shapes[t] as TreeShape;
      words.set([address(trees.roots[t] as number), shape.depth, head.vector ? 0 : t % this.#outputs, shape.mixed ? 1 : 0], at >> 2);
    }
    const rank = (t: number): number => (shapes[t] as TreeShape).depth + (shapes[t]?.mixed ? 1e6 : 0);
    this.#order = Int32Array.from(shapes.keys()).sort((a, b) => rank(a) - rank(b) || a - b);
    for (let i = 0; i < spaces; i++) {
      const at = this.#fours + i * TREE;
      // the last four are filled up with their last tree
      const four = Array.from(this.#order.subarray(i - (i % 4), i - (i % 4) + 4), (t) => shapes[t] as TreeShape);
      const root = trees.roots[this.#order[Math.min(i, this.#treeCount - 1)] as number] as number;
      words.set([address(root), Math.max(...four.map((s) => s.depth)), 0, four.some((s) => s.mixed) ? 1 : 0], at >> 2);
    }
  }

  /** Fills `leaves` for one row. @param row a value for each input */
  walk(row: Float64Array): void {
    const used = this.#used;
    for (let i = 0; i < used.length; i++) {
      const { input, missing } = used[i] as Used;
      const x = row[input] as number;
      this.#row[i] = Number.isNaN(x) ? missing : x;
    }
    this.#rowLeaves(this.#fours, this.#found.length, this.#row.byteOffset, this.#leavesAt, this.#found.byteOffset);
    for (let i = 0; i < this.#order.length; i++) this.leaves[this.#order[i] as number] = this.#found[i] as number;
  }

  /** Adds every tree to row-major `scores`. */
  addScores(columns: readonly (Float64Array | Int32Array)[], rows: number, scores: Float64Array): void {
    const outputs = this.#outputs;
    const buffer = this.#memory.buffer as ArrayBuffer;
    const block = new Float64Array(buffer, this.#block, BLOCK * this.#used.length);
    const sums = new Float64Array(buffer, this.#scores, BLOCK * outputs);
    for (let begin = 0; begin < rows; begin += BLOCK) {
      const count = Math.min(BLOCK, rows - begin);
      // a column of the block after the other: copying stays sequential however wide the table
      this.#used.forEach(({ input, missing }, i) => {
        const values = columns[input] as Float64Array;
        for (let r = 0, to = i * BLOCK; r < count; r++, to++) {
          const x = values[begin + r] as number;
          block[to] = Number.isNaN(x) ? missing : x;
        }
      });
      const part = scores.subarray(begin * outputs, (begin + count) * outputs);
      sums.set(part);
      // rows are walked by eight; what the last ones leave in the spare places is not read
      this.#addForest(this.#trees, this.#treeCount, this.#block, Math.ceil(count / 8) * 8, this.#scores, outputs, this.#vectors);
      part.set(sums.subarray(0, part.length));
    }
  }
}

interface TreeShape {
  readonly depth: number;
  readonly mixed: boolean;
}

/** Depth of each tree and whether it splits on categories. Children come after their parent, so one backward pass finds all depths. */
function treeShapes(trees: TreeArrays): TreeShape[] {
  const nodes = trees.feature.length;
  const depth = new Int32Array(nodes);
  const mixed = new Uint8Array(nodes);
  for (let i = nodes - 1; i >= 0; i--) {
    const left = trees.left[i] as number;
    const right = trees.right[i] as number;
    depth[i] = 1 + Math.max(left >= 0 ? (depth[left] as number) : 0, right >= 0 ? (depth[right] as number) : 0);
    const below = (left >= 0 && mixed[left] === 1) || (right >= 0 && mixed[right] === 1);
    mixed[i] = below || (trees.flags[i] as number) & CATEGORICAL ? 1 : 0;
  }
  return Array.from(trees.roots, (root) =>
    root >= 0 ? { depth: depth[root] as number, mixed: mixed[root] === 1 } : { depth: 0, mixed: false },
  );
}
