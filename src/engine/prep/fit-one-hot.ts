import type { OneHotStep } from '../../model/steps/one-hot.js';
import type { FreshNames } from './fresh-names.js';
import type { LevelCounts } from './level-counts.js';

/** Columns made for levels, over all categories; fewer on many rows, to bound the cells, but never below the least. */
const MAX_WIDTH = 600;
const MIN_WIDTH = 64;
const MAX_CELLS = 20_000_000;

/**
 * Gives a column to each level with enough rows (at least 3, and a thousandth of the rows up to 20), the most frequent of all categories
 * first until the width is used up; the rest of a category, and its missing cells, share a column each when there are some.
 */
export function fitOneHot(categories: ReadonlyMap<string, LevelCounts>, rows: number, fresh: FreshNames): OneHotStep {
  const least = Math.max(3, Math.min(20, Math.ceil(rows / 1000)));
  const candidates: { name: string; count: number; place: number }[] = [];
  for (const [name, { counts }] of categories)
    for (let place = 0; place < counts.length && (counts[place] as number) >= least; place++)
      candidates.push({ name, count: counts[place] as number, place });
  // The sort is stable: equals stay in the order of their columns.
  candidates.sort((a, b) => b.count - a.count);
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, Math.floor(MAX_CELLS / Math.max(1, rows))));
  const kept = new Map<string, number>();
  for (const { name, place } of candidates.slice(0, width)) kept.set(name, place + 1);

  const columns = [...categories].map(([name, { levels, counts, missing }]) => {
    const own = kept.get(name) ?? 0;
    return {
      name,
      levels: levels.slice(0, own),
      outputs: levels.slice(0, own).map((level) => fresh.take(`${name} = ${level}`)),
      ...(own > 0 && counts.length > own && { other: fresh.take(`${name} = (other)`) }),
      ...(missing > 0 && { missing: fresh.take(`${name} = (missing)`) }),
    };
  });
  return { kind: 'one-hot', columns };
}
