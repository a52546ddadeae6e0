import { lowerBound } from '../../core/lower-bound.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { Moments } from './moments.js';
import type { Split } from './split.js';

/** Values that are kept as they are before they become the edges of the bins. */
const KEPT = 64;
/** Rows that a branch must have. */
const LEAST_ROWS = 5;

/** What a leaf knows of a number to predict, by one feature. */
export interface NumberObserver {
  add(value: number, y: number, weight: number): void;
  /** @param rows that the leaf itself saw, by weight */
  best(feature: number, rows: number): Split<Moments> | undefined;
  /** Numbers held. */
  readonly size: number;
  save(): object;
}

/** How much of the variance a split explains, rows in which the feature is missing none; −∞ when a branch is next to empty. */
function reduction(all: Moments, left: Moments, right: Moments, rows: number): number {
  if (!(left.n >= LEAST_ROWS && right.n >= LEAST_ROWS)) return Number.NEGATIVE_INFINITY;
  return (all.n * all.variance - left.n * left.variance - right.n * right.variance) / Math.max(rows, all.n);
}

/**
 * Moments of the target in bins whose edges are the first values that the leaf saw: bounded like river's quantisation observer (Mastelini and de Carvalho 2021),
 * but the bins follow the values that reach the leaf, whatever their scale.
 */
export class BinObserver implements NumberObserver {
  /** Upper edges, ascending; the last bin has none. Empty while the first values are kept. */
  #edges: number[] = [];
  #bins: Moments[] = [];
  #kept: [x: number, y: number, weight: number][] = [];

  get size(): number {
    return this.#edges.length + 3 * this.#bins.length + 3 * this.#kept.length;
  }

  add(value: number, y: number, weight: number): void {
    if (this.#bins.length > 0) {
      (this.#bins[lowerBound(this.#edges, value)] as Moments).add(y, weight);
      return;
    }
    this.#kept.push([value, y, weight]);
    if (this.#kept.length < KEPT) return;
    [this.#edges, this.#bins] = binned(this.#kept);
    this.#kept = [];
  }

  best(feature: number, rows: number): Split<Moments> | undefined {
    const [edges, bins] = this.#bins.length > 0 ? [this.#edges, this.#bins] : binned(this.#kept);
    let found: Split<Moments> | undefined;
    const left = new Moments();
    const all = new Moments();
    for (const bin of bins) all.merge(bin);
    for (let i = 0; i < edges.length; i++) {
      left.merge(bins[i] as Moments);
      const right = all.without(left);
      const merit = reduction(all, left, right, rows);
      if (merit > (found?.merit ?? 0)) found = { feature, at: edges[i] as number, nominal: false, merit, left: left.copy(), right };
    }
    return found;
  }

  save(): object {
    return { edges: this.#edges, bins: this.#bins.flatMap((b) => b.parts), kept: this.#kept.flat() };
  }

  static load(fields: Fields): BinObserver {
    const observer = new BinObserver();
    const edges = fields.numbers('edges');
    const bins = fields.numbers('bins', edges.length === 0 ? 0 : 3 * (edges.length + 1));
    const kept = fields.numbers('kept');
    if (
      edges.length > KEPT ||
      kept.length >= 3 * KEPT ||
      kept.length % 3 !== 0 ||
      edges.some((e, i) => i > 0 && !(e > (edges[i - 1] as number)))
    )
      throw unreadable(`${fields.where} holds no bins.`);
    observer.#edges = edges;
    for (let i = 0; i < bins.length; i += 3) observer.#bins.push(Moments.at(bins, i));
    for (let i = 0; i < kept.length; i += 3) observer.#kept.push([kept[i] as number, kept[i + 1] as number, kept[i + 2] as number]);
    return observer;
  }
}

function binned(kept: readonly (readonly [number, number, number])[]): [number[], Moments[]] {
  const edges = [...new Set(kept.map(([x]) => x))].sort((a, b) => a - b);
  const bins = [...edges, 0].map(() => new Moments());
  if (edges.length === 0) return [edges, []];
  for (const [x, y, weight] of kept) (bins[lowerBound(edges, x)] as Moments).add(y, weight);
  return [edges, bins];
}

/** Moments of the target by level of a category. */
export class LevelMomentsObserver implements NumberObserver {
  readonly #levels = new Map<number, Moments>();

  get size(): number {
    return 4 * this.#levels.size;
  }

  add(level: number, y: number, weight: number): void {
    let of = this.#levels.get(level);
    if (!of) {
      of = new Moments();
      this.#levels.set(level, of);
    }
    of.add(y, weight);
  }

  best(feature: number, rows: number): Split<Moments> | undefined {
    let found: Split<Moments> | undefined;
    const all = new Moments();
    for (const of of this.#levels.values()) all.merge(of);
    for (const [at, of] of this.#levels) {
      const right = all.without(of);
      const merit = reduction(all, of, right, rows);
      if (merit > (found?.merit ?? 0)) found = { feature, at, nominal: true, merit, left: of.copy(), right };
    }
    return found;
  }

  save(): object {
    return { levels: [...this.#levels.keys()], moments: [...this.#levels.values()].flatMap((m) => m.parts) };
  }

  static load(fields: Fields): LevelMomentsObserver {
    const observer = new LevelMomentsObserver();
    const levels = fields.numbers('levels');
    const numbers = fields.numbers('moments', 3 * levels.length);
    levels.forEach((level, i) => {
      observer.#levels.set(level, Moments.at(numbers, 3 * i));
    });
    return observer;
  }
}
