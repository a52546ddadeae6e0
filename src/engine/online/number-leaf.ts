import { type Fields, unreadable } from '../../model/fields.js';
import { Moments } from './moments.js';
import { BinObserver, LevelMomentsObserver, type NumberObserver } from './number-observers.js';
import { bestSplit, hoeffdingBound } from './split.js';
import type { Leaf, TreeContext, Verdict } from './tree-leaf.js';

/** How fast old errors are forgotten in the choice between mean and line. */
const FADE = 0.95;
/** Step of the normalised least mean squares. */
const STEP = 0.1;

/**
 * A leaf of a Hoeffding tree for numbers. It predicts the mean or a line over standardised numbers, whichever erred less of late; the line
 * learns by normalised least mean squares and is handed down to the children.
 */
export class NumberLeaf implements Leaf {
  readonly #context: TreeContext;
  readonly #features: readonly number[];
  readonly #observers: NumberObserver[];
  readonly #moments: Moments;
  /** Of the line: one for each feature, then the constant. */
  #slopes: Float64Array;
  /** Rows that were handed down by a split; the observers know nothing of them. */
  #inherited: number;
  #meanError = 0;
  #lineError = 0;
  lookedAt: number;
  size = 0;

  constructor(context: TreeContext, features: readonly number[], moments = new Moments(), observers?: NumberObserver[]) {
    this.#context = context;
    this.#features = features;
    this.#moments = moments;
    this.#observers = observers ?? features.map((f) => (context.kinds[f] === 'category' ? new LevelMomentsObserver() : new BinObserver()));
    this.#slopes = new Float64Array(context.kinds.length + 1);
    this.#inherited = moments.n;
    this.lookedAt = moments.n;
  }

  get weight(): number {
    return this.#moments.n;
  }

  #line(z: Float64Array): number {
    const slopes = this.#slopes;
    let y = slopes[z.length] as number;
    for (let f = 0; f < z.length; f++) y += (slopes[f] as number) * (z[f] as number);
    return y;
  }

  learn(x: Float64Array, z: Float64Array, y: number, weight: number): void {
    const slopes = this.#slopes;
    const line = this.#line(z);
    const byMean = y - this.#moments.mean;
    const byLine = y - line;
    this.#meanError = FADE * this.#meanError + byMean * byMean;
    this.#lineError = FADE * this.#lineError + byLine * byLine;
    let norm = 1;
    for (let f = 0; f < z.length; f++) norm += (z[f] as number) * (z[f] as number);
    // as many small steps as the weight says, in closed form but for their curvature
    const step = (Math.min(1, STEP * weight) * byLine) / norm;
    for (let f = 0; f < z.length; f++) slopes[f] = (slopes[f] as number) + step * (z[f] as number);
    slopes[z.length] = (slopes[z.length] as number) + step;
    this.#moments.add(y, weight);
    for (let i = 0; i < this.#features.length; i++) {
      const value = x[this.#features[i] as number] as number;
      if (!Number.isNaN(value)) (this.#observers[i] as NumberObserver).add(value, y, weight);
    }
  }

  predict(_x: Float64Array, z: Float64Array, out: Float64Array): void {
    out[0] = this.#meanError <= this.#lineError ? this.#moments.mean : this.#line(z);
  }

  look(): Verdict {
    this.size = this.#slopes.length + 3;
    for (const observer of this.#observers) this.size += observer.size;
    const { best, second } = bestSplit(this.#features, this.#observers, this.weight - this.#inherited);
    if (!best) return undefined;
    const { delta, tau } = this.#context;
    const bound = hoeffdingBound(1, delta, this.weight);
    return second / best.merit < 1 - bound || bound < tau ? best : undefined;
  }

  child(features: readonly number[], stats: unknown): NumberLeaf {
    const leaf = new NumberLeaf(this.#context, features, stats as Moments);
    leaf.#slopes = this.#slopes.slice();
    leaf.#meanError = this.#meanError;
    leaf.#lineError = this.#lineError;
    return leaf;
  }

  save(): object {
    return {
      features: this.#features,
      observers: this.#observers.map((o) => o.save()),
      moments: this.#moments.parts,
      slopes: [...this.#slopes],
      meanError: this.#meanError,
      lineError: this.#lineError,
      inherited: this.#inherited,
      lookedAt: this.lookedAt,
      size: this.size,
    };
  }

  static load(context: TreeContext, features: readonly number[], fields: Fields): NumberLeaf {
    const observers = fields.list('observers', (o, i) =>
      context.kinds[features[i] as number] === 'category' ? LevelMomentsObserver.load(o) : BinObserver.load(o),
    );
    if (observers.length !== features.length) throw unreadable(`${fields.where}.observers is not one for each feature.`);
    const leaf = new NumberLeaf(context, features, Moments.at(fields.numbers('moments', 3)), observers);
    leaf.#slopes = Float64Array.from(fields.numbers('slopes', context.kinds.length + 1));
    leaf.#meanError = fields.number('meanError');
    leaf.#lineError = fields.number('lineError');
    leaf.#inherited = fields.number('inherited');
    leaf.lookedAt = fields.number('lookedAt');
    leaf.size = fields.number('size');
    return leaf;
  }
}
