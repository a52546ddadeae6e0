import { MillwrightError } from '../core/errors.js';
import { exp, sigmoid, softmaxInPlace } from '../core/math.js';
import type { Table } from '../core/table.js';
import { Forest } from './forest.js';
import type { Blobs, Model } from './model.js';

/** From summed scores to predictions; `mean`: the scores are shares of classes already (one output: of the second class). */
export type TreesLink = 'identity' | 'exp' | 'logistic' | 'softmax' | 'mean';

/** Flags of a node. */
export const MISSING_LEFT = 1;
export const CATEGORICAL = 2;

/**
 * All nodes and leaves of all trees, one after the other. A child ≥ 0 is a node, a child < 0 is leaf −1−child.
 * Tree t adds to output t modulo outputs; with vector leaves, to all outputs.
 */
export interface TreeArrays {
  /** Root of each tree. */
  roots: Int32Array;
  /** Index into `inputs`. */
  feature: Int32Array;
  flags: Uint8Array;
  /** Numeric: left when x ≤ threshold. Categorical: first word in `sets`. */
  threshold: Float64Array;
  left: Int32Array;
  right: Int32Array;
  /** Loss reduction of the split, in the training loss. */
  gain: Float32Array;
  /** Training rows (their weight) that came through. */
  cover: Float32Array;
  /** Bit sets of the category codes that go left; `levels[feature]` bits each. */
  sets: Uint32Array;
  /** Whole multiples of a unit, so that their sum is exact in any order. With vector leaves `outputs` values a leaf. */
  leaf: Float64Array;
  leafCover: Float32Array;
  /** Leaves that are lines; leaf i adds its terms lineStart[i] … lineStart[i + 1] − 1; with none it is its value. */
  lineStart?: Int32Array;
  /** Index into `inputs`, numeric. */
  lineFeature?: Int32Array;
  lineSlope?: Float64Array;
  /** Intercept, least and greatest value of each leaf. A row with a missing term gets the leaf's value. */
  lineBounds?: Float64Array;
}

/** The parts of a trees model beside its arrays. */
export interface TreesHead {
  inputs: string[];
  /** Levels of each categorical input; 0 for numeric ones. */
  levels: number[];
  outputs: number;
  link: TreesLink;
  /** Starting score of each output. */
  start: number[];
  /** Each leaf holds a value for every output. */
  vector?: boolean;
}

/** From this many rows on the WebAssembly walk of a block is worth its set-up; and that of a row after so many rows that came by themselves. */
const FOREST_ROWS = 16;
const SINGLE_ROWS = 32;
const ARRAYS = {
  roots: Int32Array,
  feature: Int32Array,
  flags: Uint8Array,
  threshold: Float64Array,
  left: Int32Array,
  right: Int32Array,
  gain: Float32Array,
  cover: Float32Array,
  sets: Uint32Array,
  leaf: Float64Array,
  leafCover: Float32Array,
} as const;

/** Arrays that only models with linear leaves have. */
const LINES = { lineStart: Int32Array, lineFeature: Int32Array, lineSlope: Float64Array, lineBounds: Float64Array } as const;

/** A sum of decision trees. */
export class TreesModel implements Model {
  readonly kind = 'trees';
  readonly inputs: readonly string[];
  readonly #row: Float64Array;
  #forest: Forest | undefined;
  #singles = 0;
  #oneRow: { readonly table: Table; readonly columns: (Float64Array | Int32Array)[] } | undefined;

  constructor(
    readonly head: TreesHead,
    readonly trees: TreeArrays,
  ) {
    this.inputs = head.inputs;
    this.#row = new Float64Array(head.inputs.length);
  }

  /** Row-major rows × outputs: numbers, or probabilities (two for a binary task). */
  predict(table: Table): Float64Array {
    const scores = this.scores(table);
    const { outputs, link } = this.head;
    if (link === 'logistic') {
      const both = new Float64Array(scores.length * 2);
      for (let i = 0; i < scores.length; i++) {
        const p = sigmoid(scores[i] as number);
        both[2 * i] = 1 - p;
        both[2 * i + 1] = p;
      }
      return both;
    }
    if (link === 'mean') return shares(scores, outputs);
    if (link === 'softmax') for (let o = 0; o < scores.length; o += outputs) softmaxInPlace(scores, o, outputs);
    else if (link === 'exp') for (let i = 0; i < scores.length; i++) scores[i] = exp(scores[i] as number);
    return scores;
  }

