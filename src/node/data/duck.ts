import duckdb, { type Connection, type Database, type DataChunk, type Result } from '@duckdb/node-bindings';
import { MillwrightError } from '../../core/errors.js';
import { temporaryFolder } from './temporary.js';

/** What DuckDB may take of the machine. */
export interface DuckOptions {
  threads?: number;
  /** Megabytes. */
  memory?: number;
  /** Folder for what does not fit in memory. */
  spill?: string;
}

/** DuckDB's type ids that are asked for here (duckdb.h, stable). */
export const TYPE = {
  boolean: 1,
  tiny: 2,
  small: 3,
  int: 4,
  big: 5,
  utiny: 6,
  usmall: 7,
  uint: 8,
  ubig: 9,
  float: 10,
  double: 11,
  timestamp: 12,
  date: 13,
  huge: 16,
  varchar: 17,
  decimal: 19,
  timestampS: 20,
  timestampMs: 21,
  timestampNs: 22,
  timestampTz: 31,
  uhuge: 32,
} as const;

/** A private DuckDB in memory that loads no extension and reaches no network. Thin, because the larger client takes 130 ms to load. */
export class Duck {
  private constructor(
    readonly database: Database,
    readonly connection: Connection,
    /** Folder for what does not fit in memory. */
    readonly spill: string,
    readonly onClose: () => Promise<void>,
  ) {}

  static async open(options: DuckOptions = {}): Promise<Duck> {
    const config = duckdb.create_config();
    duckdb.set_config(config, 'autoinstall_known_extensions', 'false');
    duckdb.set_config(config, 'autoload_known_extensions', 'false');
    if (options.threads !== undefined) duckdb.set_config(config, 'threads', String(Math.max(1, Math.floor(options.threads))));
    if (options.memory !== undefined) duckdb.set_config(config, 'memory_limit', `${Math.max(64, Math.floor(options.memory))}MB`);
    // else it would spill into the working folder; a folder of our own, because a name that others can guess is theirs to make first
    const folder = options.spill === undefined ? await temporaryFolder() : { path: options.spill, dispose: async () => undefined };
    try {
      duckdb.set_config(config, 'temp_directory', folder.path);
      const database = await duckdb.open(':memory:', config);
      return new Duck(database, await duckdb.connect(database), folder.path, folder.dispose);
    } catch (error) {
      await folder.dispose();
      throw error;
    }
  }

  /** From now on reads these files alone, writes nothing but what it spills, and cannot be told otherwise. */
  async confine(files: readonly string[]): Promise<void> {
    await this.run(`SET allowed_paths = [${files.map(quotedText).join(', ')}]`);
    await this.run('SET enable_external_access = false');
    await this.run('SET lock_configuration = true');
  }

  /**
   * Gives a query a name. Text that holds anything but one query is refused, because people run plans that others wrote.
   * @throws MillwrightError `SQL_FAILED`
   */
  async createView(name: string, sql: string): Promise<void> {
    const { extracted_statements: statements, statement_count: count } = await duckdb.extract_statements(this.connection, sql);
    // no statement means that it does not parse, which CREATE VIEW explains
    if (count > 1) throw notOneQuery(`has ${count} statements`);
    if (count === 1) {
      const statement = await duckdb.prepare_extracted_statement(this.connection, statements, 0);
      const type = duckdb.prepared_statement_type(statement);
      duckdb.destroy_prepare_sync(statement);
      if (type !== duckdb.StatementType.SELECT) throw notOneQuery('is no SELECT');
    }
    await this.run(`CREATE VIEW ${quotedName(name)} AS ${sql.trim().replace(/;\s*$/, '')}`);
  }

  /** Runs statements whose rows are not wanted. */
  async run(sql: string): Promise<void> {
    await duckdb.query(this.connection, sql);
  }

  /** Names and type ids of a query's columns, without running it; width and scale of decimals, else 0. */
  async describe(sql: string): Promise<{ name: string; type: number; width: number; scale: number }[]> {
    const statement = await duckdb.prepare(this.connection, sql);
    try {
      return Array.from({ length: duckdb.prepared_statement_column_count(statement) }, (_, i) => {
        const type = duckdb.prepared_statement_column_type(statement, i);
        const decimal = type === TYPE.decimal ? duckdb.prepared_statement_column_logical_type(statement, i) : undefined;
        return {
          name: duckdb.prepared_statement_column_name(statement, i),
          type,
          width: decimal ? duckdb.decimal_width(decimal) : 0,
          scale: decimal ? duckdb.decimal_scale(decimal) : 0,
        };
      });
    } finally {
      duckdb.destroy_prepare_sync(statement);
    }
  }

  /** The rows of a query, some thousand at a time, in order. */
  async *stream(sql: string): AsyncGenerator<DataChunk> {
    const statement = await duckdb.prepare(this.connection, sql);
    try {
      const result: Result = await duckdb.execute_prepared_streaming(statement);
      for (;;) {
        const chunk = await duckdb.fetch_chunk(result);
        if (!chunk || duckdb.data_chunk_get_size(chunk) === 0) return;
        yield chunk;
      }
    } finally {
      duckdb.destroy_prepare_sync(statement);
    }
  }

