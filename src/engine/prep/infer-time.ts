import type { Schema } from '../../core/schema.js';
import { cellReader } from '../../model/parse-cell.js';
import type { ColumnSample } from './column-sample.js';

/**
 * The date column in whose order the rows already stand: then they have probably happened in that order, and a fair test is on the last of
 * them. Of several (a day and a moment) the finest. `undefined` when in doubt.
 */
export function timeColumn(schema: Schema, samples: readonly ColumnSample[]): string | undefined {
  const dates = schema.columns.filter((c) => c.type === 'datetime' && c.use !== 'ignore' && c.use !== 'target');
  const ordered = dates.filter((column) => {
    const sample = samples.find((s) => s.name === column.name);
    if (!sample || sample.distinct < 10 || column.stats.missing > 0.01 * sample.rows || sample.backward > 0.002) return false;
    const read = cellReader(column);
    let last = Number.NEGATIVE_INFINITY;
    let rises = 0;
    let count = 0;
    // first appearances rise in rows that are in order; a column of few repeated days in any order does not
    for (const cell of sample.sample) {
      const at = read(cell) as number | undefined;
      if (at === undefined) continue;
      if (at >= last) rises++;
      last = Math.max(last, at);
      count++;
    }
    return count >= 10 && rises >= 0.99 * count;
  });
  return ordered.sort((a, b) => b.stats.distinct - a.stats.distinct)[0]?.name;
}