  /** Row-major rows × outputs of summed leaf values, before the link. The sums are exact, so both ways of walking give the same bytes. */
  scores(table: Table): Float64Array {
    const { outputs, start, inputs } = this.head;
    const width = inputs.length;
    const rows = table.rows;
    const scores = new Float64Array(rows * outputs);
    for (let i = 0; i < scores.length; i += outputs) for (let k = 0; k < outputs; k++) scores[i + k] = start[k] as number;
    const columns = this.#columnsOf(table);
    this.#singles += rows;
    if (this.#singles >= SINGLE_ROWS && !this.#forest) {
      this.#forest = Forest.of(this.head, this.trees);
      if (!this.#forest) this.#singles = Number.NEGATIVE_INFINITY; // not to be tried again
    }
    if (rows >= FOREST_ROWS && !this.trees.lineStart && this.#forest) {
      this.#forest.addScores(columns, rows, scores);
      return scores;
    }
    const block = this.#row;
    for (let i = 0; i < rows; i++) {
      for (let c = 0; c < width; c++) block[c] = (columns[c] as Float64Array)[i] as number;
      this.#addRow(scores, i * outputs);
    }
    return scores;
  }

  /** Values of the inputs; those of a one-row table are remembered, as a scorer fills the same one again and again. */
  #columnsOf(table: Table): (Float64Array | Int32Array)[] {
    if (table === this.#oneRow?.table) return this.#oneRow.columns;
    const columns = this.inputs.map((name) => {
      const column = table.column(name);
      return column.kind === 'numeric' ? column.values : column.codes;
    });
    if (table.rows === 1) this.#oneRow = { table, columns };
    return columns;
  }

  /** Adds what all trees give the row in `#row`. */
  #addRow(scores: Float64Array, offset: number): void {
    const { outputs, vector } = this.head;
    const { roots, leaf, lineStart } = this.trees;
    this.#forest?.walk(this.#row);
    const leaves = this.#forest?.leaves;
    for (let t = 0, k = 0; t < roots.length; t++, k = k + 1 === outputs ? 0 : k + 1) {
      const at = leaves ? (leaves[t] as number) : this.#leafOf(roots[t] as number);
      if (vector)
        for (let o = 0, from = at * outputs; o < outputs; o++)
          scores[offset + o] = (scores[offset + o] as number) + (leaf[from + o] as number);
      else scores[offset + k] = (scores[offset + k] as number) + (lineStart ? this.#line(at) : (leaf[at] as number));
    }
  }

  /** The leaf that the row in `#row` comes to from a root. */
  #leafOf(root: number): number {
    const { feature, flags, threshold, left, right, sets } = this.trees;
    let at = root;
    while (at >= 0) {
      const x = this.#row[feature[at] as number] as number;
      const flag = flags[at] as number;
      let goesLeft: boolean;
      if ((flag & CATEGORICAL) === 0) goesLeft = x <= (threshold[at] as number) || ((flag & MISSING_LEFT) !== 0 && Number.isNaN(x));
      else goesLeft = isIn(sets, threshold[at] as number, x, this.head.levels[feature[at] as number] as number);
      at = (goesLeft ? left[at] : right[at]) as number;
    }
    return -1 - at;
  }

