import { StringDecoder } from 'node:string_decoder';
import { MillwrightError } from '../../core/errors.js';
import type { Schema } from '../../core/schema.js';
import { openSource, type SourceOptions } from './open-source.js';

/** Rows in their order, some at a time, as raw cells. */
export interface RowStream {
  /** For people. */
  readonly label: string;
  /** Of the cells of a row; settled by the first batch. */
  readonly names: readonly string[];
  batches(): AsyncIterable<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

const BATCH = 512;
/** Bytes that a line of standard input may have. */
const LONGEST_LINE = 16 * 1024 * 1024;
const MOST_NAMES = 20_000;
const ALL: Schema = { columns: [] };

/**
 * Opens files, a query, or standard input (`-`). NDJSON on standard input is read while it comes; everything else is opened as a table.
 * @param look rows of NDJSON whose keys are the columns
 * @param known columns, when they are known already
 * @throws MillwrightError as `openSource`
 */
export async function openRows(
  from: readonly string[],
  sql: string | undefined,
  look: number,
  known: readonly string[] | undefined,
  options: SourceOptions = {},
): Promise<RowStream> {
  const fromStdin = from.length === 1 && from[0] === '-' && (options.stdin !== undefined || !process.stdin.isTTY);
  const piped = fromStdin ? await peeked(options.stdin ?? process.stdin) : undefined;
  if (piped?.brace && sql === undefined) return new LineStream(piped.bytes, look, known);
  const source = await openSource({ from, sql }, { streaming: true, ...options, ...(piped && { stdin: piped.bytes }) });
  return {
    label: source.label,
    names: source.columns,
    async *batches() {
      let given = 0;
      for (let again = true; again; ) {
        again = false;
        let at = 0;
        try {
          for await (const { kept } of source.batches(ALL, BATCH, { keep: 'all' })) {
            const count = kept[0]?.length ?? 0;
            const from = Math.max(0, given - at);
            at += count;
            if (from >= count) continue;
            given = at;
            yield Array.from({ length: count - from }, (_, row) => kept.map((column) => column[from + row]));
          }
        } catch (error) {
          // the source knows its encoding better now; rows that were given already are passed over
          if (!source.recover(error)) throw error;
          again = true;
        }
      }
    },
    close: () => source.close(),
  };
}

type Bytes = AsyncIterable<Uint8Array>;

/** Looks at the first bytes: whether they begin an object, and all bytes with them. */
async function peeked(input: Bytes): Promise<{ brace: boolean; bytes: Bytes }> {
  const chunks = input[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let brace: boolean | undefined;
  while (brace === undefined) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    const text = Buffer.from(next.value).toString('latin1').trimStart();
    if (text !== '') brace = text.startsWith('{');
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { brace: brace ?? false, bytes: bytes() };
}

/** The keys of rows, those that came first at the beginning. @throws MillwrightError `DATA_TOO_LARGE` */
export function namesIn(rows: readonly object[]): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const key of Object.keys(row)) names.add(key);
  if (names.size > MOST_NAMES)
    throw new MillwrightError(
      'DATA_TOO_LARGE',
      `The first rows have ${names.size} different keys.`,
      `At most ${MOST_NAMES} columns can be read.`,
    );
  return [...names];
}

class LineStream implements RowStream {
  readonly label = 'standard input';
  names: readonly string[] = [];

  constructor(
    private readonly input: Bytes,
    private readonly look: number,
    private readonly known: readonly string[] | undefined,
  ) {}

  async *batches(): AsyncGenerator<unknown[][]> {
    let first: Record<string, unknown>[] | undefined = this.known ? undefined : [];
    if (this.known) this.names = this.known;
    const settle = (rows: readonly Record<string, unknown>[]): unknown[][] => {
      this.names = namesIn(rows);
      return rows.map((row) => this.#cells(row));
    };
    let failure: unknown;
    const lines = this.#objects();
    for (;;) {
      // rows that came before a bad line are handed over first
      const next = await lines.next().catch((error: unknown) => {
        failure = error;
        return { done: true, value: undefined } as const;
      });
      if (next.done || next.value === undefined) break;
      if (!first) yield next.value.map((row) => this.#cells(row));
      else {
        first.push(...next.value);
        if (first.length < this.look) continue;
        const rows = settle(first);
        first = undefined;
        yield rows;
      }
    }
    if (first && first.length > 0) yield settle(first);
    if (failure !== undefined) throw failure;
  }

  #cells(row: Record<string, unknown>): unknown[] {
    return this.names.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined));
  }

  /** The objects of the lines that each chunk completes. */
  async *#objects(): AsyncGenerator<Record<string, unknown>[]> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    let at = 0;
    for await (const chunk of this.input) {
      const text = rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      const lines = text.split('\n');
      rest = lines.pop() as string;
      const rows: Record<string, unknown>[] = [];
      for (const line of lines) {
        at++;
        const row = readLine(line);
        if (row === 'bad') {
          yield rows;
          throw badLine(at);
        }
        if (row) rows.push(row);
      }
      if (rest.length > LONGEST_LINE)
        throw new MillwrightError(
          'DATA_TOO_LARGE',
          `Line ${at + 1} of standard input is longer than ${LONGEST_LINE} characters.`,
          'End each row with a line feed.',
        );
      if (rows.length > 0) yield rows;
    }
    const row = readLine(rest + decoder.end());
    if (row === 'bad') throw badLine(at + 1);
    if (row) yield [row];
  }

  async close(): Promise<void> {
    // the end of the process closes it
  }
}

function readLine(line: string): Record<string, unknown> | 'bad' | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : 'bad';
  } catch {
    return 'bad';
  }
}

function badLine(at: number): MillwrightError {
  return new MillwrightError('DATA_UNREADABLE', `Line ${at} of standard input is no JSON object.`, 'Write one object a line (NDJSON).');
}
