import { Refusal } from '../refusal.js';
import { type ArrowPart, appendCells, Budget, bufferCount } from './arrow-cells.js';
import { type ArrowCells, type ArrowField, BATCH, DICTIONARY, readFields, SCHEMA } from './arrow-types.js';
import { FlatTable, longAt } from './flat-read.js';

/** The columns of a body. */
export interface ArrowRows {
  readonly columns: ReadonlyMap<string, unknown[]>;
  readonly rows: number;
}

export interface ArrowLimits {
  readonly rows: number;
  /** Bytes of a body; cells may spell out to four times as many. */
  readonly body: number;
}

const GOES_ON = 0xffffffff;

/**
 * Reads an Arrow IPC stream of flat columns: whole and other numbers of all widths, decimals, booleans, texts (also large ones, views and dictionaries, replaced or
 * extended), dates, timestamps, nulls. Written for bodies of strangers: every place is looked at before it is read, and nothing nested is followed.
 * @throws Refusal `REQUEST_INVALID`, `REQUEST_TOO_LARGE`
 * @example readArrow(body, { rows: 10_000, body: 8e6 }).columns.get('age')
 */
export function readArrow(body: Buffer, limits: ArrowLimits): ArrowRows {
  try {
    return new Reader(body, limits).read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Refusal(
      'REQUEST_INVALID',
      `The body is no whole Arrow stream: ${error.message.slice(0, 100)}.`,
      'Send the streaming format, as pyarrow.ipc.new_stream writes it.',
    );
  }
}

class Reader {
  readonly #budget: Budget;
  readonly #columns = new Map<string, unknown[]>();
  readonly #dictionaries = new Map<number, unknown[]>();
  #fields: readonly ArrowField[] | undefined;
  #rows = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly limits: ArrowLimits,
  ) {
    this.#budget = new Budget(4 * limits.body);
  }

  read(): ArrowRows {
    const { bytes } = this;
    let at = 0;
    while (at + 8 <= bytes.length) {
      if (bytes.readUInt32LE(at) !== GOES_ON) throw new RangeError('a message does not begin as one');
      const length = bytes.readInt32LE(at + 4);
      at += 8;
      if (length === 0) return this.#done();
      if (length < 0 || at + length > bytes.length) throw new RangeError('a message is cut short');
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
      at += length;
      const message = FlatTable.root(view);
      const size = message.long(3);
      if (size < 0 || at + size > bytes.length) throw new RangeError('a message is cut short');
      this.#take(message, bytes.subarray(at, at + size));
      at += size;
    }
    if (at !== bytes.length) throw new RangeError('it is cut short');
    return this.#done();
  }

  #done(): ArrowRows {
    if (!this.#fields) throw new RangeError('it has no schema');
    return { columns: this.#columns, rows: this.#rows };
  }

  #take(message: FlatTable, body: Buffer): void {
    const kind = message.byte(1);
    const content = message.table(2);
    if (!content) throw new RangeError('a message is empty');
    if (kind === SCHEMA) {
      if (this.#fields) throw new RangeError('it has two schemas');
      this.#fields = readFields(content);
      for (const { name } of this.#fields) this.#columns.set(name, []);
    } else if (kind === BATCH) this.#batch(content, body);
    else if (kind === DICTIONARY) this.#dictionary(content, body);
    else throw new RangeError('a message is of an unknown kind');
  }

  #batch(batch: FlatTable, body: Buffer): void {
    const fields = this.#fields;
    if (!fields) throw new RangeError('rows come before their schema');
    const rows = batch.long(0);
    const { rows: most } = this.limits;
    if (rows > 0) this.#rows += rows;
    if (this.#rows > most)
      throw new Refusal(
        'REQUEST_TOO_LARGE',
        `${this.#rows} rows are more than ${most}.`,
        'Send fewer at a time, or stream them as NDJSON.',
      );
    const parts = this.#parts(batch, body, fields.map(inBatch));
    fields.forEach(({ name, cells, dictionary }, i) => {
      const column = this.#columns.get(name) as unknown[];
      const part = parts[i] as ArrowPart;
      if (!dictionary) {
        appendCells(column, cells, part, this.#budget);
        return;
      }
      const known = this.#dictionaries.get(dictionary.id) ?? [];
      const from = column.length;
      appendCells(column, dictionary.index, part, this.#budget);
      for (let r = from; r < column.length; r++) {
        const index = column[r] as number | null;
        if (index === null) continue;
        if (!(index >= 0 && index < known.length)) throw new RangeError('a cell is not in its dictionary');
        const cell = known[index];
        if (typeof cell === 'string') this.#budget.take(cell.length);
        column[r] = cell;
      }
    });
  }

  #dictionary(message: FlatTable, body: Buffer): void {
    const id = message.long(0);
    const field = this.#fields?.find(({ dictionary }) => dictionary?.id === id);
    const batch = message.table(1);
    if (!field || !batch) throw new RangeError('a dictionary belongs to no column');
    const values = message.byte(2) === 0 ? [] : (this.#dictionaries.get(id) ?? []);
    const [part] = this.#parts(batch, body, [field.cells]);
    appendCells(values, field.cells, part as ArrowPart, this.#budget);
    this.#dictionaries.set(id, values);
  }

  /** Where each column of a batch is. */
  #parts(batch: FlatTable, body: Buffer, columns: readonly ArrowCells[]): ArrowPart[] {
    if (batch.has(3)) throw new Refusal('REQUEST_INVALID', 'The Arrow stream is compressed.', 'Write it without compression.');
    const rows = batch.long(0);
    if (rows < 0) throw new RangeError('a batch has less than no rows');
    const { view } = batch;
    const nodes = batch.vector(1, 16);
    const buffers = batch.vector(2, 16);
    const views = batch.vector(4, 8);
    if (nodes.length !== columns.length) throw new RangeError('a batch has other columns than its schema');
    let next = 0;
    let nextView = 0;
    const buffer = (): Buffer => {
      if (next >= buffers.length) throw new RangeError('a batch has too few buffers');
      const from = longAt(view, buffers.at + 16 * next);
      const to = from + longAt(view, buffers.at + 16 * next++ + 8);
      if (!(from >= 0 && from <= to && to <= body.length)) throw new RangeError('a buffer lies outside its message');
      // the same bytes can be named again and again
      this.#budget.take(to - from);
      return body.subarray(from, to);
    };
    return columns.map((cells, i) => {
      if (longAt(view, nodes.at + 16 * i) !== rows) throw new RangeError('the columns differ in length');
      let count = bufferCount(cells);
      if (cells.kind === 'text-view') {
        if (nextView >= views.length) throw new RangeError('a batch has too few buffers');
        const more = longAt(view, views.at + 8 * nextView++);
        if (!(more >= 0 && more <= buffers.length)) throw new RangeError('a batch has too few buffers');
        count += more;
      }
      return { rows, nulls: longAt(view, nodes.at + 16 * i + 8), buffers: Array.from({ length: count }, buffer) };
    });
  }
}

function inBatch({ cells, dictionary }: ArrowField): ArrowCells {
  return dictionary?.index ?? cells;
}
