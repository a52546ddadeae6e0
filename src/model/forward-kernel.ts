import { FORWARD } from './forward-module.js';
import { type Instantiated, instantiate } from './instantiate.js';
import type { MlpArrays, MlpHead } from './mlp.js';

interface Calls {
  layer(
    rows: number,
    values: number,
    stride: number,
    places: number,
    placeStride: number,
    counts: number,
    weights: number,
    panel: number,
    biases: number,
    outputs: number,
    out: number,
  ): void;
  selu(z: number, bytes: number): void;
  mish(z: number, bytes: number): void;
}

/** Rows taken through a layer at a time: a panel of its weights is read once for them. */
export const BLOCK = 16;
const PANEL = 16;
const FIRST = 64;

interface Layer {
  readonly outputs: number;
  readonly padded: number;
  readonly panel: number;
  readonly weights: number;
  readonly biases: number;
}

const pad = (outputs: number): number => Math.ceil(outputs / PANEL) * PANEL;

/** A neural network laid out for the WebAssembly products (kernels/forward.ts). */
export class ForwardKernel {
  /** Inputs that are not 0 of each row of the block: `counts[row]` values from `row · stride` on, and 64 × their numbers. */
  readonly values: Float32Array;
  readonly places: Int32Array;
  readonly counts: Int32Array;
  readonly #other: Float32Array;

  private constructor(
    readonly module: Instantiated<Calls>,
    readonly activation: MlpHead['activation'],
    readonly layers: readonly Layer[],
    readonly stride: number,
    readonly at: number,
  ) {
    const buffer = module.memory.buffer as ArrayBuffer;
    const cells = BLOCK * stride;
    this.values = new Float32Array(buffer, at, cells);
    this.#other = new Float32Array(buffer, at + cells * 4, cells);
    this.places = new Int32Array(buffer, at + cells * 8, cells);
    this.counts = new Int32Array(buffer, at + cells * 12 + stride * 4, BLOCK);
    const inOrder = new Int32Array(buffer, at + cells * 12, stride);
    for (let i = 0; i < stride; i++) inOrder[i] = i * PANEL * 4;
  }

  /** Undefined where WebAssembly cannot be used. */
  static of({ inputs, widths, activation }: MlpHead, arrays: MlpArrays): ForwardKernel | undefined {
    const layers: Layer[] = [];
    let at = FIRST;
    let from = inputs.length;
    for (const outputs of widths) {
      const padded = pad(outputs);
      const panel = from * PANEL * 4;
      layers.push({ outputs, padded, panel, weights: at, biases: at + from * padded * 4 });
      at += (from + 1) * padded * 4;
      from = outputs;
    }
    const stride = Math.max(pad(inputs.length), ...layers.map((l) => l.padded));
    const module = instantiate<Calls>(FORWARD, at + BLOCK * stride * 12 + stride * 4 + BLOCK * 4);
    if (!module) return undefined;
    const floats = new Float32Array(module.memory.buffer as ArrayBuffer);
    let w = 0;
    let b = 0;
    from = inputs.length;
    for (const { outputs, weights, biases } of layers) {
      for (let i = 0; i < from; i++)
        for (let o = 0; o < outputs; o++)
          floats[weights / 4 + ((o - (o % PANEL)) * from + i * PANEL) + (o % PANEL)] = arrays.weights[w++] as number;
      floats.set(arrays.biases.subarray(b, b + outputs), biases / 4);
      b += outputs;
      from = outputs;
    }
    return new ForwardKernel(module, activation, layers, stride, at);
  }

  /** Takes the rows of the block through all layers. @returns scores, those of a row from `row · stride` on */
  run(rows: number): Float32Array {
    const { at, stride, layers, activation, counts } = this;
    const { call } = this.module;
    const cells = BLOCK * stride * 4;
    const countsAt = at + cells * 3 + stride * 4;
    let from = at;
    let to = at + cells;
    layers.forEach(({ outputs, padded, panel, weights, biases }, l) => {
      const [places, placeStride] = l === 0 ? [at + cells * 2, stride * 4] : [at + cells * 3, 0];
      call.layer(rows, from, stride * 4, places, placeStride, countsAt, weights, panel, biases, padded, to);
      if (l + 1 < layers.length) for (let row = 0; row < rows; row++) call[activation](to + row * stride * 4, padded * 4);
      counts.fill(outputs);
      [from, to] = [to, from];
    });
    return from === at ? this.values : this.#other;
  }
}
