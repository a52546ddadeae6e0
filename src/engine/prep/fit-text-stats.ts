import type { CategoryColumn, Table } from '../../core/table.js';
import { forEachWord, TEXT_STATS, type TextStatsStep } from '../../model/steps/text-stats.js';
import type { FreshNames } from './fresh-names.js';

/** Words kept over all texts. */
const MAX_WORDS = 256;
/** Texts read, and UTF-16 units of each, to count words: enough for shares, whatever the size of the table. */
const SAMPLE = 4000;
const LONGEST = 2000;

/**
 * Chooses the measures of each text, and the words whose presence divides the rows best (a share of rows nearest to a half; never the target).
 * @param mostWords of each text
 */
export function fitTextStats(table: Table, names: readonly string[], fresh: FreshNames, mostWords: number): TextStatsStep {
  const each = Math.min(mostWords, Math.floor(MAX_WORDS / Math.max(1, names.length)));
  const columns = names.map((name) => {
    const column = table.column(name);
    const words = column.kind === 'category' ? usefulWords(column, each) : [];
    return {
      name,
      stats: TEXT_STATS.map((stat) => ({ stat, name: fresh.take(`${name}.${stat}`) })),
      words: words.map((word) => ({ word, name: fresh.take(`${name}: ${word}`) })),
    };
  });
  return { kind: 'text-stats', columns };
}

function usefulWords(column: CategoryColumn, limit: number): string[] {
  const counts = new Map<string, number>();
  const stride = Math.max(1, Math.floor(column.codes.length / SAMPLE));
  let texts = 0;
  for (let row = 0; row < column.codes.length; row += stride) {
    const code = column.codes[row] as number;
    if (code < 0) continue;
    texts++;
    const seen = new Set<string>();
    forEachWord(column.levels[code] as string, (word) => seen.add(word), LONGEST);
    for (const word of seen) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const least = Math.max(3, texts / 200);
  // c (n − c) is the variance of presence, as a whole number.
  const spread = (count: number): number => count * (texts - count);
  return [...counts]
    .filter(([word, count]) => count >= least && count <= texts * 0.98 && word.length <= 40)
    .sort(([a, x], [b, y]) => spread(y) - spread(x) || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([word]) => word);
}
