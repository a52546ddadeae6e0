import { normalQuantile } from '../../../core/normal.js';
import type { Rng } from '../../../core/rng.js';
import type { MlpKernels } from '../../kernels/mlp-kernels.js';

export type Activation = 'selu' | 'mish';

export interface NetworkShape {
  /** One name an input; the weights of an input are drawn by its name, so that the order of columns does not matter. */
  readonly inputs: readonly string[];
  readonly hidden: readonly number[];
  /** Scores a row: 1 for a number, else one a class. */
  readonly outputs: number;
  readonly activation: Activation;
  /** Rows a batch, a multiple of 4. */
  readonly batch: number;
}

/** How a step changes the weights. */
export interface StepRates {
  /** Learning rate of the weights in the NTK parametrisation; biases take a tenth of it, scales six times. */
  readonly rate: number;
  /** Share by which weights shrink each step. */
  readonly decay: number;
  /** Decay of the running mean of squared gradients. */
  readonly beta2: number;
}

interface Layer {
  readonly from: number;
  readonly to: number;
  /** Offsets in floats into the parameters. */
  readonly weights: number;
  readonly bias: number;
  /** Activations, slopes and errors of a batch. */
  readonly out: number;
  readonly slope: number;
  readonly delta: number;
}

const BETA1 = 0.9;
const SCALE_RATE = 6;
const BIAS_RATE = 0.1;

export const padded = (width: number): number => Math.ceil(width / 4) * 4;

/**
 * A multilayer perceptron with a learnable scale for each input, trained a batch at a time in WebAssembly (Holzmüller et al. 2024, "Better by
 * default", RealMLP-TD-S). The NTK parametrisation, W/√n with W ~ N(0, 1), is kept as V = W/√n with its rates divided by √n: Adam makes them the same.
 */
export class Network {
  readonly width: number;
  readonly scoreWidth: number;
  /** Multiplications of a row, forward. */
  readonly cost: number;
  /** Floats of all parameters. */
  readonly size: number;
  /** Where a batch of inputs, its targets (i32 or f32) and shares (f32) are put. */
  readonly x: number;
  readonly target: number;
  readonly shares: number;
  readonly #layers: Layer[] = [];
  readonly #parameters: number;
  readonly #gradient: number;
  readonly #first: number;
  readonly #squares: number;
  readonly #best: number;
  readonly #scaled: number;
  readonly #scratch: number;
  readonly #dropState: number;
  #beta1Power = 1;
  #beta2Power = 1;

  constructor(
    readonly kernels: MlpKernels,
    readonly shape: NetworkShape,
  ) {
    const { batch } = shape;
    this.width = padded(shape.inputs.length);
    this.scoreWidth = padded(shape.outputs);
    const widths = [this.width, ...shape.hidden.map(padded), this.scoreWidth];
    let offset = this.width;
    let scratch = 0;
    this.cost = 0;
    for (let l = 0; l + 1 < widths.length; l++) {
      const from = widths[l] as number;
      const to = widths[l + 1] as number;
      const block = (): number => kernels.floats(batch * to);
      this.#layers.push({ from, to, weights: offset, bias: offset + from * to, out: block(), slope: block(), delta: block() });
      offset += from * to + to;
      // forward: batch × from; errors: batch × to; gradient: from × batch
      scratch = Math.max(scratch, (batch + 8) * Math.max(from, to), (from + 8) * batch);
      this.cost += from * to;
    }
    this.size = offset;
    const block = (): number => kernels.floats(this.size);
    this.#parameters = block();
    this.#gradient = block();
    this.#first = block();
    this.#squares = block();
    this.#best = block();
    this.#scaled = kernels.floats(this.width * (widths[1] as number));
    this.#scratch = kernels.floats(scratch);
    this.#dropState = kernels.floats(4);
    this.x = kernels.floats(batch * this.width);
    this.target = kernels.floats(batch);
    this.shares = kernels.floats(batch);
  }

