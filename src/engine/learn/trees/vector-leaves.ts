import type { Rng } from '../../../core/rng.js';
import { Job, type KernelHost } from '../../kernels/kernel-host.js';

const BLOCK = 4096;
/** Below this much work one thread does it alone. */
const ALONE = 16_384;

/**
 * One tree a round for all classes: its shape is grown on one random projection of their gradients, its leaves hold a value for each class
 * (Iosipoi and Vakhrushev 2022, SketchBoost). Beside a tree a class it is as good on average, and takes half of the time or less.
 */
export class VectorLeaves {
  readonly #host: KernelHost;
  readonly #outputs: number;
  readonly #rows: number;
  readonly #factors: number;
  readonly #blockSums: number;
  readonly #classSums: number;
  /** Where `project` puts gradients and hessians. */
  readonly gradients: number;
  readonly hessians: number;

  constructor(host: KernelHost, outputs: number, rows: number, maxLeaves: number) {
    this.#host = host;
    this.#outputs = outputs;
    this.#rows = rows;
    this.#factors = host.allocate(outputs * 8);
    this.#blockSums = host.allocate(Math.ceil(rows / BLOCK) * 16);
    this.#classSums = host.allocate(maxLeaves * outputs * 16);
    this.gradients = host.allocate(rows * 4 + 8);
    this.hessians = host.allocate(rows * 4 + 8);
  }

  /**
   * Projects class-major gradients on a random direction; returns Σ|gradient| and Σhessian. Directions lean to classes that have little hessian left,
   * which rare ones have: by its fourth root, between counting classes alike (worse) and counting Newton steps alike (worse).
   * @param sums Σ|gradient| and Σhessian of each class
   */
  project(gradients: number, hessians: number, sums: Float64Array, rng: Rng): [number, number] {
    const host = this.#host;
    const factors = host.f64(this.#factors, this.#outputs);
    let square = 0;
    for (let k = 0; k < factors.length; k++) {
      // close to a normal number: the sum of twelve even ones
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += rng.float();
      const factor = sum / Math.sqrt(Math.sqrt((sums[2 * k + 1] as number) / this.#rows + 1e-4));
      factors[k] = factor;
      square += factor * factor;
    }
    for (let k = 0; k < factors.length; k++) factors[k] = (factors[k] as number) / Math.sqrt(square);
    host.int(0, this.#rows);
    host.int(1, this.#outputs);
    host.int(2, gradients);
    host.int(3, hessians);
    host.int(4, this.#factors);
    host.int(5, this.gradients);
    host.int(6, this.hessians);
    host.int(8, this.#blockSums);
    host.run(Job.project, this.#rows * this.#outputs < ALONE);
    const totals: [number, number] = [0, 0];
    const parts = host.f64(this.#blockSums, Math.ceil(this.#rows / BLOCK) * 2);
    for (let b = 0; b < parts.length; b += 2) {
      totals[0] += parts[b] as number;
      totals[1] += parts[b + 1] as number;
    }
    return totals;
  }

  /**
   * Σgradient and Σhessian of every class in every leaf, one after the other.
   * @param entries leaves of 16 bytes: first row (in `rowIds`) at 8, rows at 12
   */
  sums(entries: number, leaves: number, rowIds: number, gradients: number, hessians: number): Float64Array {
    const host = this.#host;
    host.int(0, leaves);
    host.int(1, entries);
    host.int(3, rowIds);
    host.int(4, this.#rows);
    host.int(5, this.#outputs);
    host.int(6, gradients);
    host.int(7, hessians);
    host.int(8, this.#classSums);
    host.run(Job.sumClasses, this.#rows * this.#outputs < ALONE);
    return host.f64(this.#classSums, leaves * this.#outputs * 2);
  }

  /** Adds a tree, whose nodes and leaf values are in kernel memory, to class-major scores. */
  add(nodes: number, leafValues: number, scores: number, rows: number): void {
    const host = this.#host;
    host.int(0, rows);
    host.int(1, nodes);
    host.int(2, leafValues);
    host.int(3, scores);
    host.int(4, this.#outputs);
    host.run(Job.addVectors, rows * this.#outputs < ALONE);
  }
}