  /** Makes what is running fail. */
  interrupt(): void {
    duckdb.interrupt(this.connection);
  }

  async close(): Promise<void> {
    duckdb.disconnect_sync(this.connection);
    duckdb.close_sync(this.database);
    await this.onClose();
  }
}

/** What is asked must be one query. */
export function notOneQuery(how: string): MillwrightError {
  return new MillwrightError('SQL_FAILED', `The query ${how}.`, 'Give one SELECT; nothing else is run.');
}

/** A name as SQL quotes it. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** A text as SQL quotes it. */
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Number of rows in a chunk. */
export const chunkRows = (chunk: DataChunk): number => duckdb.data_chunk_get_size(chunk);

/** A DOUBLE column of a chunk; NULL is NaN. */
export function chunkNumbers(chunk: DataChunk, column: number): Float64Array {
  const rows = duckdb.data_chunk_get_size(chunk);
  const vector = duckdb.data_chunk_get_vector(chunk, column);
  const bytes = duckdb.vector_get_data(vector, rows * 8);
  // a copy: the chunk's memory goes with the chunk
  const values = new Float64Array(bytes.slice().buffer, 0, rows);
  const valid = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8);
  if (valid) for (let i = 0; i < rows; i++) if (((valid[i >> 3] as number) & (1 << (i & 7))) === 0) values[i] = Number.NaN;
  return values;
}

/** Cells of a chunk's VARCHAR column: `source[start[i], end[i])`, a start of −1 for NULL. */
export interface ChunkText {
  source: Buffer;
  start: Int32Array;
  end: Int32Array;
}

/** Strings closer than this share a page with a neighbour, so that the bytes between them may be read too. */
const NEAR = 2048;

/**
 * A VARCHAR column of a chunk. DuckDB's `duckdb_string_t` is 16 bytes: a length, then up to 12 bytes of text, or 4 bytes and the address
 * of the rest. Texts that lie side by side are fetched with one call, because a call costs a microsecond.
 */
export function chunkText(chunk: DataChunk, column: number): ChunkText {
  const rows = duckdb.data_chunk_get_size(chunk);
  const vector = duckdb.data_chunk_get_vector(chunk, column);
  const raw = duckdb.vector_get_data(vector, rows * 16);
  const valid = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const start = new Int32Array(rows);
  const end = new Int32Array(rows);
  const long: { row: number; address: number; length: number }[] = [];
  for (let i = 0; i < rows; i++) {
    if (valid && ((valid[i >> 3] as number) & (1 << (i & 7))) === 0) {
      start[i] = -1;
      end[i] = -1;
      continue;
    }
    const length = view.getUint32(i * 16, true);
    if (length <= 12) {
      start[i] = i * 16 + 4;
      end[i] = i * 16 + 4 + length;
    } else long.push({ row: i, address: view.getUint32(i * 16 + 8, true) + view.getUint32(i * 16 + 12, true) * 2 ** 32, length });
  }
  const inline = Buffer.from(raw.buffer as ArrayBuffer, raw.byteOffset, raw.byteLength);
  if (long.length === 0) return { source: Buffer.from(inline), start, end };
  long.sort((a, b) => a.address - b.address);
  const parts: Uint8Array[] = [inline];
  let base = inline.length;
  for (let i = 0; i < long.length; ) {
    const first = long[i] as (typeof long)[0];
    let stop = first.address + first.length;
    let next = i + 1;
    for (; next < long.length; next++) {
      const { address, length } = long[next] as (typeof long)[0];
      if (address - stop > NEAR) break;
      stop = Math.max(stop, address + length);
    }
    parts.push(duckdb.get_data_from_pointer(raw.buffer as ArrayBuffer, raw.byteOffset + first.row * 16 + 8, stop - first.address));
    for (; i < next; i++) {
      const { row, address, length } = long[i] as (typeof long)[0];
      start[row] = base + address - first.address;
      end[row] = (start[row] as number) + length;
    }
    base += stop - first.address;
  }
  return { source: Buffer.concat(parts), start, end };
}

/** Writes rows of text into a table, column by column. */
export class TextAppender {
  readonly #appender;
  constructor(duck: Duck, table: string) {
    this.#appender = duckdb.appender_create(duck.connection, null, table);
  }
  add(cells: readonly (string | number | null)[]): void {
    for (const cell of cells) {
      if (cell === null) duckdb.append_null(this.#appender);
      else if (typeof cell === 'number') duckdb.append_double(this.#appender, cell);
      else duckdb.append_varchar(this.#appender, cell);
    }
    duckdb.appender_end_row(this.#appender);
  }
  close(): void {
    duckdb.appender_close_sync(this.#appender);
  }
}
