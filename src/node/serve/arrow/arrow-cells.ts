import { isUtf8 } from 'node:buffer';
import { Refusal } from '../refusal.js';
import type { ArrowCells } from './arrow-types.js';

/** The part of a batch that a column is in. */
export interface ArrowPart {
  readonly rows: number;
  /** 0: all are there. */
  readonly nulls: number;
  /** In the order of the format; the first tells which are there. */
  readonly buffers: readonly Buffer[];
}

/** What the cells of a body may spell out to, together: a few bytes can point to the same text again and again. */
export class Budget {
  constructor(private left: number) {}

  /** @throws Refusal `REQUEST_TOO_LARGE` */
  take(signs: number): void {
    this.left -= signs;
    if (this.left < 0)
      throw new Refusal('REQUEST_TOO_LARGE', 'The Arrow stream unfolds to more than this server takes.', 'Send fewer rows at a time.');
  }
}

/** What a cell counts for beside its text. */
const CELL = 8;

/**
 * Appends the cells of a part as JSON would hold them: numbers, booleans, texts, `null`; whole numbers that a double cannot hold and decimals as text, instants as
 * dates. A number that is none is missing.
 * @throws RangeError when the buffers are shorter than the rows
 * @throws Refusal `REQUEST_INVALID`, `REQUEST_TOO_LARGE`
 */
export function appendCells(to: unknown[], cells: ArrowCells, part: ArrowPart, budget: Budget): void {
  const { rows, nulls, buffers } = part;
  budget.take(rows * CELL);
  if (cells.kind === 'null') {
    for (let r = 0; r < rows; r++) to.push(null);
    return;
  }
  const [there = NONE] = buffers;
  if (nulls > 0 && there.length * 8 < rows) throw new RangeError('a mask is shorter than its rows');
  const read = readerOf(cells, part, budget);
  for (let r = 0; r < rows; r++) to.push(nulls > 0 && (((there[r >> 3] as number) >> (r & 7)) & 1) === 0 ? null : read(r));
}

/** How many buffers a column has beside those that a view tells of. */
export function bufferCount({ kind }: ArrowCells): number {
  return kind === 'null' ? 0 : kind === 'text' || kind === 'large-text' ? 3 : 2;
}

const NONE = Buffer.alloc(0);

function readerOf(cells: ArrowCells, { rows, buffers }: ArrowPart, budget: Budget): (row: number) => unknown {
  const [, data = NONE, ...more] = buffers;
  switch (cells.kind) {
    case 'bool':
      if (data.length * 8 < rows) throw new RangeError('a column is shorter than its rows');
      return (r) => (((data[r >> 3] as number) >> (r & 7)) & 1) === 1;
    case 'int':
    case 'float':
    case 'decimal':
    case 'instant':
      if (data.length < rows * cells.bytes) throw new RangeError('a column is shorter than its rows');
      return fixedReader(cells, data, budget);
    case 'text':
    case 'large-text':
      return textReader(data, more[0] ?? NONE, cells.kind === 'text' ? 4 : 8, rows, budget);
    case 'text-view':
      if (data.length < rows * 16) throw new RangeError('a column is shorter than its rows');
      return viewReader(data, more, budget);
    default:
      throw new RangeError('a column has no cells');
  }
}

function fixedReader(
  cells: ArrowCells & { kind: 'int' | 'float' | 'decimal' | 'instant' },
  data: Buffer,
  budget: Budget,
): (row: number) => unknown {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const { kind, bytes } = cells;
  if (kind === 'float') {
    const read: (at: number) => number =
      bytes === 8
        ? (at) => view.getFloat64(at, true)
        : bytes === 4
          ? (at) => view.getFloat32(at, true)
          : (at) => half(view.getUint16(at, true));
    return (r) => {
      const value = read(r * bytes);
      return Number.isNaN(value) ? null : value;
    };
  }
  if (kind === 'decimal')
    return (r) => {
      const text = decimalText(wide(view, r * bytes, bytes), cells.scale);
      budget.take(text.length);
      return text;
    };
  if (kind === 'instant') {
    const { perMillisecond } = cells;
    return (r) => {
      const value = bytes === 4 ? view.getInt32(r * 4, true) : view.getBigInt64(r * 8, true);
      // finer than a millisecond: cut down, without going through a double
      if (typeof value === 'bigint' && perMillisecond > 1) return new Date(Number(floorDivide(value, BigInt(perMillisecond))));
      return new Date(Number(value) * Math.round(1 / perMillisecond));
    };
  }
  const { signed } = cells;
  if (bytes === 8)
    return (r) => {
      const value = signed ? view.getBigInt64(r * 8, true) : view.getBigUint64(r * 8, true);
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    };
  return (r) => (signed ? data.readIntLE(r * bytes, bytes) : data.readUIntLE(r * bytes, bytes));
}

function floorDivide(value: bigint, by: bigint): bigint {
  const whole = value / by;
  return value < 0n && whole * by !== value ? whole - 1n : whole;
}

/** A signed whole number of many bytes, the least first. */
function wide(view: DataView, at: number, bytes: 4 | 8 | 16 | 32): bigint {
  if (bytes === 4) return BigInt(view.getInt32(at, true));
  let value = view.getBigInt64(at + bytes - 8, true);
  for (let i = bytes - 16; i >= 0; i -= 8) value = (value << 64n) | view.getBigUint64(at + i, true);
  return value;
}

function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** IEEE 754 half precision. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function textReader(offsets: Buffer, text: Buffer, bytes: 4 | 8, rows: number, budget: Budget): (row: number) => unknown {
  if (rows > 0 && offsets.length < (rows + 1) * bytes) throw new RangeError('the places of a text are cut short');
  checkText(text);
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length);
  const place = (r: number): number => (bytes === 4 ? view.getInt32(r * 4, true) : Number(view.getBigInt64(r * 8, true)));
  return (r) => textAt(text, place(r), place(r + 1), budget);
}

function viewReader(views: Buffer, texts: readonly Buffer[], budget: Budget): (row: number) => unknown {
  for (const text of texts) checkText(text);
  return (r) => {
    const length = views.readInt32LE(r * 16);
    // a short text stands within its view
    if (length <= 12) {
      const short = views.subarray(r * 16 + 4, r * 16 + 4 + Math.max(0, length));
      checkText(short);
      return textAt(short, 0, length, budget);
    }
    const from = views.readInt32LE(r * 16 + 12);
    return textAt(texts[views.readInt32LE(r * 16 + 8)] ?? NONE, from, from + length, budget);
  };
}

function textAt(text: Buffer, from: number, to: number, budget: Budget): string {
  if (!(from >= 0 && from <= to && to <= text.length)) throw new RangeError('a text lies outside its column');
  budget.take(to - from);
  return text.toString('utf8', from, to);
}

function checkText(text: Buffer): void {
  if (!isUtf8(text)) throw new Refusal('REQUEST_INVALID', 'A text of the Arrow stream is not UTF-8.');
}
