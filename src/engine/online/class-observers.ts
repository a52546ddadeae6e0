import { log } from '../../core/math.js';
import { normalCdf } from '../../core/normal.js';
import { HALF_LOG_TAU } from '../../core/tails.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { LEAST } from '../../model/naive-bayes.js';
import { informationGain, type Split } from './split.js';

/** Cuts that are tried between the least and the greatest value. */
const CUTS = 10;
/** Numbers that a class takes. */
const PER_CLASS = 5;

/** What a leaf knows of one feature by class. */
export interface ClassObserver {
  add(value: number, klass: number, weight: number): void;
  /** log p(value | class) for naive Bayes; 0 where nothing can be said. */
  logDensity(value: number, klass: number): number;
  /** @param rows that the leaf itself saw, by weight */
  best(feature: number, rows: number): Split<number[]> | undefined;
  /** Numbers held. */
  readonly size: number;
  save(): object;
}

/** A number is taken to be normal within each class (Gaussian approximation of Pfahringer, Holmes and Kirkby 2008). */
export class GaussianObserver implements ClassObserver {
  /** By class: weight, mean, squared distances, least, greatest. */
  readonly #of: number[];

  constructor(of: number[] = []) {
    this.#of = of;
  }

  get size(): number {
    return this.#of.length;
  }

  add(value: number, klass: number, weight: number): void {
    const of = this.#of;
    const k = klass * PER_CLASS;
    while (of.length < k + PER_CLASS) of.push(0, 0, 0, 0, 0);
    const n = of[k] as number;
    const mean = of[k + 1] as number;
    if (n === 0 || value < (of[k + 3] as number)) of[k + 3] = value;
    if (n === 0 || value > (of[k + 4] as number)) of[k + 4] = value;
    const moved = mean + (weight / (n + weight)) * (value - mean);
    of[k] = n + weight;
    of[k + 1] = moved;
    of[k + 2] = (of[k + 2] as number) + weight * (value - mean) * (value - moved);
  }

  logDensity(value: number, klass: number): number {
    const of = this.#of;
    const k = klass * PER_CLASS;
    if (k >= of.length || !((of[k] as number) > 1)) return 0;
    const variance = (of[k + 2] as number) / ((of[k] as number) - 1);
    if (!(variance > 0)) return 0;
    const far = value - (of[k + 1] as number);
    return Math.max(LEAST, (far * far) / (-2 * variance) - HALF_LOG_TAU - 0.5 * log(variance));
  }

  best(feature: number, rows: number): Split<number[]> | undefined {
    const of = this.#of;
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < of.length; k += PER_CLASS) {
      if (!((of[k] as number) > 0)) continue;
      min = Math.min(min, of[k + 3] as number);
      max = Math.max(max, of[k + 4] as number);
    }
    let found: Split<number[]> | undefined;
    const step = (max - min) / (CUTS + 1);
    for (let i = 1; i <= CUTS; i++) {
      const at = min + step * i;
      if (!(min < at && at < max)) continue;
      const [left, right] = this.#cut(at);
      const merit = informationGain(left, right, rows);
      if (merit > (found?.merit ?? Number.NEGATIVE_INFINITY)) found = { feature, at, nominal: false, merit, left, right };
    }
    return found;
  }

  #cut(at: number): [number[], number[]] {
    const of = this.#of;
    const left: number[] = [];
    const right: number[] = [];
    for (let k = 0; k < of.length; k += PER_CLASS) {
      const n = of[k] as number;
      let share = 0;
      if (n > 0 && at >= (of[k + 4] as number)) share = 1;
      else if (n > 1 && at >= (of[k + 3] as number)) {
        const deviation = Math.sqrt((of[k + 2] as number) / (n - 1));
        share = deviation > 0 ? normalCdf((at - (of[k + 1] as number)) / deviation) : 0;
      }
      left.push(share * n);
      right.push(n - share * n);
    }
    return [left, right];
  }

  save(): object {
    return { of: this.#of };
  }

  static load(fields: Fields): GaussianObserver {
    const of = fields.numbers('of');
    if (of.length % PER_CLASS !== 0) throw unreadable(`${fields.where}.of is not ${PER_CLASS} numbers a class.`);
    return new GaussianObserver(of);
  }
}

/** Counts of a category's levels by class. */
export class LevelObserver implements ClassObserver {
  readonly #counts = new Map<number, number[]>();
  readonly #totals: number[] = [];

  get size(): number {
    return this.#counts.size * this.#totals.length;
  }

  add(level: number, klass: number, weight: number): void {
    let counts = this.#counts.get(level);
    if (!counts) {
      counts = [];
      this.#counts.set(level, counts);
    }
    while (counts.length <= klass) counts.push(0);
    while (this.#totals.length <= klass) this.#totals.push(0);
    counts[klass] = (counts[klass] as number) + weight;
    this.#totals[klass] = (this.#totals[klass] as number) + weight;
  }

  /** With one row more of each level (Laplace), so that a level unseen in a class does not rule it out. */
  logDensity(level: number, klass: number): number {
    const all = this.#totals[klass] ?? 0;
    if (all === 0) return 0;
    return log(((this.#counts.get(level)?.[klass] ?? 0) + 1) / (all + this.#counts.size + 1));
  }

  best(feature: number, rows: number): Split<number[]> | undefined {
    let found: Split<number[]> | undefined;
    for (const [at, counts] of this.#counts) {
      const left = this.#totals.map((_, k) => counts[k] ?? 0);
      const right = this.#totals.map((all, k) => all - (counts[k] ?? 0));
      const merit = informationGain(left, right, rows);
      if (merit > (found?.merit ?? Number.NEGATIVE_INFINITY)) found = { feature, at, nominal: true, merit, left, right };
    }
    return found;
  }

  save(): object {
    return { levels: [...this.#counts.keys()], counts: [...this.#counts.values()] };
  }

  static load(fields: Fields): LevelObserver {
    const observer = new LevelObserver();
    const levels = fields.numbers('levels');
    const lists = fields.raw('counts');
    if (!Array.isArray(lists) || lists.length !== levels.length) throw unreadable(`${fields.where}.counts is not a list for each level.`);
    levels.forEach((level, i) => {
      const counts: unknown = lists[i];
      if (!Array.isArray(counts) || !counts.every((c) => Number.isFinite(c) && c >= 0))
        throw unreadable(`${fields.where}.counts[${i}] is not a list of counts.`);
      observer.#counts.set(level, []);
      counts.forEach((count: number, klass) => {
        observer.add(level, klass, count);
      });
    });
    return observer;
  }
}
