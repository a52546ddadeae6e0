import type { OneHotStep } from '../../model/steps/one-hot.js';
import type { FreshNames } from './fresh-names.js';
import type { LevelCounts } from './level-counts.js';

/** Columns made for levels, over all categories. */
const MAX_WIDTH = 600;

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
  const kept = new Map<string, number>();
  for (const { name, place } of candidates.slice(0, MAX_WIDTH)) kept.set(name, place + 1);

  const columns = [...categories].map(([name, { levels, counts, missing }]) => {
    const width = kept.get(name) ?? 0;
    return {
      name,
      levels: levels.slice(0, width),
      outputs: levels.slice(0, width).map((level) => fresh.take(`${name} = ${level}`)),
      ...(counts.length > width && width > 0 && { other: fresh.take(`${name} = (other)`) }),
      ...(missing > 0 && (width > 0 || counts.length > 0) && { missing: fresh.take(`${name} = (missing)`) }),
    };
  });
  return { kind: 'one-hot', columns };
}
