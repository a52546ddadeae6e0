import { Refusal } from '../refusal.js';
import type { FlatTable } from './flat-read.js';

/** Body type of Arrow streams: https://arrow.apache.org/docs/format/Columnar.html */
export const ARROW_TYPE = 'application/vnd.apache.arrow.stream';

/** Kinds of messages. */
export const SCHEMA = 1;
export const DICTIONARY = 2;
export const BATCH = 3;

/** What the cells of a column are. */
export type ArrowCells =
  | { readonly kind: 'null' | 'bool' | 'text' | 'large-text' | 'text-view' }
  | { readonly kind: 'int'; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bytes: 2 | 4 | 8 }
  | { readonly kind: 'decimal'; readonly bytes: 4 | 8 | 16 | 32; readonly scale: number }
  /** Of `perMillisecond` (below 1: longer) since 1970. */
  | { readonly kind: 'instant'; readonly bytes: 4 | 8; readonly perMillisecond: number };

/** A column as the stream's schema tells it. */
export interface ArrowField {
  readonly name: string;
  /** Of the cells; of those in the dictionary, where there is one. */
  readonly cells: ArrowCells;
  readonly dictionary?: { readonly id: number; readonly index: ArrowCells & { kind: 'int' } };
}

const DAY = 86_400_000;
const MOST_NAME = 4096;
const MOST_COLUMNS = 10_000;
const NOT_FLAT: ReadonlyMap<number, string> = new Map([
  [4, 'binary'],
  [9, 'a time of day'],
  [11, 'an interval'],
  [12, 'a list'],
  [13, 'a struct'],
  [14, 'a union'],
  [15, 'binary'],
  [16, 'a list'],
  [17, 'a map'],
  [18, 'a duration'],
  [19, 'binary'],
  [21, 'a list'],
  [22, 'run-end encoded'],
  [23, 'binary'],
  [25, 'a list'],
  [26, 'a list'],
]);

/** @throws Refusal `REQUEST_INVALID` for columns that are twice there, or of a type that no cell has */
export function readFields(schema: FlatTable): ArrowField[] {
  if (schema.short(0) !== 0) throw new Refusal('REQUEST_INVALID', 'The Arrow stream is big-endian; little-endian ones are read.');
  const fields: ArrowField[] = [];
  const names = new Set<string>();
  for (const field of schema.tables(1)) {
    const name = field.text(0, MOST_NAME);
    const told = JSON.stringify(name.slice(0, 60));
    if (names.has(name)) throw new Refusal('REQUEST_INVALID', `The column ${told} is twice there.`);
    if (names.add(name).size > MOST_COLUMNS) throw new Refusal('REQUEST_TOO_LARGE', `There are more than ${MOST_COLUMNS} columns.`);
    const cells = cellsOf(field, told);
    const encoding = field.table(4);
    if (!encoding) {
      fields.push({ name, cells });
      continue;
    }
    const index = encoding.table(1);
    fields.push({
      name,
      cells,
      dictionary: { id: encoding.long(0), index: index ? intOf(index) : { kind: 'int', bytes: 4, signed: true } },
    });
  }
  return fields;
}

function cellsOf(field: FlatTable, told: string): ArrowCells {
  const type = field.byte(2);
  const about = field.table(3);
  const odd = NOT_FLAT.get(type);
  if (!odd && about)
    switch (type) {
      case 1:
        return { kind: 'null' };
      case 2:
        return intOf(about);
      case 3:
        return { kind: 'float', bytes: ([2, 4, 8] as const)[about.short(0)] ?? outOfRange() };
      case 5:
        return { kind: 'text' };
      case 6:
        return { kind: 'bool' };
      case 7: {
        const bytes = about.int(2, 128) / 8;
        const scale = about.int(1);
        if ((bytes !== 4 && bytes !== 8 && bytes !== 16 && bytes !== 32) || scale < -100 || scale > 100) return outOfRange();
        return { kind: 'decimal', bytes, scale };
      }
      case 8:
        return about.short(0, 1) === 0
          ? { kind: 'instant', bytes: 4, perMillisecond: 1 / DAY }
          : { kind: 'instant', bytes: 8, perMillisecond: 1 };
      case 10:
        return { kind: 'instant', bytes: 8, perMillisecond: [1 / 1000, 1, 1000, 1_000_000][about.short(0)] ?? outOfRange() };
      case 20:
        return { kind: 'large-text' };
      case 24:
        return { kind: 'text-view' };
      default:
    }
  throw new Refusal(
    'REQUEST_INVALID',
    `The Arrow column ${told} is ${odd ?? 'of an unknown type'}, which is no cell.`,
    'Send numbers, booleans, texts, dates and timestamps; leave out or convert the rest.',
  );
}

function intOf(about: FlatTable): ArrowCells & { kind: 'int' } {
  const bytes = about.int(0) / 8;
  if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8) return outOfRange();
  return { kind: 'int', bytes, signed: about.byte(1) !== 0 };
}

function outOfRange(): never {
  throw new RangeError('a type is out of range');
}
