import { sigmoid } from '../../core/math.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { Moments } from './moments.js';
import type { FeatureKind, OnlineLearner, OnlineRow } from './online-learner.js';

/** How FTRL learns. */
export interface FtrlOptions {
  /** Learning rate of each coordinate: α / (β + √Σg²). */
  alpha: number;
  beta: number;
  /** Coordinates whose gradients do not add up to this stay 0. */
  l1: number;
  l2: number;
}

export const FTRL_OPTIONS: FtrlOptions = { alpha: 0.5, beta: 1, l1: 0, l2: 0 };

/** Standard deviations beyond which a number counts no more. */
const FARTHEST = 8;
/** Coordinates that may be made; those that come later share the last ones by hash. */
const MOST_SLOTS = 65_536;
const SHARED = 1024;
/** Codes of a category, at most; keeps feature and code in one key. */
const CODES = 65_536;

/** One linear function under FTRL-Proximal: Algorithm 1 of McMahan et al. */
export class FtrlWeights {
  readonly z: number[];
  readonly n: number[];

  constructor(
    readonly options: FtrlOptions,
    z: number[] = [],
    n: number[] = [],
  ) {
    this.z = z;
    this.n = n;
  }

  weight(slot: number): number {
    const z = this.z[slot] ?? 0;
    const { alpha, beta, l1, l2 } = this.options;
    if (Math.abs(z) <= l1) return 0;
    return -(z - (z < 0 ? -l1 : l1)) / ((beta + Math.sqrt(this.n[slot] ?? 0)) / alpha + l2);
  }

  /** @param count pairs of `slots` and `values` in use */
  score(slots: Int32Array, values: Float64Array, count: number): number {
    let total = 0;
    for (let i = 0; i < count; i++) total += this.weight(slots[i] as number) * (values[i] as number);
    return total;
  }

  /** @param gradient of the loss by the score */
  step(slots: Int32Array, values: Float64Array, count: number, gradient: number): void {
    const { z, n, options } = this;
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number;
      while (z.length <= slot) {
        z.push(0);
        n.push(0);
      }
      const g = gradient * (values[i] as number);
      const before = n[slot] as number;
      const sigma = (Math.sqrt(before + g * g) - Math.sqrt(before)) / options.alpha;
      z[slot] = (z[slot] as number) + g - sigma * this.weight(slot);
      n[slot] = before + g * g;
    }
  }

  /** The weights of the complementary class. */
  negated(): FtrlWeights {
    return new FtrlWeights(
      this.options,
      this.z.map((v) => (v === 0 ? 0 : -v)),
      [...this.n],
    );
  }
}

/**
 * Logistic or linear regression by FTRL-Proximal, each coordinate at its own rate, over standardised numbers and one coordinate for each level of a category that
 * turns up. Two classes have one function; from the third on each has its own (one against the rest).
 * McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013.
 * @example const model = new FtrlModel('classes', ['number']); model.learn(row, 1); model.predict(row, out);
 */
export class FtrlModel implements OnlineLearner {
  readonly #target: 'classes' | 'number';
  readonly #kinds: readonly FeatureKind[];
  readonly #options: FtrlOptions;
  /** Key of feature and level → coordinate; 0 is the constant, then one for each feature. */
  readonly #slots = new Map<number, number>();
  /** Of the second class, or of each from the third class on; of the number. */
  #functions: FtrlWeights[];
  #classes = 0;
  readonly #y: Moments;
  readonly #at: Int32Array;
  readonly #value: Float64Array;
  #count = 0;

  constructor(target: 'classes' | 'number', kinds: readonly FeatureKind[], options: Partial<FtrlOptions> = {}, y = new Moments()) {
    this.#target = target;
    this.#kinds = kinds;
    this.#options = { ...FTRL_OPTIONS, ...options };
    this.#functions = [new FtrlWeights(this.#options)];
    this.#y = y;
    this.#at = new Int32Array(kinds.length + 1);
    this.#value = new Float64Array(kinds.length + 1);
  }

