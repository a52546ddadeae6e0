import type { Rng } from '../../core/rng.js';
import type { Parameters } from '../learn/learner.js';
import { ParzenEstimator } from './parzen.js';
import { unseenPoint } from './plain-searchers.js';
import type { Dimension, ParameterValue, Space } from './search-space.js';
import type { Searcher } from './searcher.js';
import { countPoints, decodePoint, isActive, pointKey } from './space-points.js';

export interface TpeOptions {
  /** Points to begin with, say the best of similar tables. */
  readonly warm?: readonly Parameters[];
  /** Points told before densities are trusted; until then points are spread evenly. Default 10. */
  readonly startup?: number;
  /** Points drawn from the density of the good ones, of which the most promising is proposed. Default 24. */
  readonly candidates?: number;
}

interface Observation {
  readonly point: Parameters;
  readonly loss: number;
  readonly budget: number;
  readonly order: number;
}

/** Dimensions that exist under the same conditions, modelled together. */
interface Group {
  readonly dimensions: readonly Dimension[];
}

/** Draws before a proposal that was seen before is given up for an even one. */
const TRIES = 8;

/** How many of so many points count as good. */
function goodCount(points: number): number {
  return Math.min(25, Math.ceil(0.1 * points));
}

/** The latest 25 count in full, older ones less and less. */
function recency(count: number): number[] {
  const older = count - 25;
  return Array.from({ length: count }, (_, i) =>
    i >= older ? 1 : older === 1 ? 1 / count : 1 / count + ((1 - 1 / count) * i) / (older - 1),
  );
}

/**
 * Bayesian search by tree-structured Parzen estimators: the density l of the good points and g of the others, both joint over all dimensions that
 * exist together; of points drawn from l the one with the largest l/g, which is the one with the largest expected improvement, is proposed
 * (Bergstra et al. 2011; joint densities: Falkner et al. 2018; settings: Watanabe 2023, Optuna). Points that were asked for and not told
 * yet count as bad, so that parallel asks spread out. No point is proposed twice.
 * @example const search = bayesianSearch(space, new Rng(1)); const p = search.ask(); if (p) search.tell(p, lossOf(p));
 */
export function bayesianSearch(space: Space, rng: Rng, options: TpeOptions = {}): Searcher {
  const { startup = 10, candidates = 24 } = options;
  const size = countPoints(space);
  const groups = groupsOf(space);
  const warm = [...(options.warm ?? [])];
  /** By point: of several trials of one the one that was given most. */
  const results = new Map<string, Observation>();
  const seen = new Set<string>();
  const pending = new Map<string, Parameters>();
  const strata = space.dimensions.map((_, i) => rng.child('strata', i).shuffle(Array.from({ length: startup }, (_, s) => s)));
  let asks = 0;
  let spread = 0;

  const propose = (own: Rng): Parameters | undefined => {
    const told = [...results.values()];
    if (told.length < startup) {
      const cell = spread++;
      const unit = space.dimensions.map((_, i) => (((strata[i] as number[])[cell % startup] as number) + own.float()) / startup);
      const point = decodePoint(space, unit);
      return seen.has(pointKey(space, point)) ? undefined : point;
    }
    const [good, bad] = divide(told, [...pending.values()]);
    const models = groups.map((group) => ({ group, good: density(group, good), bad: density(group, bad) }));
    for (let i = 0; i < TRIES; i++) {
      const point: Parameters = { ...space.fixed };
      for (const { group, good, bad } of models) {
        if (!isActive(group.dimensions[0] as Dimension, point)) continue;
        const values = mostPromising(good, bad, candidates, own);
        group.dimensions.forEach((d, i) => {
          point[d.name] = values[i] as ParameterValue;
        });
      }
      if (!seen.has(pointKey(space, point))) return point;
    }
    return undefined;
  };

  return {
    ask() {
      const own = rng.child('ask', asks++);
      let point: Parameters | undefined;
      while (!point && warm.length > 0) {
        const next = warm.shift() as Parameters;
        if (!seen.has(pointKey(space, next))) point = next;
      }
      point ??= propose(own) ?? unseenPoint(space, size, seen, own);
      if (!point) return undefined;
      const key = pointKey(space, point);
      seen.add(key);
      pending.set(key, point);
      return point;
    },
    tell(parameters, loss, budget = 1) {
      const key = pointKey(space, parameters);
      pending.delete(key);
      seen.add(key);
      const before = results.get(key);
      if (before && before.budget > budget) return;
      const order = before?.order ?? results.size;
      results.set(key, { point: parameters, loss: Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY, budget, order });
    },
  };
}

function groupsOf({ dimensions }: Space): Group[] {
  const groups = new Map<string, Dimension[]>();
  for (const d of dimensions) {
    const key = JSON.stringify(d.when ? [d.when.parameter, d.when.values] : []);
    const group = groups.get(key);
    if (group) group.push(d);
    else groups.set(key, [d]);
  }
  return [...groups.values()].map((dimensions) => ({ dimensions }));
}

/** The good points and the others, each in the order that they were told; pending ones count as bad. */
function divide(told: readonly Observation[], pending: readonly Parameters[]): [Parameters[], Parameters[]] {
  const ranked = [...told].sort((a, b) => b.budget - a.budget || compare(a.loss, b.loss) || a.order - b.order);
  const count = goodCount(told.length);
  const byOrder = (list: Observation[]): Parameters[] => list.sort((a, b) => a.order - b.order).map((o) => o.point);
  return [byOrder(ranked.slice(0, count)), [...byOrder(ranked.slice(count)), ...pending]];
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function density({ dimensions }: Group, points: readonly Parameters[]): ParzenEstimator {
  const rows: ParameterValue[][] = [];
  for (const point of points) {
    if (!isActive(dimensions[0] as Dimension, point)) continue;
    const values = dimensions.map((d) => point[d.name] ?? d.default);
    // a default may lie outside the choices: then the point says nothing here
    if (dimensions.every((d, i) => d.kind === 'number' || d.choices.includes(values[i] as ParameterValue))) rows.push(values);
  }
  return new ParzenEstimator(dimensions, rows, recency(rows.length));
}

function mostPromising(good: ParzenEstimator, bad: ParzenEstimator, candidates: number, rng: Rng): ParameterValue[] {
  let best: ParameterValue[] = [];
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < candidates; i++) {
    const values = good.draw(rng);
    const improvement = good.logDensity(values) - bad.logDensity(values);
    if (improvement > most || i === 0) {
      most = improvement;
      best = values;
    }
  }
  return best;
}
