import type { CategoryCodesStep } from '../../model/steps/category-codes.js';
import type { CategoryFrequencyStep } from '../../model/steps/category-frequency.js';
import type { FreshNames } from './fresh-names.js';
import type { LevelCounts } from './level-counts.js';

/** Levels that keep a code or a share of their own. */
const MAX_LEVELS = 10_000;
/** Categories with more levels than this are told by their frequency as well. */
export const MANY_LEVELS = 254;

/** Fixes the dictionary of each category: levels of two rows or more, the most frequent first. */
export function fitCategoryCodes(categories: ReadonlyMap<string, LevelCounts>): CategoryCodesStep {
  const columns = [...categories].map(([name, { levels, counts }]) => ({ name, levels: levels.slice(0, keptLevels(counts)) }));
  return { kind: 'category-codes', columns };
}

/** Shares of the training rows at each level of two rows or more; every other level counts as one row, as it would have in training. */
export function fitCategoryFrequency(categories: ReadonlyMap<string, LevelCounts>, fresh: FreshNames): CategoryFrequencyStep {
  const columns = [...categories].map(([name, { levels, counts, missing }]) => {
    const kept = keptLevels(counts);
    let rows = missing;
    for (const count of counts) rows += count;
    return {
      name,
      output: fresh.take(`${name}.frequency`),
      levels: levels.slice(0, kept),
      shares: counts.slice(0, kept).map((count) => count / rows),
      rest: 1 / rows,
    };
  });
  return { kind: 'category-frequency', columns };
}

/** Levels of two rows or more, at most `MAX_LEVELS`. */
export function keptLevels(counts: readonly number[]): number {
  let kept = 0;
  while (kept < counts.length && kept < MAX_LEVELS && (counts[kept] as number) >= 2) kept++;
  return kept;
}
