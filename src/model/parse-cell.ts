import type { ColumnSchema } from '../core/schema.js';
import { dateParser } from './parse-date.js';
import { numberParser, plainNumber } from './parse-number.js';

/** A cell as the raw table holds it: a number for numbers, booleans (0/1) and dates (UTC ms), else text; `undefined` is missing. */
export type CellReader = (cell: unknown) => number | string | undefined;

/** Column types that are held as numbers. */
export function isNumericType(type: ColumnSchema['type']): boolean {
  return type === 'number' || type === 'boolean' || type === 'datetime';
}

/** How a value from outside is spelled as text; `undefined` for nothing at all. */
export function spelling(cell: unknown): string | undefined {
  switch (typeof cell) {
    case 'string':
      return cell;
    case 'number':
      return cell - cell === 0 ? String(cell) : undefined;
    case 'boolean':
    case 'bigint':
      return String(cell);
    case 'object':
      if (cell === null) return undefined;
      if (cell instanceof Date) return Number.isFinite(cell.getTime()) ? cell.toISOString() : undefined;
      return JSON.stringify(cell);
    default:
      return undefined;
  }
}

/**
 * Whether a cell is missing in this column: nothing, blank, or one of the column's missing tokens.
 * A cell for which this is false and the reader says `undefined` could not be read.
 */
export function missingTest(column: Pick<ColumnSchema, 'missing'>): (cell: unknown) => boolean {
  const tokens = new Set(column.missing);
  let longest = 0;
  for (const token of tokens) longest = Math.max(longest, token.length);
  return (cell) => {
    const text = spelling(cell);
    if (text === undefined) return typeof cell !== 'number' || Number.isNaN(cell);
    const bare = text.trim();
    return bare === '' || (bare.length <= longest && tokens.has(bare.toLowerCase()));
  };
}

/**
 * Builds the one reader of a column's cells, used for files, requests and the browser alike. Takes text and JavaScript values.
 * @example cellReader({ ...column, type: 'number', missing: ['?'] })('12.5') // 12.5
 */
export function cellReader(column: Pick<ColumnSchema, 'type' | 'format' | 'missing'>): CellReader {
  const isMissing = missingTest(column);
  switch (column.type) {
    case 'number':
      return numberReader(column, isMissing);
    case 'boolean':
      return booleanReader(column, isMissing);
    case 'datetime':
      return dateReader(column, isMissing);
    default:
      return (cell) => {
        if (isMissing(cell)) return undefined;
        return (spelling(cell) as string | undefined)?.trim();
      };
  }
}

function numberReader(column: Pick<ColumnSchema, 'format' | 'missing'>, isMissing: (cell: unknown) => boolean): CellReader {
  const format =
    column.format?.kind === 'number'
      ? column.format
      : { kind: 'number' as const, decimal: '.' as const, group: '', affixes: [], percent: false };
  const dressed = numberParser(format);
  const plain = format.decimal === '.';
  // a token such as "-999" or "9999" must be asked for before the number is taken
  const careful = hasNumericToken(column.missing);
  const fromText = (text: string): number | undefined => {
    if (plain && !careful) {
      const value = plainNumber(text);
      if (value !== undefined) return value;
    }
    return isMissing(text) ? undefined : dressed(text);
  };
  return (cell) => {
    if (typeof cell === 'number') return cell - cell === 0 && !(careful && isMissing(cell)) ? cell : undefined;
    if (typeof cell === 'string') return fromText(cell);
    if (typeof cell === 'boolean') return cell ? 1 : 0;
    if (typeof cell === 'bigint') return Number(cell);
    if (cell instanceof Date) return finite(cell.getTime());
    return undefined;
  };
}

/** Whether one of the tokens that mean "missing" is itself a number, so that numbers must be compared with them. */
export function hasNumericToken(tokens: readonly string[]): boolean {
  return tokens.some((token) => /\d/.test(token));
}

function booleanReader(column: Pick<ColumnSchema, 'format' | 'missing'>, isMissing: (cell: unknown) => boolean): CellReader {
  const format = column.format?.kind === 'boolean' ? column.format : { true: ['true', 'yes', '1'], false: ['false', 'no', '0'] };
  const known = new Map<string, number>();
  const learn = (tokens: readonly string[], value: number): void => {
    for (const token of tokens) {
      const bare = token.trim().toLowerCase();
      known.set(bare, value);
      // "1.0" and 1 are one answer
      const number = plainNumber(bare);
      if (number !== undefined && !known.has(String(number))) known.set(String(number), value);
    }
  };
  learn(format.false, 0);
  learn(format.true, 1);
  return (cell) => {
    if (typeof cell === 'boolean') return cell ? 1 : 0;
    const text = spelling(cell)?.trim().toLowerCase();
    if (text === undefined) return undefined;
    const found = known.get(text);
    if (found !== undefined) return found;
    if (isMissing(text)) return undefined;
    const number = plainNumber(text);
    return number === undefined ? undefined : known.get(String(number));
  };
}

function dateReader(column: Pick<ColumnSchema, 'format' | 'missing'>, isMissing: (cell: unknown) => boolean): CellReader {
  const patterns = column.format?.kind === 'datetime' ? column.format.patterns : ['iso'];
  const parsers = patterns.map(dateParser);
  // numbers are tried as text where the column is one of numbers, and are milliseconds elsewhere
  const numbers = patterns.some((p) => p === 'epoch-s' || p === 'epoch-ms' || p === 'yyyymmdd' || p === 'yyyy');
  const fromText = (text: string): number | undefined => {
    const bare = text.trim();
    for (const parse of parsers) {
      const at = parse(bare);
      if (at !== undefined) return isMissing(bare) ? undefined : at;
    }
    return undefined;
  };
  return (cell) => {
    if (typeof cell === 'string') return fromText(cell);
    if (cell instanceof Date) return finite(cell.getTime());
    if (typeof cell === 'bigint' || typeof cell === 'number') {
      const value = Number(cell);
      return numbers ? fromText(String(value)) : Math.abs(value) <= 8.64e15 ? value : undefined;
    }
    return undefined;
  };
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
