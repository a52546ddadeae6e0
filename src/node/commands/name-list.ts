import { MillwrightError } from '../../core/errors.js';
import type { ColumnType } from '../../core/schema.js';

const TYPES: readonly ColumnType[] = ['number', 'boolean', 'datetime', 'category', 'text', 'id'];

/**
 * Column names given as `a,b` or repeated; a value that is itself a column's name is taken whole, commas included.
 * @example splitNames(['a,b', 'x, y'], new Set(['x, y'])) // ['a', 'b', 'x, y']
 */
export function splitNames(values: readonly string[], known: ReadonlySet<string>): string[] {
  const names = values.flatMap((v) =>
    known.has(v)
      ? [v]
      : v
          .split(',')
          .map((part) => (known.has(part) ? part : part.trim()))
          .filter((part) => part !== ''),
  );
  return [...new Set(names)];
}

/**
 * `--type col=category` settings; the last `=` divides, so that names may hold one.
 * @throws MillwrightError `OPTION_INVALID`
 */
export function parseTypes(values: readonly string[]): Map<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  for (const value of values) {
    const at = value.lastIndexOf('=');
    const type = value.slice(at + 1) as ColumnType;
    if (at < 1 || !TYPES.includes(type))
      throw new MillwrightError(
        'OPTION_INVALID',
        `--type "${value}" is not column=type.`,
        `The types are ${TYPES.join(', ')}; for example --type zip=category.`,
      );
    types.set(value.slice(0, at), type);
  }
  return types;
}
