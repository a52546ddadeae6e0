import type { Deadline } from '../../../core/clock.js';
import type { Rng } from '../../../core/rng.js';
import type { KernelHost } from '../../kernels/kernel-host.js';
import { Job } from '../../kernels/kernel-host.js';
import type { BinMapper } from './bin-mapper.js';
import type { BinnedRows } from './binned-rows.js';
import { type BinnedTree, growTree } from './grow-tree.js';
import { type LeafSums, LocalHistograms } from './histogram-source.js';
import type { GrowLimits } from './leaf-limits.js';
import { type Objective, weightedQuantile } from './objective.js';
import type { TreesParameters } from './parameters.js';

const BLOCK = 4096;
const NODE_BYTES = 48;
/** Below this many rows one thread does row-wise passes alone. */
const ALONE_ROWS = 16_384;
/** Σ|gradient| in whole units: with rounding it stays below 2³¹. */
const GRADIENT_TOTAL = 2 ** 30;
const HESSIAN_TOTAL = 2 ** 31;

/** A grown tree with its leaf values (learning rate included, whole multiples of the objective's unit). */
export interface ValuedTree {
  readonly tree: BinnedTree;
  readonly values: Float64Array;
  /** Turns split gains into units of the loss. */
  readonly gainScale: number;
}

/** Scores of one set of rows in kernel memory, class-major. */
interface ScoredSet {
  readonly binned: BinnedRows;
  readonly scores: number;
  readonly target: number;
  readonly weights: number;
  readonly weightTotal: number;
}

/** Gradient boosting over binned rows: one call of `round` adds one tree an output. */
export class Booster {
  readonly #host: KernelHost;
  readonly #objective: Objective;
  readonly #parameters: TreesParameters;
  readonly #train: ScoredSet;
  readonly #validation: ScoredSet | undefined;
  readonly #source: LocalHistograms;
  readonly #gradients: number;
  readonly #hessians: number;
  readonly #packed: number;
  readonly #sums: number;
  readonly #nodes: number;
  readonly #leafValues: number;
  readonly #leafEntries: number;
  readonly #columns: number;

  constructor(
    host: KernelHost,
    objective: Objective,
    parameters: TreesParameters,
    mappers: readonly BinMapper[],
    train: { binned: BinnedRows; target: Float64Array; weights?: Float64Array },
    validation?: { binned: BinnedRows; target: Float64Array; weights?: Float64Array },
    limits?: GrowLimits,
  ) {
    this.#host = host;
    this.#objective = objective;
    this.#parameters = parameters;
    this.#columns = mappers.length;
    const rows = train.binned.rows;
    const k = objective.outputs;
    this.#train = this.#place(train);
    this.#validation = validation ? this.#place(validation) : undefined;
    this.#gradients = host.allocate((rows * k + 2) * 4);
    this.#hessians = host.allocate((rows * k + 2) * 4);
    this.#packed = host.allocate(rows * 8);
    const blocks = Math.ceil(Math.max(rows, validation ? validation.binned.rows : 0) / BLOCK) + 1;
    this.#sums = host.allocate(blocks * k * 16);
    this.#nodes = host.allocate(parameters.leaves * NODE_BYTES);
    this.#leafValues = host.allocate(parameters.leaves * 8);
    this.#leafEntries = host.allocate(parameters.leaves * 16);
    this.#source = new LocalHistograms(host, train.binned, mappers, parameters.leaves, undefined, limits);
  }

