import type { AdditiveLoss } from './loss.js';
import type { Sums } from './steps.js';

/** Steps after which derivatives are computed anew; in between they follow the scores to first order. */
const REFRESH = 16;

/** Something that gets effects: a column in bins, or a pair in cells. */
export interface BoostedTerm {
  readonly size: number;
  readonly cells: Uint8Array | Uint16Array;
  readonly held: Uint8Array | Uint16Array;
  /** The next step from sums; `effect` holds the effects so far from `offset` on; `row`: the hessian of one row, mean. */
  step(sums: Sums, effect: Float64Array, offset: number, row: number, out: Float64Array): void;
}

/** Rows of one kind with their answers. */
export interface BoostedRows {
  readonly target: Float64Array;
  readonly weights: Float64Array;
}

/** One model of the average: fitted to the rows that its weights let count. */
export interface Bag {
  readonly weights: Float64Array;
  /** Weights of the rows that it left out. */
  readonly out: Float64Array;
  readonly scores: Float64Array;
}

/** Working memory of a term. */
interface Room {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly out: Float64Array;
}

/** Effects by bag and term, outputs × size each. */
export type Effects = Float64Array[][];

/**
 * Cyclic boosting of a list of terms for several bags in step with each other. Between two computations of the derivatives the gradient moves with the scores:
 * g + h · (change of the score), so that a step costs one pass over its column.
 */
export class CyclicBooster {
  readonly effects: Effects;
  readonly #loss: AdditiveLoss;
  readonly #terms: readonly BoostedTerm[];
  readonly #bags: readonly Bag[];
  readonly #train: BoostedRows;
  readonly #held: (BoostedRows & { readonly scores: Float64Array }) | undefined;
  /** Weight in each bin of each term, by bag. */
  readonly #weight: Float64Array[][];
  readonly #moved: Float64Array[];
  readonly #room: readonly Room[];
  readonly #change: Float64Array;
  readonly #gradient: Float64Array;
  readonly #hessian: Float64Array;

  /** @param held validation rows with their scores so far, which follow the mean of the bags */
  constructor(
    loss: AdditiveLoss,
    terms: readonly BoostedTerm[],
    bags: readonly Bag[],
    train: BoostedRows,
    held: (BoostedRows & { readonly scores: Float64Array }) | undefined,
  ) {
    this.#loss = loss;
    this.#terms = terms;
    this.#bags = bags;
    this.#train = train;
    this.#held = held;
    const length = train.target.length * loss.outputs;
    this.#change = new Float64Array(length);
    this.#gradient = new Float64Array(length);
    this.#hessian = new Float64Array(length);
    this.effects = bags.map(() => terms.map((t) => new Float64Array(t.size * loss.outputs)));
    this.#moved = terms.map((t) => new Float64Array(t.size * loss.outputs));
    this.#room = terms.map(({ size }) => ({
      gradient: new Float64Array(size),
      hessian: new Float64Array(size),
      out: new Float64Array(size),
    }));
    this.#weight = bags.map((bag) =>
      terms.map(({ size, cells }) => {
        const out = new Float64Array(size);
        for (let i = 0; i < cells.length; i++) out[cells[i] as number] = (out[cells[i] as number] as number) + (bag.weights[i] as number);
        return out;
      }),
    );
  }

  /** One step for every term in every bag. A term a piece, then gives way; a round that is not ended must not be used. */
  *round(): Generator<undefined, void> {
    for (const moved of this.#moved) moved.fill(0);
    for (let b = 0; b < this.#bags.length; b++) yield* this.#sweep(b);
    const held = this.#held;
    if (!held) return;
    const n = held.target.length;
    for (let t = 0; t < this.#terms.length; t++) {
      const { held: cells, size } = this.#terms[t] as BoostedTerm;
      const moved = this.#moved[t] as Float64Array;
      for (let k = 0; k < this.#loss.outputs; k++)
        for (let i = 0; i < n; i++)
          held.scores[k * n + i] = (held.scores[k * n + i] as number) + (moved[k * size + (cells[i] as number)] as number);
    }
  }

  *#sweep(b: number): Generator<undefined, void> {
    const bag = this.#bags[b] as Bag;
    const effects = this.effects[b] as Float64Array[];
    const n = this.#train.target.length;
    const { outputs } = this.#loss;
    let all = 0;
    for (const w of bag.weights) all += w;
    const perRow = new Float64Array(outputs);
    for (let t = 0; t < this.#terms.length; t++) {
      const term = this.#terms[t] as BoostedTerm;
      if (t % REFRESH === 0) {
        if (t > 0) this.#settle(bag);
        this.#loss.gradients(this.#train.target, bag.weights, bag.scores, this.#gradient, this.#hessian);
        for (let k = 0; k < outputs; k++) {
          let h = 0;
          for (let i = k * n; i < (k + 1) * n; i++) h += this.#hessian[i] as number;
          perRow[k] = all > 0 ? h / all : 0;
        }
      }
      const { gradient, hessian, out } = this.#room[t] as Room;
      const sums: Sums = { gradient, hessian, weight: this.#weight[b]?.[t] as Float64Array };
      const moved = this.#moved[t] as Float64Array;
      const effect = effects[t] as Float64Array;
      for (let k = 0; k < outputs; k++) {
        this.#sum(term.cells, k * n, gradient, hessian);
        term.step(sums, effect, k * term.size, perRow[k] as number, out);
        move(term.cells, this.#change, k * n, out);
        for (let bin = 0; bin < term.size; bin++) {
          const step = out[bin] as number;
          effect[k * term.size + bin] = (effect[k * term.size + bin] as number) + step;
          moved[k * term.size + bin] = (moved[k * term.size + bin] as number) + step / this.#bags.length;
        }
      }
      yield;
    }
    this.#settle(bag);
  }

  /** Sums of derivatives by bin, moved on to the present scores. */
  #sum(cells: Uint8Array | Uint16Array, offset: number, gradient: Float64Array, hessian: Float64Array): void {
    gradient.fill(0);
    hessian.fill(0);
    sumByCell(cells, offset, this.#gradient, this.#hessian, this.#change, gradient, hessian);
  }

  /** Takes the changes into the scores. */
  #settle({ scores }: Bag): void {
    const change = this.#change;
    for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) + (change[i] as number);
    change.fill(0);
  }

  /** Mean loss of the mean model on the validation rows, or of each bag on the rows that it left out; undefined without such rows. */
  heldLoss(): number | undefined {
    if (this.#held) {
      const { loss, weight } = this.#loss.total(this.#held.target, this.#held.weights, this.#held.scores);
      return weight > 0 ? loss / weight : undefined;
    }
    let sum = 0;
    let all = 0;
    for (const bag of this.#bags) {
      const { loss, weight } = this.#loss.total(this.#train.target, bag.out, bag.scores);
      sum += loss;
      all += weight;
    }
    return all > 0 ? sum / all : undefined;
  }
}

function sumByCell(
  cells: Uint8Array | Uint16Array,
  offset: number,
  g: Float64Array,
  h: Float64Array,
  change: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  for (let i = 0, at = offset; i < cells.length; i++, at++) {
    const cell = cells[i] as number;
    const own = h[at] as number;
    gradient[cell] = (gradient[cell] as number) + (g[at] as number) + own * (change[at] as number);
    hessian[cell] = (hessian[cell] as number) + own;
  }
}

function move(cells: Uint8Array | Uint16Array, change: Float64Array, offset: number, step: Float64Array): void {
  for (let i = 0, at = offset; i < cells.length; i++, at++) change[at] = (change[at] as number) + (step[cells[i] as number] as number);
}
