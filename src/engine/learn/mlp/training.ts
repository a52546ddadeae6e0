import type { Rng } from '../../../core/rng.js';
import type { FitContext } from '../learner.js';
import type { Network } from './network.js';
import { coslog4 } from './schedule.js';
import { fitFactor } from './temperature.js';

/** Rows in the kernels' memory, with their targets (class, or standardised number) and weights. */
export interface NetworkRows {
  /** Pointer to rows × width floats. */
  readonly x: number;
  readonly count: number;
  readonly target: Float64Array;
  readonly weights?: Float64Array;
}

export interface TrainingOptions {
  /** Steps of the whole schedule, and how many of them to take. */
  readonly planned: number;
  readonly steps: number;
  /** Steps between two looks at the validation rows. */
  readonly checkEvery: number;
  readonly learningRate: number;
  readonly decay: number;
  readonly beta2: number;
  readonly dropout: number;
  readonly smoothing: number;
}

export interface Trained {
  /** Steps of the weights that were kept. */
  readonly steps: number;
  /** Factor for all scores that suits the validation rows; 1 without them. */
  readonly factor: number;
  /** The clock ended it. */
  readonly cut: boolean;
}

/** Draws batches: rows in a new order each epoch, without those that fill no batch; fewer rows than a batch are filled up with rows that weigh nothing. */
export class Batches {
  readonly #order: Uint32Array;
  #at = Number.POSITIVE_INFINITY;

  constructor(
    readonly network: Network,
    readonly rows: NetworkRows,
    readonly rng: Rng,
  ) {
    this.#order = Uint32Array.from({ length: rows.count }, (_, i) => i);
  }

  get perEpoch(): number {
    return Math.max(1, Math.floor(this.rows.count / this.network.shape.batch));
  }

  /** Puts the next batch into the network. */
  next(list: number): void {
    const { network, rows } = this;
    const { batch, outputs } = network.shape;
    const real = Math.min(batch, rows.count);
    if (this.#at + real > rows.count) {
      this.rng.shuffle(this.#order);
      this.#at = 0;
    }
    const chosen = this.#order.subarray(this.#at, this.#at + real);
    this.#at += real;
    const { kernels } = network;
    const places = kernels.u32(list, batch);
    places.fill(0);
    places.set(chosen);
    const shares = kernels.f32(network.shares, batch).fill(0);
    const classes = kernels.u32(network.target, batch);
    const numbers = kernels.f32(network.target, batch);
    for (let i = 0; i < real; i++) {
      const row = chosen[i] as number;
      shares[i] = (rows.weights ? (rows.weights[row] as number) : 1) / real;
      if (outputs > 1) classes[i] = rows.target[row] as number;
      else numbers[i] = rows.target[row] as number;
    }
    kernels.call.gather(rows.x, network.width, list, batch, network.x);
  }
}

/** One batch forward and backward; the network's gradient is then set. */
export function gradientOf(network: Network, smoothing: number, dropout: number): void {
  const { kernels, scoreWidth, shape, target, shares } = network;
  const scores = network.forward(dropout);
  if (shape.outputs > 1) kernels.call.softmaxLoss(scores, shape.batch, scoreWidth, shape.outputs, target, shares, smoothing, network.delta);
  else kernels.call.squaredLoss(scores, shape.batch, scoreWidth, target, shares, network.delta);
  network.backward();
}

/** Trains, and leaves the network with the best weights by the validation rows, or with the last ones. */
export async function trainNetwork(
  network: Network,
  batches: Batches,
  list: number,
  validation: NetworkRows | undefined,
  options: TrainingOptions,
  context: FitContext,
  obeys: boolean,
): Promise<Trained> {
  const { planned, steps } = options;
  const judge = validation && new Judge(network, validation, list);
  let best = { steps: 0, loss: Number.POSITIVE_INFINITY, factor: 1 };
  let cut = false;
  let done = 0;
  const check = (): void => {
    if (!judge) return;
    const { loss, factor } = judge.look(best.factor);
    if (!(loss < best.loss)) return;
    best = { steps: done, loss, factor };
    network.keep();
  };
  while (done < steps) {
    if (obeys && context.deadline.expired()) {
      cut = true;
      break;
    }
    batches.next(list);
    gradientOf(network, options.smoothing, options.dropout);
    network.step({ rate: options.learningRate * coslog4((done + 0.5) / planned), decay: options.decay, beta2: options.beta2 });
    done++;
    if (done % options.checkEvery === 0 || done === steps) {
      check();
      context.onProgress?.(done / steps, judge ? best.loss : undefined);
      // a later wave is twice as long as all before it: not worth it when the one before brought nothing
      if (judge && done / planned > 2.4 * (best.steps / planned) + 0.1) break;
    }
    await context.deadline.breathe();
  }
  if (!judge) return { steps: done, factor: 1, cut };
  if (best.steps === 0) check();
  if (best.steps > 0 || done === 0) network.restore();
  return { steps: best.steps, factor: best.factor, cut };
}

/** Measures the network on rows held aside. */
class Judge {
  readonly #scores: Float32Array;

  constructor(
    readonly network: Network,
    readonly rows: NetworkRows,
    readonly list: number,
  ) {
    this.#scores = new Float32Array(rows.count * network.scoreWidth);
  }

  look(factor: number): { loss: number; factor: number } {
    const { network, rows, list } = this;
    const { kernels, scoreWidth } = network;
    const { batch, outputs } = network.shape;
    for (let begin = 0; begin < rows.count; begin += batch) {
      const count = Math.min(batch, rows.count - begin);
      kernels.u32(list, batch).forEach((_, i, places) => {
        places[i] = Math.min(begin + i, rows.count - 1);
      });
      kernels.call.gather(rows.x, network.width, list, batch, network.x);
      this.#scores.set(kernels.f32(network.forward(), count * scoreWidth), begin * scoreWidth);
    }
    const { target, weights } = rows;
    if (outputs > 1) return fitFactor({ scores: this.#scores, width: scoreWidth, classes: outputs, target, weights }, factor);
    let loss = 0;
    for (let i = 0; i < rows.count; i++) {
      const d = (this.#scores[i * scoreWidth] as number) - (target[i] as number);
      loss += (weights ? (weights[i] as number) : 1) * d * d;
    }
    return { loss, factor: 1 };
  }
}
