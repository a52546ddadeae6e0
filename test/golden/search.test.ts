import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { branin, conditional, hartmann6, mixed, type TestFunction } from '../../src/engine/checks/search-functions.js';
import { randomSearch } from '../../src/engine/search/plain-searchers.js';
import type { Searcher } from '../../src/engine/search/searcher.js';
import { bayesianSearch } from '../../src/engine/search/tpe.js';

// Regrets over seeds beside those of Optuna's TPESampler on the same functions (search.py).

interface Reference {
  trials: number;
  /** Quartiles of the regret. */
  tpe: [number, number, number];
  random: [number, number, number];
}

const golden = JSON.parse(readFileSync(new URL('search.json', import.meta.url), 'utf8')) as Record<string, Reference>;
const functions: [string, TestFunction][] = Object.entries({ branin, hartmann6, conditional, mixed });
const SEEDS = 24;

function median(f: TestFunction, trials: number, make: (rng: Rng) => Searcher): number {
  const best = Array.from({ length: SEEDS }, (_, seed) => {
    const searcher = make(new Rng(seed));
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < trials; i++) {
      const p = searcher.ask();
      if (!p) break;
      const value = f.value(p);
      least = Math.min(least, value);
      searcher.tell(p, value);
    }
    return least;
  }).sort((a, b) => a - b);
  return ((best[SEEDS / 2 - 1] as number) + (best[SEEDS / 2] as number)) / 2;
}

describe.each(functions)('%s', (name, f) => {
  const { trials, tpe, random } = golden[name] as Reference;
  const bayesian = median(f, trials, (rng) => bayesianSearch(f.space, rng));

  test('Bayesian search does as well as the reference: its median lies below the third quartile there', () => {
    expect(bayesian).toBeLessThanOrEqual(tpe[2]);
  });

  test('it leaves at most half of the regret of random search', () => {
    const plain = median(f, trials, (rng) => randomSearch(f.space, rng));
    expect(bayesian).toBeLessThan(0.5 * plain);
    // the same function, and the same way of drawing: random search agrees with the reference's
    expect(plain).toBeGreaterThan(0.7 * random[0]);
    expect(plain).toBeLessThan(1.4 * random[2]);
  });
});
