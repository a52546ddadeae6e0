import { MillwrightError } from '../../core/errors.js';
import { fromBase64 } from '../../model/from-base64.js';
import { MLP } from './mlp-module.js';

/** Calls of kernels/mlp.ts; pointers are byte offsets, matrices row-major f32, widths and batches multiples of 4. */
export interface MlpCalls {
  multiply(
    a: number,
    aRow: number,
    aDepth: number,
    b: number,
    bDepth: number,
    bColumn: number,
    c: number,
    m: number,
    n: number,
    k: number,
    scratch: number,
  ): void;
  gather(x: number, width: number, rows: number, count: number, to: number): void;
  addBias(z: number, bias: number, rows: number, width: number): void;
  selu(z: number, bias: number, slope: number, rows: number, width: number): void;
  mish(z: number, bias: number, slope: number, rows: number, width: number): void;
  drop(z: number, slope: number, floats: number, rate: number, state: number): void;
  chain(delta: number, slope: number, floats: number): void;
  columnSums(delta: number, rows: number, width: number, out: number): void;
  scaleRows(weights: number, scale: number, rows: number, width: number, out: number): void;
  scaleBack(weights: number, scale: number, gradient: number, rows: number, width: number, scaleGradient: number): void;
  adam(
    weights: number,
    gradient: number,
    first: number,
    squares: number,
    floats: number,
    rate: number,
    second: number,
    keep: number,
    beta1: number,
    beta2: number,
  ): void;
  softmaxLoss(
    scores: number,
    rows: number,
    width: number,
    classes: number,
    target: number,
    weights: number,
    smoothing: number,
    delta: number,
  ): void;
  squaredLoss(scores: number, rows: number, width: number, target: number, weights: number, delta: number): void;
}

const PAGE = 65536;
const MOST_PAGES = 65536;
/** Where the module's own data end. */
const HEAP_BASE = 1024;

let compiled: WebAssembly.Module | undefined;

/** The kernels of the neural network with a memory of their own, for one fit: it goes with the last reference. */
export class MlpKernels {
  readonly call: MlpCalls;
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  #top = HEAP_BASE;

  constructor() {
    compiled ??= new WebAssembly.Module(fromBase64(MLP));
    this.call = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } }).exports as unknown as MlpCalls;
  }

  /**
   * A block of so many floats, all 0, aligned to 64 bytes. Views made before may no longer be used.
   * @throws MillwrightError `DATA_TOO_LARGE` beyond 4 GiB, or when the system has no more memory
   */
  floats(count: number): number {
    const at = Math.ceil(this.#top / 64) * 64;
    const end = at + count * 4;
    const have = this.#memory.buffer.byteLength;
    if (end > have) {
      const tooLarge = (cause?: unknown): MillwrightError =>
        new MillwrightError(
          'DATA_TOO_LARGE',
          `The neural network needs ${Math.round(end / 2 ** 20)} MiB, more than there is.`,
          'Use fewer rows (--max-rows) or drop columns (--drop).',
          { cause },
        );
      const pages = Math.ceil((end - have) / PAGE);
      if (have / PAGE + pages > MOST_PAGES) throw tooLarge();
      try {
        this.#memory.grow(pages);
      } catch (cause) {
        throw tooLarge(cause);
      }
    }
    this.#top = end;
    return at;
  }

  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer as ArrayBuffer, at, length);
  }

  u32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer as ArrayBuffer, at, length);
  }

  /** Copies floats from one block to another. */
  copy(from: number, to: number, count: number): void {
    this.f32(to, count).set(this.f32(from, count));
  }
}