  /** What a leaf gives the row in `#row`. */
  #line(leaf: number): number {
    const { lineStart, lineFeature, lineSlope, lineBounds, leaf: values } = this.trees as Required<TreeArrays>;
    const end = lineStart[leaf + 1] as number;
    let at = lineStart[leaf] as number;
    let value = at === end ? Number.NaN : (lineBounds[leaf * 3] as number);
    for (; at < end; at++) value += (lineSlope[at] as number) * (this.#row[lineFeature[at] as number] as number);
    if (Number.isNaN(value)) return values[leaf] as number;
    return Math.min(lineBounds[leaf * 3 + 2] as number, Math.max(lineBounds[leaf * 3 + 1] as number, value));
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    return { head: { kind: this.kind, ...this.head }, blobs: { ...this.trees } };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when anything does not fit together */
  static decode(head: Record<string, unknown>, blobs: Blobs): TreesModel {
    const bad = (what: string): never => {
      throw new MillwrightError(
        'BUNDLE_UNREADABLE',
        `The bundle's trees are damaged: ${what}.`,
        'Get the bundle again from where it was made.',
      );
    };
    const { inputs, levels, outputs, link, start, vector } = head as unknown as TreesHead;
    const count = typeof outputs === 'number' && Number.isInteger(outputs) && outputs >= 1 ? outputs : bad('outputs');
    if (!Array.isArray(inputs) || !inputs.every((n) => typeof n === 'string')) bad('inputs');
    if (!Array.isArray(levels) || levels.length !== inputs.length || !levels.every((n) => Number.isInteger(n) && n >= 0)) bad('levels');
    if (!Array.isArray(start) || start.length !== count || !start.every((n) => Number.isFinite(n))) bad('start');
    if (!['identity', 'exp', 'logistic', 'softmax', 'mean'].includes(link)) bad('link');
    if (vector !== undefined && vector !== true) bad('vector');
    const width = vector ? count : 1;
    const arrays: Record<string, unknown> = {};
    for (const [name, type] of Object.entries(ARRAYS)) {
      const blob = Object.hasOwn(blobs, name) ? blobs[name] : undefined;
      if (!(blob instanceof type)) bad(name);
      arrays[name] = blob;
    }
    const t = arrays as unknown as TreeArrays;
    const nodes = t.feature.length;
    for (const a of [t.flags, t.threshold, t.left, t.right, t.gain, t.cover]) if (a.length !== nodes) bad('sizes');
    if (t.leafCover.length * width !== t.leaf.length || (!vector && t.roots.length % count !== 0)) bad('sizes');
    const fits = (child: number, parent: number): boolean =>
      child >= 0 ? child < nodes && child > parent : -1 - child < t.leafCover.length;
    for (const root of t.roots) if (!fits(root, -1)) bad('roots');
    for (let i = 0; i < nodes; i++) {
      const f = t.feature[i] as number;
      if (f < 0 || f >= inputs.length) bad('features');
      // children come after their parent: no walk can loop
      if (!fits(t.left[i] as number, i) || !fits(t.right[i] as number, i)) bad('children');
      const categorical = ((t.flags[i] as number) & CATEGORICAL) !== 0;
      if (categorical !== (levels[f] as number) > 0) bad('flags');
      if (categorical) {
        const word = t.threshold[i] as number;
        if (!Number.isInteger(word) || word < 0 || word + Math.ceil((levels[f] as number) / 32) > t.sets.length) bad('sets');
      }
    }
    for (const value of t.leaf) if (!Number.isFinite(value)) bad('leaves');
    if (Object.hasOwn(blobs, 'lineStart')) {
      for (const [name, type] of Object.entries(LINES)) {
        const blob = Object.hasOwn(blobs, name) ? blobs[name] : undefined;
        if (!(blob instanceof type)) bad(name);
        arrays[name] = blob;
      }
      const { lineStart, lineFeature, lineSlope, lineBounds } = t as Required<TreeArrays>;
      const leaves = t.leaf.length;
      if (vector || lineStart.length !== leaves + 1 || lineBounds.length !== leaves * 3 || lineSlope.length !== lineFeature.length)
        bad('sizes');
      if (lineStart[0] !== 0 || lineStart[leaves] !== lineFeature.length) bad('lines');
      for (let i = 0; i < leaves; i++) if ((lineStart[i + 1] as number) < (lineStart[i] as number)) bad('lines');
      for (const f of lineFeature) if (levels[f] !== 0) bad('lines');
      for (const a of [lineSlope, lineBounds]) for (const value of a) if (!Number.isFinite(value)) bad('lines');
    }
    return new TreesModel({ inputs, levels, outputs: count, link, start, ...(vector ? { vector } : {}) }, t);
  }
}

/** Clips sums to shares; one output is the second class's, and several are made to sum to 1. */
function shares(scores: Float64Array, outputs: number): Float64Array {
  const classes = Math.max(2, outputs);
  const out = new Float64Array((scores.length / outputs) * classes);
  for (let i = 0, o = 0; i < scores.length; i += outputs, o += classes) {
    if (outputs === 1) {
      out[o + 1] = Math.min(1, Math.max(0, scores[i] as number));
      out[o] = 1 - (out[o + 1] as number);
      continue;
    }
    let total = 0;
    for (let k = 0; k < outputs; k++) total += Math.max(0, scores[i + k] as number);
    for (let k = 0; k < outputs; k++) out[o + k] = total > 0 ? Math.max(0, scores[i + k] as number) / total : 1 / outputs;
  }
  return out;
}

function isIn(sets: Uint32Array, word: number, code: number, levels: number): boolean {
  return code >= 0 && code < levels && (((sets[word + (code >> 5)] as number) >>> (code & 31)) & 1) === 1;
}
