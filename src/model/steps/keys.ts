import type { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import { categoryOf, levelIndex, matchLevels, numericOf } from './columns.js';

/** What rows are grouped by: the fitted levels of a category, or the fitted values of a number that has few. */
export interface Key {
  readonly name: string;
  readonly levels?: readonly string[];
  readonly values?: readonly number[];
}

/** @throws MillwrightError `BUNDLE_UNREADABLE` */
export function readKey(f: Fields): Key {
  return f.has('values') ? { name: f.text('name'), values: f.numbers('values') } : { name: f.text('name'), levels: f.texts('levels') };
}

/** How many groups a key tells apart, missing cells and all that is not fitted aside. */
export function keyCount(key: Key): number {
  return (key.values ?? key.levels ?? []).length;
}

/** A key tied to a table: `codes` holds, after `run`, 0 for missing, 1 for what was not fitted, and 2 + its place for what was. */
export interface BoundKey {
  readonly codes: Int32Array;
  run(): void;
}

export function bindKey(key: Key, input: Table): BoundKey {
  const codes = new Int32Array(input.rows);
  if (key.values) {
    const from = numericOf(input, key.name).values;
    const index = new Map(key.values.map((value, i) => [value, i + 2]));
    const run = (): void => {
      for (let i = 0; i < from.length; i++) {
        const x = from[i] as number;
        codes[i] = Number.isNaN(x) ? 0 : (index.get(x) ?? 1);
      }
    };
    return { codes, run };
  }
  const from = categoryOf(input, key.name);
  const index = levelIndex(key.levels ?? []);
  let match: Int32Array = new Int32Array(0);
  const run = (): void => {
    match = matchLevels(from, index, match);
    for (let i = 0; i < codes.length; i++) {
      const code = from.codes[i] as number;
      // −1, not fitted, becomes 1
      codes[i] = code < 0 ? 0 : (match[code] as number) + 2;
    }
  };
  return { codes, run };
}