  /** Draws all weights anew; the last layer starts at 0 with the given biases. */
  start(rng: Rng, lastBias: ArrayLike<number>): void {
    const { kernels, shape } = this;
    for (const at of [this.#parameters, this.#first, this.#squares]) kernels.f32(at, this.size).fill(0);
    const values = kernels.f32(this.#parameters, this.size);
    values.fill(1, 0, shape.inputs.length);
    const gauss = (r: Rng): number => normalQuantile((r.uint32() + 0.5) / 4294967296);
    this.#layers.forEach(({ to, weights, bias }, l) => {
      if (l === this.#layers.length - 1) {
        values.set(lastBias, bias);
        return;
      }
      const real = l === 0 ? shape.inputs.length : (shape.hidden[l - 1] as number);
      const units = shape.hidden[l] as number;
      const layerRng = rng.child('layer', l);
      for (let i = 0; i < real; i++) {
        const r = l === 0 ? rng.child('input', shape.inputs[i] as string) : layerRng;
        for (let o = 0; o < units; o++) values[weights + i * to + o] = gauss(r) / Math.sqrt(real);
      }
      const biasRng = rng.child('bias', l);
      for (let o = 0; o < units; o++) values[bias + o] = gauss(biasRng);
    });
    const drop = rng.child('drop');
    kernels.u32(this.#dropState, 4).set([0, 0, 0, 0].map(() => drop.uint32() | 1));
    this.#beta1Power = 1;
    this.#beta2Power = 1;
  }

  /** Applies the scales; needed once after the parameters changed and before `forward`. */
  #scale(): void {
    const first = this.#layers[0] as Layer;
    this.kernels.call.scaleRows(this.#at(first.weights), this.#parameters, first.from, first.to, this.#scaled);
  }

  #at(offset: number): number {
    return this.#parameters + offset * 4;
  }

  /** Scores of the batch in `x`: a pointer to batch × scoreWidth floats. */
  forward(dropout = 0): number {
    const { kernels, shape } = this;
    const { call } = kernels;
    const { batch } = shape;
    this.#scale();
    let input = this.x;
    this.#layers.forEach((layer, l) => {
      const weights = l === 0 ? this.#scaled : this.#at(layer.weights);
      call.multiply(input, layer.from, 1, weights, layer.to, 1, layer.out, batch, layer.to, layer.from, this.#scratch);
      if (l === this.#layers.length - 1) call.addBias(layer.out, this.#at(layer.bias), batch, layer.to);
      else {
        call[shape.activation](layer.out, this.#at(layer.bias), layer.slope, batch, layer.to);
        if (dropout > 0) call.drop(layer.out, layer.slope, batch * layer.to, dropout, this.#dropState);
      }
      input = layer.out;
    });
    return input;
  }

  /** The error by the scores of the last `forward` goes here, then `backward` makes the gradient of it. */
  get delta(): number {
    return (this.#layers[this.#layers.length - 1] as Layer).delta;
  }

  backward(): void {
    const { kernels, shape } = this;
    const { call } = kernels;
    const { batch } = shape;
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const layer = this.#layers[l] as Layer;
      const below = this.#layers[l - 1];
      const gradient = this.#gradient + layer.weights * 4;
      call.columnSums(layer.delta, batch, layer.to, this.#gradient + layer.bias * 4);
      call.multiply(below?.out ?? this.x, 1, layer.from, layer.delta, layer.to, 1, gradient, layer.from, layer.to, batch, this.#scratch);
      if (below) {
        call.multiply(
          layer.delta,
          layer.to,
          1,
          this.#at(layer.weights),
          1,
          layer.to,
          below.delta,
          batch,
          layer.from,
          layer.to,
          this.#scratch,
        );
        call.chain(below.delta, below.slope, batch * layer.from);
      } else call.scaleBack(this.#at(layer.weights), this.#parameters, gradient, layer.from, layer.to, this.#gradient);
    }
  }

  /** One step of Adam (Kingma and Ba 2015) with decoupled decay. */
  step({ rate, decay, beta2 }: StepRates): void {
    this.#beta1Power *= BETA1;
    this.#beta2Power *= beta2;
    const change = rate / (1 - this.#beta1Power);
    const second = 1 / (1 - this.#beta2Power);
    const part = (offset: number, floats: number, factor: number, keep: number): void =>
      this.kernels.call.adam(
        this.#at(offset),
        this.#gradient + offset * 4,
        this.#first + offset * 4,
        this.#squares + offset * 4,
        floats,
        change * factor,
        second,
        keep,
        BETA1,
        beta2,
      );
    part(0, this.width, SCALE_RATE, 1);
    this.#layers.forEach((layer, l) => {
      const real = l === 0 ? this.shape.inputs.length : (this.shape.hidden[l - 1] as number);
      part(layer.weights, layer.from * layer.to, 1 / Math.sqrt(real), 1 - rate * decay);
      part(layer.bias, layer.to, BIAS_RATE, 1);
    });
  }

  /** Remembers the parameters as the best so far. */
  keep(): void {
    this.kernels.copy(this.#parameters, this.#best, this.size);
  }

  /** Goes back to the parameters last kept. */
  restore(): void {
    this.kernels.copy(this.#best, this.#parameters, this.size);
  }

  /** All parameters, for tests. */
  get parameters(): Float32Array {
    return this.kernels.f32(this.#parameters, this.size);
  }

  /** The gradient that `backward` left, for tests. */
  get gradient(): Float32Array {
    return this.kernels.f32(this.#gradient, this.size);
  }

  /** Weights (row-major inputs × outputs, without padding, scales applied) and biases of each layer. */
  layers(): { weights: Float32Array; biases: Float32Array }[] {
    this.#scale();
    const { inputs, hidden, outputs } = this.shape;
    const widths = [inputs.length, ...hidden, outputs];
    return this.#layers.map((layer, l) => {
      const from = widths[l] as number;
      const to = widths[l + 1] as number;
      const all = this.kernels.f32(l === 0 ? this.#scaled : this.#at(layer.weights), layer.from * layer.to);
      const weights = new Float32Array(from * to);
      for (let i = 0; i < from; i++) weights.set(all.subarray(i * layer.to, i * layer.to + to), i * to);
      return { weights, biases: this.kernels.f32(this.#at(layer.bias), to).slice() };
    });
  }
}
