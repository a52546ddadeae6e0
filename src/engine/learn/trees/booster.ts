import type { Deadline } from '../../../core/clock.js';
import type { Rng } from '../../../core/rng.js';
import type { Table } from '../../../core/table.js';
import type { KernelHost } from '../../kernels/kernel-host.js';
import { Job } from '../../kernels/kernel-host.js';
import type { BinMapper } from './bin-mapper.js';
import type { BinnedRows } from './binned-rows.js';
import { growSymmetric } from './grow-symmetric.js';
import { type BinnedTree, growTree } from './grow-tree.js';
import { type LeafSums, LocalHistograms } from './histogram-source.js';
import type { GrowLimits } from './leaf-limits.js';
import { LINEAR_ROWS, type LinearLeaf, LinearLeaves } from './linear-leaves.js';
import { type Objective, weightedQuantile } from './objective.js';
import type { TreesParameters } from './parameters.js';
import type { ScoredRows } from './recalibrated-loss.js';
import { sampleColumns, sampleRows } from './sampling.js';
import { VectorLeaves } from './vector-leaves.js';

const BLOCK = 4096;
const NODE_BYTES = 48;
/** Below this many rows one thread does row-wise passes alone. */
const ALONE_ROWS = 16_384;
/** Σ|gradient| in whole units: with rounding it stays below 2³¹. */
const GRADIENT_TOTAL = 2 ** 30;
const HESSIAN_TOTAL = 2 ** 31;

/** A grown tree with its leaf values (learning rate included, whole multiples of the objective's unit); vector leaves: a value for each output. */
export interface ValuedTree {
  readonly tree: BinnedTree;
  readonly values: Float64Array;
  readonly lines?: readonly (LinearLeaf | undefined)[];
  /** Turns split gains into units of the loss. */
  readonly gainScale: number;
}

/** Rows to learn from or to watch. */
interface BinnedSample {
  readonly table: Table;
  readonly binned: BinnedRows;
  readonly target: Float64Array;
  readonly weights?: Float64Array;
}

/** Scores of one set of rows in kernel memory, class-major. */
interface ScoredSet {
  readonly binned: BinnedRows;
  readonly scores: number;
  readonly target: number;
  readonly weights: number;
  readonly weightTotal: number;
  /** Addresses of standardised columns, for linear leaves. */
  linear?: Uint32Array;
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
  readonly #mappers: readonly BinMapper[];
  /** Histogram units of the present tree. */
  #scaleG = 1;
  #scaleH = 1;
  readonly #vectors: VectorLeaves | undefined;
  readonly #linear: LinearLeaves | undefined;
  readonly #symmetric: boolean;
  /** Leaves of a tree at most. */
  readonly #leaves: number;