  /** Spells a row out as coordinates. */
  #spell({ x, z }: OnlineRow, learning: boolean): void {
    this.#at[0] = 0;
    this.#value[0] = 1;
    this.#count = 1;
    for (let f = 0; f < this.#kinds.length; f++) {
      const value = x[f] as number;
      const missing = Number.isNaN(value);
      if (this.#kinds[f] === 'number' && !missing) {
        const far = z[f] as number;
        if (far !== 0) this.#push(f + 1, Math.min(FARTHEST, Math.max(-FARTHEST, far)));
        continue;
      }
      const slot = this.#slot(f * CODES + (missing ? 0 : 1 + (Math.abs(Math.floor(value)) % (CODES - 1))), learning);
      if (slot >= 0) this.#push(slot, 1);
    }
  }

  #push(slot: number, value: number): void {
    this.#at[this.#count] = slot;
    this.#value[this.#count++] = value;
  }

  /** −1: never learned. */
  #slot(key: number, learning: boolean): number {
    const found = this.#slots.get(key);
    if (found !== undefined) return found;
    const first = this.#kinds.length + 1;
    if (this.#slots.size >= MOST_SLOTS) return first + MOST_SLOTS - SHARED + (Math.imul(key, 0x9e3779b1) >>> 22);
    if (!learning) return -1;
    const slot = first + this.#slots.size;
    this.#slots.set(key, slot);
    return slot;
  }

  predict(row: OnlineRow, out: Float64Array): void {
    this.#spell(row, false);
    const score = (f: FtrlWeights): number => f.score(this.#at, this.#value, this.#count);
    if (this.#target === 'number') {
      out[0] = this.#y.mean + Math.sqrt(this.#y.variance) * score(this.#functions[0] as FtrlWeights);
      return;
    }
    out.fill(0);
    if (this.#classes === 1) out[0] = 1;
    if (this.#classes === 2) {
      const p = sigmoid(score(this.#functions[0] as FtrlWeights));
      out[0] = 1 - p;
      out[1] = p;
    }
    if (this.#classes <= 2) return;
    let all = 0;
    for (let k = 0; k < this.#classes; k++) {
      out[k] = sigmoid(score(this.#functions[k] as FtrlWeights));
      all += out[k] as number;
    }
    for (let k = 0; k < this.#classes; k++) out[k] = (out[k] as number) / all;
  }

  learn(row: OnlineRow, y: number): void {
    if (this.#target === 'classes') this.#know(y);
    else this.#y.add(y);
    this.#spell(row, true);
    if (this.#target === 'number') {
      const deviation = Math.sqrt(this.#y.variance);
      if (deviation > 0) this.#step(this.#functions[0] as FtrlWeights, (score) => score - (y - this.#y.mean) / deviation);
      return;
    }
    this.#functions.forEach((f, k) => {
      const is = this.#functions.length === 1 ? y === 1 : y === k;
      this.#step(f, (score) => sigmoid(score) - (is ? 1 : 0));
    });
  }

  #step(f: FtrlWeights, gradient: (score: number) => number): void {
    f.step(this.#at, this.#value, this.#count, gradient(f.score(this.#at, this.#value, this.#count)));
  }

  #know(klass: number): void {
    while (this.#classes <= klass) {
      this.#classes++;
      if (this.#classes === 3) this.#functions.unshift((this.#functions[0] as FtrlWeights).negated());
      if (this.#classes >= 3) this.#functions.push(new FtrlWeights(this.#options));
    }
  }

  facts(): Record<string, number> {
    return { coordinates: 1 + this.#kinds.length + this.#slots.size };
  }

  save(): object {
    return {
      slots: [...this.#slots.keys()],
      functions: this.#functions.map((f) => ({ z: f.z, n: f.n })),
      classes: this.#classes,
      y: this.#y.parts,
    };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static load(target: 'classes' | 'number', kinds: readonly FeatureKind[], options: Partial<FtrlOptions>, saved: Fields): FtrlModel {
    const model = new FtrlModel(target, kinds, options, Moments.at(saved.numbers('y', 3)));
    const keys = saved.numbers('slots');
    if (keys.length > MOST_SLOTS) throw unreadable(`${saved.where}.slots is longer than ${MOST_SLOTS}.`);
    for (const key of keys) model.#slots.set(key, kinds.length + 1 + model.#slots.size);
    model.#functions = saved.list('functions', (fields) => {
      const z = fields.numbers('z');
      if (z.length > MOST_SLOTS + kinds.length + 1) throw unreadable(`${fields.where}.z is too long.`);
      return new FtrlWeights(model.#options, z, fields.numbers('n', z.length));
    });
    model.#classes = saved.whole('classes', 0, CODES);
    if (model.#functions.length !== (model.#classes > 2 ? model.#classes : 1))
      throw unreadable(`${saved.where}.functions does not fit the classes.`);
    return model;
  }
}
