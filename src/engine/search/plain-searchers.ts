import { MillwrightError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { Parameters } from '../learn/learner.js';
import type { Space } from './search-space.js';
import type { Searcher } from './searcher.js';
import { countPoints, gridPoints, gridSize, pointKey, samplePoint } from './space-points.js';

/** Draws before a space is taken to be (almost) exhausted. */
const TRIES = 200;

/**
 * Points drawn evenly, none twice (Bergstra & Bengio 2012: better than a grid where few parameters matter).
 * @param warm points to begin with
 */
export function randomSearch(space: Space, rng: Rng, options: { warm?: readonly Parameters[] } = {}): Searcher {
  const seen = new Set<string>();
  const size = countPoints(space);
  const warm = [...(options.warm ?? [])];
  return {
    ask() {
      for (;;) {
        const next = warm.shift();
        if (!next) break;
        if (addNew(seen, pointKey(space, next))) return next;
      }
      return unseenPoint(space, size, seen, rng);
    },
    tell(parameters) {
      seen.add(pointKey(space, parameters));
    },
  };
}

/** A point drawn evenly among those not seen, which it then is; `undefined` when there are none. */
export function unseenPoint(space: Space, size: number, seen: Set<string>, rng: Rng): Parameters | undefined {
  for (let i = 0; i < TRIES; i++) {
    const point = samplePoint(space, rng);
    if (addNew(seen, pointKey(space, point))) return point;
  }
  // a continuous space never runs out, but a narrow one may look so
  if (!Number.isFinite(size)) return samplePoint(space, rng);
  for (const point of gridPoints(space, size)) if (addNew(seen, pointKey(space, point))) return point;
  return undefined;
}

function addNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** Points that a grid may have at most. */
export const LARGEST_GRID = 10_000;

/**
 * All points of a grid, in an order drawn by the seed, so that a search that ends early has looked everywhere.
 * @param points values a number dimension; choices are all tried
 * @throws MillwrightError `OPTION_INVALID` when the grid is larger
 */
export function gridSearch(space: Space, rng: Rng, options: { points?: number; warm?: readonly Parameters[] } = {}): Searcher {
  const { points = 3 } = options;
  if (gridSize(space, points, LARGEST_GRID) > LARGEST_GRID) {
    const shape = space.dimensions.map((d) => d.name).join(', ');
    throw new MillwrightError(
      'OPTION_INVALID',
      `A grid of ${points} values for each of ${shape} has more than ${LARGEST_GRID} points.`,
      'Search fewer parameters (--space with --only), fewer values (--points), or choose --method random or bayesian.',
    );
  }
  const seen = new Set<string>();
  const queue = [...(options.warm ?? []), ...rng.shuffle([...gridPoints(space, points)])];
  return {
    ask() {
      for (;;) {
        const next = queue.shift();
        if (!next || addNew(seen, pointKey(space, next))) return next;
      }
    },
    tell(parameters) {
      seen.add(pointKey(space, parameters));
    },
  };
}
