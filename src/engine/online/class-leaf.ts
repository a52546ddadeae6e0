import { exp, log } from '../../core/math.js';
import { sum } from '../../core/statistics.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { type ClassObserver, GaussianObserver, LevelObserver } from './class-observers.js';
import { bestSplit, hoeffdingBound, log2 } from './split.js';
import type { Leaf, TreeContext, Verdict } from './tree-leaf.js';

/** A leaf of which one class has a larger share is not split. */
const MOST_PURE = 0.99;

/** The class with the greatest value; the first of equals. −1 when none is above 0. */
export function greatest(values: ArrayLike<number>): number {
  let best = -1;
  for (let k = 0; k < values.length; k++) if ((values[k] as number) > (best < 0 ? 0 : (values[best] as number))) best = k;
  return best;
}

/**
 * A leaf of a Hoeffding tree for classes. It predicts by its class shares or by naive Bayes, whichever has been right more often here
 * ("NBA", Holmes, Kirkby and Pfahringer 2005).
 */
export class ClassLeaf implements Leaf {
  readonly #counts: number[];
  readonly #features: readonly number[];
  readonly #observers: ClassObserver[];
  readonly #context: TreeContext;
  #byShare = 0;
  #byBayes = 0;
  #votes: Float64Array = new Float64Array(0);
  /** Of `weight`, what was handed down by a split; the observers know nothing of it. */
  #inherited: number;
  weight: number;
  lookedAt: number;
  size = 0;

  /** @param features those that are watched, by index */
  constructor(context: TreeContext, features: readonly number[], counts: number[] = [], observers?: ClassObserver[]) {
    this.#context = context;
    this.#features = features;
    this.#counts = counts;
    this.#observers = observers ?? features.map((f) => (context.kinds[f] === 'category' ? new LevelObserver() : new GaussianObserver()));
    this.weight = sum(counts);
    this.#inherited = this.weight;
    this.lookedAt = this.weight;
  }

  learn(x: Float64Array, _z: Float64Array, klass: number, weight: number): void {
    const counts = this.#counts;
    if (this.weight === 0 || greatest(counts) === klass) this.#byShare += weight;
    if (greatest(this.#bayes(x)) === klass) this.#byBayes += weight;
    while (counts.length <= klass) counts.push(0);
    counts[klass] = (counts[klass] as number) + weight;
    // summed anew: shares that a split handed down would leave rounding errors behind
    this.weight = sum(counts);
    for (let i = 0; i < this.#features.length; i++) {
      const value = x[this.#features[i] as number] as number;
      if (!Number.isNaN(value)) (this.#observers[i] as ClassObserver).add(value, klass, weight);
    }
  }

  predict(x: Float64Array, _z: Float64Array, out: Float64Array): void {
    out.fill(0);
    if (this.weight === 0) return;
    if (this.#byBayes >= this.#byShare) {
      const votes = this.#bayes(x);
      for (let k = 0; k < this.#counts.length; k++) out[k] = votes[k] as number;
    } else for (let k = 0; k < this.#counts.length; k++) out[k] = (this.#counts[k] as number) / this.weight;
  }

  /** Probabilities by naive Bayes; the array is used anew by the next call. */
  #bayes(x: Float64Array): Float64Array {
    const classes = this.#counts.length;
    if (this.#votes.length !== classes) this.#votes = new Float64Array(classes);
    const votes = this.#votes;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) {
      const count = this.#counts[k] as number;
      let vote = Number.NEGATIVE_INFINITY;
      if (count > 0) {
        vote = log(count / this.weight);
        for (let i = 0; i < this.#features.length; i++) {
          const value = x[this.#features[i] as number] as number;
          if (!Number.isNaN(value)) vote += (this.#observers[i] as ClassObserver).logDensity(value, k);
        }
      }
      votes[k] = vote;
      if (vote > most) most = vote;
    }
    let all = 0;
    for (let k = 0; k < classes; k++) {
      const p = exp((votes[k] as number) - most);
      votes[k] = p;
      all += p;
    }
    for (let k = 0; k < classes; k++) votes[k] = (votes[k] as number) / all;
    return votes;
  }

  look(): Verdict {
    const counts = this.#counts;
    const seen = counts.filter((c) => c > 0).length;
    this.size = counts.length;
    for (const observer of this.#observers) this.size += observer.size;
    if (seen < 2 || (counts[greatest(counts)] as number) / this.weight > MOST_PURE) return undefined;
    const { best, second } = bestSplit(this.#features, this.#observers, this.weight - this.#inherited);
    if (!best) return undefined;
    const { delta, tau } = this.#context;
    const bound = hoeffdingBound(log2(Math.max(2, seen)), delta, this.weight);
    return best.merit - second > bound || bound < tau ? best : undefined;
  }

  child(features: readonly number[], stats: unknown): ClassLeaf {
    return new ClassLeaf(this.#context, features, stats as number[]);
  }

  save(): object {
    return {
      counts: this.#counts,
      features: this.#features,
      observers: this.#observers.map((o) => o.save()),
      lookedAt: this.lookedAt,
      inherited: this.#inherited,
      size: this.size,
      byShare: this.#byShare,
      byBayes: this.#byBayes,
    };
  }

  static load(context: TreeContext, features: readonly number[], fields: Fields): ClassLeaf {
    const observers = fields.list('observers', (o, i) =>
      context.kinds[features[i] as number] === 'category' ? LevelObserver.load(o) : GaussianObserver.load(o),
    );
    if (observers.length !== features.length) throw unreadable(`${fields.where}.observers is not one for each feature.`);
    const leaf = new ClassLeaf(context, features, fields.numbers('counts'), observers);
    leaf.#inherited = fields.number('inherited');
    leaf.lookedAt = fields.number('lookedAt');
    leaf.size = fields.number('size');
    leaf.#byShare = fields.number('byShare');
    leaf.#byBayes = fields.number('byBayes');
    return leaf;
  }
}
