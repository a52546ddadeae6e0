import { MillwrightError } from '../../core/errors.js';

/** How a text table is written. */
export interface CsvDialect {
  /** One ASCII character. */
  delimiter: string;
  /** `'"'`, `"'"` or none. */
  quote: string;
  /** Lines that start with this are no rows; empty: there are none. */
  comment: string;
  /** Records before the header, comments not counted. */
  skip: number;
  header: boolean;
}

/** One byte string cut into records: cell c of record r is `source[start[r·columns + c], end[r·columns + c])`. */
export interface Records {
  source: Buffer;
  rows: number;
  start: Int32Array;
  end: Int32Array;
}

/** A record longer than this is refused. */
export const MOST_RECORD_BYTES = 256 * 1024 * 1024;

const LF = 10;
const CR = 13;

/**
 * Cuts UTF-8 bytes into records and cells (RFC 4180; also a lone CR, mixed line ends, and quotes inside unquoted cells).
 * Feed it blocks of any size; cells stay valid until the next call.
 */
export class CsvCutter {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #comment: number;
  #rest: Buffer = Buffer.alloc(0);
  #start = new Int32Array(0);
  #end = new Int32Array(0);
  readonly #escaped: number[] = [];
  #waiting: Buffer[] = [];
  #waited = 0;
  /** Line on which the next record starts, from 1. */
  #line = 1;
  /** Records before the header that are still to come. */
  #titles: number;
  /** The header is no row and may be a cell shorter or longer. */
  #header: boolean;

