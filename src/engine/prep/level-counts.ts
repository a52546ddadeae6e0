import type { CategoryColumn } from '../../core/table.js';

/** The levels of a category that occur, the most frequent first; equals are in order of their UTF-16 text. */
export interface LevelCounts {
  readonly levels: readonly string[];
  /** Rows at each level. */
  readonly counts: readonly number[];
  /** Rows without a level. */
  readonly missing: number;
}

/** Counts the levels of a category: one pass over its rows, and a sort of its levels. */
export function countLevels(column: CategoryColumn): LevelCounts {
  const counts = new Uint32Array(column.levels.length);
  let missing = 0;
  for (let i = 0; i < column.codes.length; i++) {
    const code = column.codes[i] as number;
    if (code < 0) missing++;
    else counts[code] = (counts[code] as number) + 1;
  }
  const present: number[] = [];
  for (let code = 0; code < counts.length; code++) if ((counts[code] as number) > 0) present.push(code);
  const level = (code: number): string => column.levels[code] as string;
  present.sort((a, b) => (counts[b] as number) - (counts[a] as number) || (level(a) < level(b) ? -1 : 1));
  return { levels: present.map(level), counts: present.map((code) => counts[code] as number), missing };
}