  constructor(
    host: KernelHost,
    objective: Objective,
    parameters: TreesParameters,
    mappers: readonly BinMapper[],
    train: BinnedSample,
    validation?: BinnedSample,
    limits?: GrowLimits,
    symmetric = false,
  ) {
    this.#host = host;
    this.#objective = objective;
    this.#parameters = parameters;
    this.#mappers = mappers;
    const rows = train.binned.rows;
    const k = objective.outputs;
    let leaves = parameters.leaves;
    if (symmetric) {
      leaves = 2;
      while (leaves < parameters.leaves) leaves *= 2;
    }
    this.#leaves = leaves;
    this.#train = this.#place(train);
    this.#validation = validation ? this.#place(validation) : undefined;
    this.#gradients = host.allocate((rows * k + 2) * 4);
    this.#hessians = host.allocate((rows * k + 2) * 4);
    this.#packed = host.allocate(rows * 8);
    const blocks = Math.ceil(Math.max(rows, validation ? validation.binned.rows : 0) / BLOCK) + 1;
    this.#sums = host.allocate(blocks * k * 16);
    this.#nodes = host.allocate(leaves * NODE_BYTES);
    this.#leafValues = host.allocate(leaves * k * 8);
    this.#leafEntries = host.allocate(leaves * 16);
    if (parameters.vectorLeaves && k > 1) this.#vectors = new VectorLeaves(host, k, rows, leaves);
    else if (parameters.linearLeaves && rows >= LINEAR_ROWS && objective.leafQuantile === undefined && parameters.monotone.trim() === '') {
      this.#linear = new LinearLeaves(host, train.table, leaves);
      this.#train.linear = this.#linear.train;
      if (validation && this.#validation) this.#validation.linear = this.#linear.place(validation.table);
    }
    this.#source = new LocalHistograms(host, train.binned, mappers, leaves, undefined, limits);
    this.#symmetric = symmetric && this.#source.slots >= leaves;
  }

  #place(set: BinnedSample): ScoredSet {
    const host = this.#host;
    const rows = set.binned.rows;
    const scores = host.allocate((rows * this.#objective.outputs + 2) * 8);
    for (const [k, start] of this.#objective.start.entries()) host.f64(scores + k * rows * 8, rows).fill(start);
    const target = host.allocate((rows + 2) * 8);
    const { scale } = this.#objective;
    host.f64(target, rows).set(scale === 1 ? set.target : set.target.map((y) => y / scale));
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
    const sums = this.#computeGradients();
    const rows = this.#train.binned.rows;
    const sample = sampleRows(rng.child('rows', index), rows, this.#parameters.rowSample);
    const at = (k: number): [number, number] => [this.#gradients + k * rows * 4, this.#hessians + k * rows * 4];
    if (this.#vectors) {
      const [g, h] = this.#vectors.project(...at(0), sums, rng.child('projection', index));
      this.#quantise(this.#vectors.gradients, this.#vectors.hessians, g, h);
      const tree = await this.#grow(index, 0, rng, sample, deadline, obeys);
      return tree && [this.#addVectors(tree, this.#vectors)];
    }
    const grown: ValuedTree[] = [];
    for (let k = 0; k < this.#objective.outputs; k++) {
      this.#quantise(...at(k), sums[2 * k] as number, sums[2 * k + 1] as number);
      const tree = await this.#grow(index, k, rng, sample, deadline, obeys);
      if (!tree) return undefined;
      const values = this.#leafValuesOf(tree, k);
      const linear = tree.splits.length > 0 ? this.#linear : undefined;
      if (linear) {
        const [gradients, hessians] = at(k);
        const own = { entries: this.#listLeaves(tree), ids: this.#source.rowIds, gradients, hessians, all: rows };
        linear.fit(tree, this.#mappers, values, own, this.#parameters, this.#objective.unit);
      }
      grown.push({ tree, values, gainScale: this.#gainScale, lines: linear?.read() });
      // with several outputs gradients of all come from the scores before the round, so each output's scores may move now
      this.#addToTraining(tree, values, k, rows, sample !== undefined || linear !== undefined);
      if (this.#validation) this.#addToSet(this.#validation, tree, values, k);
    }
    return grown;
  }

  /** A tree on the quantised gradients; undefined when the deadline cut it. */
  async #grow(
    index: number,
    k: number,
    rng: Rng,
    sample: Uint32Array | undefined,
    deadline: Deadline | undefined,
    obeys: boolean,
  ): Promise<BinnedTree | undefined> {
    await deadline?.breathe();
    const columns = sampleColumns(rng.child('columns', index, k), this.#mappers.length, this.#parameters.columnSample);
    this.#source.useColumns(columns);
    const seed = rng.child('leaves', index, k).uint32();
    this.#source.begin(this.#packed, sample, this.#parameters, this.#scaleG, this.#scaleH, seed);
    const { maxDepth } = this.#parameters;
    const leaves = this.#leaves;
    const stop = deadline && obeys ? (): boolean => deadline.expired() : undefined;
    const breathe = deadline && ((): Promise<void> => deadline.breathe());
    if (this.#symmetric) return growSymmetric(this.#source, { leaves, maxDepth, stop, breathe });
    return growTree(this.#source, { leaves, maxDepth, stop, breathe });
  }

  /** Fits the leaves' values for all outputs and adds the tree to all scores. */
  #addVectors(tree: BinnedTree, vectors: VectorLeaves): ValuedTree {
    const { outputs, unit } = this.#objective;
    const count = tree.leaves.length;
    const sums = vectors.sums(this.#listLeaves(tree), count, this.#source.rowIds, this.#gradients, this.#hessians);
    const values = new Float64Array(count * outputs);
    for (let i = 0; i < values.length; i++)
      values[i] = Math.round((this.#parameters.learningRate * this.#step(sums[2 * i] as number, sums[2 * i + 1] as number)) / unit) * unit;
    for (const set of this.#validation ? [this.#train, this.#validation] : [this.#train]) {
      const rows = set.binned.rows;
      if (tree.splits.length === 0) {
        for (let k = 0; k < outputs; k++) this.#addConstant(set.scores + k * rows * 8, rows, values[k] as number);
        continue;
      }
      this.#placeNodes(set, tree);
      this.#host.f64(this.#leafValues, values.length).set(values);
      vectors.add(this.#nodes, this.#leafValues, set.scores, rows);
    }
    return { tree, values, gainScale: this.#gainScale };
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

  /** The validation rows' scores at present, class-major, and their answers in the same unit: views that the next round makes stale. */
  validationRows(): ScoredRows {
    const { binned, scores, target, weights } = this.#validation as ScoredSet;
    const host = this.#host;
    return {
      scores: host.f64(scores, binned.rows * this.#objective.outputs),
      target: host.f64(target, binned.rows),
      ...(weights !== 0 && { weights: host.f64(weights, binned.rows) }),
    };
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

  /** @param totalG Σ|gradient| @param totalH Σhessian */
  #quantise(gradients: number, hessians: number, totalG: number, totalH: number): void {
    const host = this.#host;
    const rows = this.#train.binned.rows;
    this.#scaleG = totalG > 0 ? GRADIENT_TOTAL / totalG : 1;
    this.#scaleH = this.#objective.constantHessian ? 1 : totalH > 0 ? HESSIAN_TOTAL / totalH : 1;
    host.int(0, rows);
    host.int(1, gradients);
    host.int(2, hessians);
    host.int(3, this.#packed);
    host.number(10, this.#scaleG);
    host.number(11, this.#objective.constantHessian ? 0 : this.#scaleH);
    host.run(Job.quantise, rows < ALONE_ROWS);
  }

  /** The Newton step for sums in real units. */
  #step(gradient: number, hessian: number): number {
    const { l1, l2 } = this.#parameters;
    const h = hessian + l2;
    return h > 0 ? (-Math.sign(gradient) * Math.max(0, Math.abs(gradient) - l1)) / h : 0;
  }

  get #gainScale(): number {
    return this.#scaleH / (this.#scaleG * this.#scaleG);
  }

  #leafValuesOf(tree: BinnedTree, k: number): Float64Array {
    const { unit, leafQuantile } = this.#objective;
    const [scaleG, scaleH] = [this.#scaleG, this.#scaleH];
    return Float64Array.from(tree.leaves, (sums: LeafSums, leaf) => {
      let step: number;
      if (leafQuantile !== undefined) step = this.#residualQuantile(leaf, k, leafQuantile);
      else {
        step = this.#step(sums.gradient / scaleG, sums.hessian / scaleH);
        // bounds are in histogram units: gradient by scaleG, hessian by scaleH
        if (sums.low !== undefined && sums.high !== undefined)
          step = Math.max((sums.low * scaleH) / scaleG, Math.min((sums.high * scaleH) / scaleG, step));
      }
      return Math.round((this.#parameters.learningRate * step) / unit) * unit;
    });
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

  #addToTraining(tree: BinnedTree, values: Float64Array, k: number, rows: number, walks: boolean): void {
    if (walks) {
      this.#addToSet(this.#train, tree, values, k);
      return;
    }
    const host = this.#host;
    const count = tree.leaves.length;
    const numbers = host.f64(this.#listLeaves(tree), count * 2);
    for (let leaf = 0; leaf < count; leaf++) numbers[leaf * 2] = values[leaf] as number;
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
      this.#addConstant(scores, rows, values[0] as number);
      return;
    }
    this.#placeNodes(set, tree);
    if (this.#linear && set.linear) {
      this.#linear.add(set.linear, this.#nodes, scores, rows, this.#objective.unit);
      return;
    }
    host.f64(this.#leafValues, values.length).set(values);
    host.int(0, rows);
    host.int(1, this.#nodes);
    host.int(2, this.#leafValues);
    host.int(3, scores);
    host.int(4, 0);
    host.run(Job.addTree, rows < ALONE_ROWS);
  }

  #addConstant(scores: number, rows: number, value: number): void {
    const all = this.#host.f64(scores, rows);
    for (let i = 0; i < rows; i++) all[i] = (all[i] as number) + value;
  }

  /** Where each leaf's rows are; 16 bytes a leaf, the first eight free for its value. */
  #listLeaves(tree: BinnedTree): number {
    const entries = this.#host.u32(this.#leafEntries, tree.leaves.length * 4);
    for (let leaf = 0; leaf < tree.leaves.length; leaf++) {
      const { begin, count } = this.#source.range(leaf);
      entries[leaf * 4 + 2] = begin;
      entries[leaf * 4 + 3] = count;
    }
    return this.#leafEntries;
  }

  #placeNodes(set: ScoredSet, tree: BinnedTree): void {
    const nodes = this.#host.u32(this.#nodes, (tree.splits.length * NODE_BYTES) / 4);
    tree.splits.forEach((split, i) => {
      const o = (i * NODE_BYTES) / 4;
      nodes[o] = set.binned.address[split.column] as number;
      nodes[o + 1] = set.binned.stride[split.column] as number;
      nodes[o + 2] = tree.left[i] as number;
      nodes[o + 3] = tree.right[i] as number;
      nodes.set(split.set, o + 4);
    });
  }
}