  /**
   * @param columns cells that each record must have
   * @param label the file, for messages
   */
  constructor(
    dialect: CsvDialect,
    readonly columns: number,
    readonly label: string,
  ) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0);
    this.#comment = dialect.comment === '' ? -1 : dialect.comment.charCodeAt(0);
    this.#titles = dialect.skip;
    this.#header = dialect.header;
  }

  /**
   * @param last true when nothing follows
   * @throws MillwrightError `DATA_RAGGED`, `DATA_TOO_LARGE`, `DATA_UNREADABLE` (a quote that never closes)
   */
  cut(block: Buffer, last: boolean): Records {
    // a long record is looked at again only when it has doubled: else its time would grow with its square
    this.#waiting.push(block);
    this.#waited += block.length;
    if (!last && this.#waited < this.#rest.length && this.#rest.length + this.#waited <= MOST_RECORD_BYTES)
      return { source: block, rows: 0, start: this.#start, end: this.#end };
    const source = this.#rest.length === 0 && this.#waiting.length === 1 ? block : Buffer.concat([this.#rest, ...this.#waiting]);
    this.#waiting = [];
    this.#waited = 0;
    const columns = this.columns;
    const [delimiter, quote] = [this.#delimiter, this.#quote];
    const length = source.length;
    let starts = this.#start;
    let ends = this.#end;
    let rows = 0;
    let at = 0;
    // a record that is not whole yet waits for the next block
    let record = 0;
    scan: for (; at < length; record = at) {
      if (source[at] === this.#comment) {
        const stop = lineEnd(source, at);
        if (stop === length && !last) break;
        at = afterLine(source, stop);
        this.#line++;
        continue;
      }
      let column = 0;
      let k = rows * columns;
      let lines = 1;
      if (k + columns > starts.length) {
        const size = Math.max(k + columns, starts.length * 2, 1024);
        starts = widened(starts, size);
        ends = widened(ends, size);
      }
      this.#escaped.length = 0;
      for (;;) {
        let from = at;
        let to = at;
        if (source[at] === quote) {
          from = at + 1;
          let doubled = false;
          let close = source.indexOf(quote, from);
          for (;;) {
            if (close < 0 || (close === length - 1 && !last)) {
              if (!last) break scan;
              if (close < 0) throw this.#openQuote();
            }
            if (source[close + 1] !== quote || close + 1 >= length) break;
            doubled = true;
            close = source.indexOf(quote, close + 2);
          }
          to = close;
          at = close + 1;
          const next = source[at] as number;
          if (at < length && next !== delimiter && next !== LF && next !== CR) {
            // text after a closing quote: the whole cell is taken as it is written
            while (at < length && source[at] !== delimiter && source[at] !== LF && source[at] !== CR) at++;
            if (at === length && !last) break scan;
            if (
              source
                .subarray(close + 1, at)
                .toString('latin1')
                .trim() !== ''
            ) {
              from--;
              to = at;
              doubled = false;
            }
          }
          lines += lineFeeds(source, from, to);
          if (doubled && column < columns) this.#escaped.push(k + column);
        } else {
          for (;;) {
            if (at === length) break;
            const c = source[at] as number;
            if (c === delimiter || c === LF || c === CR) break;
            at++;
          }
          to = at;
        }
        if (at === length && !last) break scan;
        if (column < columns) {
          starts[k + column] = from;
          ends[k + column] = to;
        }
        column++;
        if (at < length && source[at] === delimiter) {
          at++;
          if (at === length && !last) break scan;
          continue;
        }
        break;
      }
      // a CR at the very end may be half of a line end
      if (at === length - 1 && source[at] === CR && !last) break;
      const blank = column === 1 && ends[k] === record;
      at = afterLine(source, at);
      if (this.#titles > 0) {
        this.#titles--;
        this.#line += lines;
        continue;
      }
      if (blank && columns > 1) {
        this.#line += lines;
        continue;
      }
      if (this.#header) {
        this.#header = false;
        this.#line += lines;
        continue;
      }
      const surplus = column === columns + 1 && this.#endsEmpty(source, record, at);
      if (column !== columns && !surplus) throw this.#ragged(column);
      for (k of this.#escaped) ends[k] = undouble(source, starts[k] as number, ends[k] as number, quote);
      this.#line += lines;
      rows++;
    }
    this.#rest = record === length ? Buffer.alloc(0) : this.#carry(source.subarray(record));
    this.#start = starts;
    this.#end = ends;
    return { source, rows, start: starts, end: ends };
  }

  #carry(rest: Buffer): Buffer {
    if (rest.length > MOST_RECORD_BYTES)
      throw new MillwrightError(
        'DATA_TOO_LARGE',
        `A row of ${this.label}, from line ${this.#line}, is longer than ${MOST_RECORD_BYTES / 2 ** 20} MB.`,
        'Check that the file is a table of text, that its quotes are closed, and that no cell holds a whole document.',
      );
    return rest;
  }

  /** Whether the record ends with a delimiter, so that its last cell is but a slip. */
  #endsEmpty(source: Buffer, record: number, next: number): boolean {
    let stop = next;
    while (stop > record && (source[stop - 1] === LF || source[stop - 1] === CR)) stop--;
    return source[stop - 1] === this.#delimiter;
  }

  #openQuote(): MillwrightError {
    return new MillwrightError(
      'DATA_UNREADABLE',
      `A quote that opens on line ${this.#line} of ${this.label}, or after it, is never closed.`,
      'Close it, or double the quotes that are part of the text.',
    );
  }

  #ragged(found: number): MillwrightError {
    const counted = (n: number): string => `${n} ${n === 1 ? 'cell' : 'cells'}`;
    return new MillwrightError(
      'DATA_RAGGED',
      `Line ${this.#line} of ${this.label} has ${counted(found)}, but the table has ${this.columns} ${this.columns === 1 ? 'column' : 'columns'}.`,
      found > this.columns
        ? 'Put quotes around cells that hold the separator, or remove the surplus cells.'
        : 'Add the missing cells (they may be empty), or remove the line.',
    );
  }
}

/** Looks at the cell alone: a search beyond it would go through the whole block again for each cell. */
function lineFeeds(source: Buffer, from: number, to: number): number {
  let count = 0;
  if (to - from < 64) {
    for (let at = from; at < to; at++) if (source[at] === LF) count++;
    return count;
  }
  const cell = source.subarray(from, to);
  for (let at = cell.indexOf(LF); at >= 0; at = cell.indexOf(LF, at + 1)) count++;
  return count;
}

function lineEnd(source: Buffer, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== LF && source[at] !== CR) at++;
  return at;
}

function afterLine(source: Buffer, at: number): number {
  if (at >= source.length) return source.length;
  return source[at] === CR && source[at + 1] === LF ? at + 2 : at + 1;
}

/** Turns doubled quotes into single ones in place; the new end. */
function undouble(source: Buffer, start: number, end: number, quote: number): number {
  let to = start;
  for (let at = start; at < end; at++) {
    source[to++] = source[at] as number;
    if (source[at] === quote && source[at + 1] === quote) at++;
  }
  return to;
}

function widened(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(size);
  wider.set(array);
  return wider;
}