  #place(set: { binned: BinnedRows; target: Float64Array; weights?: Float64Array }): ScoredSet {
    const host = this.#host;
    const rows = set.binned.rows;
    const scores = host.allocate((rows * this.#objective.outputs + 2) * 8);
    for (const [k, start] of this.#objective.start.entries()) host.f64(scores + k * rows * 8, rows).fill(start);
    const target = host.allocate((rows + 2) * 8);
    host.f64(target, rows).set(set.target);
    let weights = 0;
    let weightTotal = rows;
    if (set.weights) {
      weights = host.allocate((rows + 2) * 8);
      host.f64(weights, rows).set(set.weights);
      weightTotal = 0;
      for (const w of set.weights) weightTotal += w;
    }
    return { binned: set.binned, scores, target, weights, weightTotal };
  }

  /**
   * Adds one round of trees, and gives way now and then.
   * @param obeys false: the deadline is not asked, only signals and drawing happen
   * @returns the trees, or undefined when the deadline cut the round (the booster is then of no more use: scores may hold a part of the round)
   */
  async round(index: number, rng: Rng, deadline?: Deadline, obeys = true): Promise<ValuedTree[] | undefined> {
    const { outputs } = this.#objective;
    const sums = this.#computeGradients();
    const sample = this.#sampleRows(rng, index);
    const grown: ValuedTree[] = [];
    const rows = this.#train.binned.rows;
    for (let k = 0; k < outputs; k++) {
      const [g, h] = [sums[2 * k] as number, sums[2 * k + 1] as number];
      await deadline?.breathe();
      const scaleG = g > 0 ? GRADIENT_TOTAL / g : 1;
      const scaleH = this.#objective.constantHessian ? 1 : h > 0 ? HESSIAN_TOTAL / h : 1;
      this.#quantise(k, scaleG, scaleH);
      this.#source.useColumns(this.#sampleColumns(rng, index, k));
      this.#source.begin(this.#packed, sample, this.#parameters, scaleG, scaleH, rng.child('leaves', index, k).uint32());
      const tree = await growTree(this.#source, {
        leaves: this.#parameters.leaves,
        maxDepth: this.#parameters.maxDepth,
        stop: deadline && obeys ? () => deadline.expired() : undefined,
        breathe: deadline && (() => deadline.breathe()),
      });
      if (!tree) return undefined;
      const values = this.#leafValuesOf(tree, k, scaleG, scaleH);
      grown.push({ tree, values, gainScale: scaleH / (scaleG * scaleG) });
      // with several outputs gradients of all come from the scores before the round, so each output's scores may move now
      this.#addToTraining(tree, values, k, rows, sample !== undefined);
      if (this.#validation) this.#addToSet(this.#validation, tree, values, k);
    }
    return grown;
  }

  /** Mean natural loss on the validation rows. */
  validationLoss(): number {
    const set = this.#validation as ScoredSet;
    const host = this.#host;
    const rows = set.binned.rows;
    host.int(0, rows);
    host.int(1, this.#objective.outputs);
    host.int(2, this.#objective.loss);
    host.int(3, set.scores);
    host.int(4, set.target);
    host.int(5, set.weights);
    host.int(6, this.#sums);
    host.number(10, this.#objective.alpha);
    host.run(Job.loss, rows < ALONE_ROWS);
    let sum = 0;
    for (const s of host.f64(this.#sums, Math.ceil(rows / BLOCK))) sum += s;
    return sum / set.weightTotal;
  }

  #computeGradients(): Float64Array {
    const host = this.#host;
    const { outputs, loss, alpha } = this.#objective;
    const rows = this.#train.binned.rows;
    host.int(0, rows);
    host.int(1, outputs);
    host.int(2, loss);
    host.int(3, this.#train.scores);
    host.int(4, this.#train.target);
    host.int(5, this.#train.weights);
    host.int(6, this.#gradients);
    host.int(7, this.#hessians);
    host.int(8, this.#sums);
    host.number(10, alpha);
    host.run(Job.gradient, rows * outputs < ALONE_ROWS);
    const blocks = Math.ceil(rows / BLOCK);
    const parts = host.f64(this.#sums, blocks * outputs * 2);
    const sums = new Float64Array(outputs * 2);
    for (let b = 0; b < blocks; b++)
      for (let i = 0; i < outputs * 2; i++) sums[i] = (sums[i] as number) + (parts[b * outputs * 2 + i] as number);
    return sums;
  }

  #quantise(k: number, scaleG: number, scaleH: number): void {
    const host = this.#host;
    const rows = this.#train.binned.rows;
    host.int(0, rows);
    host.int(1, this.#gradients + k * rows * 4);
    host.int(2, this.#hessians + k * rows * 4);
    host.int(3, this.#packed);
    host.number(10, scaleG);
    host.number(11, this.#objective.constantHessian ? 0 : scaleH);
    host.run(Job.quantise, rows < ALONE_ROWS);
  }

  #sampleRows(rng: Rng, index: number): Uint32Array | undefined {
    const { rowSample } = this.#parameters;
    if (rowSample >= 1) return undefined;
    const rows = this.#train.binned.rows;
    const draw = rng.child('rows', index);
    const want = Math.max(1, Math.round(rows * rowSample));
    // selection sampling (Knuth, algorithm S): ascending, no second array
    const picked = new Uint32Array(want);
    let count = 0;
    for (let i = 0; i < rows && count < want; i++)
      if (draw.uint32() * 2.3283064365386963e-10 * (rows - i) < want - count) picked[count++] = i;
    return picked.subarray(0, count);
  }

  #sampleColumns(rng: Rng, index: number, output: number): Uint8Array | undefined {
    const { columnSample } = this.#parameters;
    if (columnSample >= 1) return undefined;
    const used = new Uint8Array(this.#columns);
    const count = Math.max(1, Math.round(this.#columns * columnSample));
    for (const c of rng.child('columns', index, output).sample(this.#columns, count)) used[c] = 1;
    return used;
  }

  #leafValuesOf(tree: BinnedTree, k: number, scaleG: number, scaleH: number): Float64Array {
    const { l1, l2, learningRate } = this.#parameters;
    const { unit, leafQuantile } = this.#objective;
    const values = new Float64Array(tree.leaves.length);
    for (let leaf = 0; leaf < values.length; leaf++) {
      let step: number;
      if (leafQuantile !== undefined) step = this.#residualQuantile(leaf, k, leafQuantile);
      else {
        const sums = tree.leaves[leaf] as LeafSums;
        const g = sums.gradient / scaleG;
        const shrunk = Math.sign(g) * Math.max(0, Math.abs(g) - l1);
        const h = sums.hessian / scaleH + l2;
        step = h > 0 ? -shrunk / h : 0;
        // bounds are in histogram units: gradient by scaleG, hessian by scaleH
        if (sums.low !== undefined && sums.high !== undefined)
          step = Math.max((sums.low * scaleH) / scaleG, Math.min((sums.high * scaleH) / scaleG, step));
      }
      values[leaf] = Math.round((learningRate * step) / unit) * unit;
    }
    return values;
  }

  #residualQuantile(leaf: number, k: number, q: number): number {
    const host = this.#host;
    const rows = this.#source.rowsOf(leaf);
    const all = this.#train.binned.rows;
    const target = host.f64(this.#train.target, all);
    const scores = host.f64(this.#train.scores + k * all * 8, all);
    const weights = this.#train.weights ? host.f64(this.#train.weights, all) : undefined;
    const residuals = new Float64Array(rows.length);
    const own = weights ? new Float64Array(rows.length) : undefined;
    for (let i = 0; i < rows.length; i++) {
      const r = rows[i] as number;
      residuals[i] = (target[r] as number) - (scores[r] as number);
      if (own && weights) own[i] = weights[r] as number;
    }
    return weightedQuantile(residuals, own, q);
  }

  #addToTraining(tree: BinnedTree, values: Float64Array, k: number, rows: number, sampled: boolean): void {
    if (sampled) {
      this.#addToSet(this.#train, tree, values, k);
      return;
    }
    const host = this.#host;
    const count = tree.leaves.length;
    const entryNumbers = host.f64(this.#leafEntries, count * 2);
    const entryInts = host.u32(this.#leafEntries, count * 4);
    for (let leaf = 0; leaf < count; leaf++) {
      const range = this.#source.range(leaf);
      entryNumbers[leaf * 2] = values[leaf] as number;
      entryInts[leaf * 4 + 2] = range.begin;
      entryInts[leaf * 4 + 3] = range.count;
    }
    host.int(0, count);
    host.int(1, this.#leafEntries);
    host.int(2, this.#train.scores + k * rows * 8);
    host.int(3, this.#source.rowIds);
    host.run(Job.addLeaves, rows < ALONE_ROWS);
  }

  #addToSet(set: ScoredSet, tree: BinnedTree, values: Float64Array, k: number): void {
    const host = this.#host;
    const rows = set.binned.rows;
    const scores = set.scores + k * rows * 8;
    if (tree.splits.length === 0) {
      const all = host.f64(scores, rows);
      for (let i = 0; i < rows; i++) all[i] = (all[i] as number) + (values[0] as number);
      return;
    }
    const nodes = host.u32(this.#nodes, (tree.splits.length * NODE_BYTES) / 4);
    tree.splits.forEach((split, i) => {
      const o = (i * NODE_BYTES) / 4;
      nodes[o] = set.binned.address[split.column] as number;
      nodes[o + 1] = set.binned.stride[split.column] as number;
      nodes[o + 2] = tree.left[i] as number;
      nodes[o + 3] = tree.right[i] as number;
      nodes.set(split.set, o + 4);
    });
    host.f64(this.#leafValues, values.length).set(values);
    host.int(0, rows);
    host.int(1, this.#nodes);
    host.int(2, this.#leafValues);
    host.int(3, scores);
    host.int(4, 0);
    host.run(Job.addTree, rows < ALONE_ROWS);
  }
}
