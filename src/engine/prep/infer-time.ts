import type { Schema } from '../../core/schema.js';
import { cellReader } from '../../model/parse-cell.js';
import type { ColumnSample } from './column-sample.js';

/**
 * The one date column in whose order the rows already stand, if there is exactly one: then the rows have probably happened in that order,
 * and a fair test is on the last of them. `undefined` when in doubt.
 */
export function timeColumn(schema: Schema, samples: readonly ColumnSample[]): string | undefined {
  const dates = schema.columns.filter((c) => c.type === 'datetime' && c.use !== 'ignore' && c.use !== 'target');
  const ordered = dates.filter((column) => {
    const sample = samples.find((s) => s.name === column.name);
    if (!sample || sample.distinct < 10 || column.stats.missing > 0.01 * sample.rows) return false;
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
  return ordered.length === 1 ? ordered[0]?.name : undefined;
}
