import type { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import type { Schema } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import type { Finding } from '../../engine/automl/result.js';
import type { ColumnSample } from '../../engine/prep/column-sample.js';
import type { TargetCount } from '../../engine/prep/infer-task.js';
import { spelling } from '../../model/parse-cell.js';
import { columnsToRead, type ReadReport } from '../../model/table-from-rows.js';
import type { CellBatch, CellScanner, CellVector } from './cell-batch.js';
import { type BatchReader, batchReader, fromPhysical } from './column-reader.js';
import { profileScan } from './profile-scan.js';
import { RowPicker } from './row-picker.js';
import { type ReadLimits, Watch } from './watch.js';

export interface ReadOptions {
  /** Rows to read, ascending, as indices of the source. */
  rows?: Uint32Array;
  /** At most so many rows, chosen evenly by `seed` and kept in their order. */
  maxRows?: number;
  seed?: number;
  /** When it has passed, the rows read so far are the table; `rowsRead` and `truncated` of the source tell. An interrupt throws `INTERRUPTED`. */
  until?: Deadline;
  /** Stops after so many rows of the source: the `rowsRead` of a reading that ran out of time, to repeat it. */
  firstRows?: number;
  /** Collects what did not fit the schema. */
  report?: ReadReport;
}

/** Some rows of the source for scoring. */
export interface SourceBatch {
  table: Table;
  /** The kept columns as they are spelled, one list a column; an empty cell is an empty text. */
  kept: string[][];
  keptNames: string[];
}

/** An opened table: rows in their order, read as often as needed, never held as a whole. */
export interface DataSource {
  /** For people: a file's name, "standard input", "a query". */
  readonly label: string;
  readonly columns: readonly string[];
  /** NaN when opened with `streaming`; the rows that were seen, where the time was up before the end: then there are no others. */
  readonly rowCount: number;
  /** Rows of the source that the last pass of profile or `read` went through, whether it took them or not. */
  readonly rowsRead: number;
  /** Whether that pass, or the one that profiled the source, ended before the last row because the time was up. */
  readonly truncated: boolean;
  /** Of the files, as they lie on disk; 0 where there are none. */
  readonly bytes: number;
  /** SHA-256 of the content (of the files' bytes, or of the cells of a query); empty when opened with `streaming`, or where the time was up before the end. */
  readonly hash: string;
  /** What was noticed while opening. */
  readonly notes: readonly Finding[];
  samples(limits?: ReadLimits): Promise<ColumnSample[]>;
  /** Every different cell of a column with its exact count, most frequent first; at most `limit` of them. */
  counts(column: string, limit?: number): Promise<TargetCount[]>;
  /** The raw table with the schema's columns that are not ignored, target included, rows in the source's order. */
  read(schema: Schema, options?: ReadOptions): Promise<Table>;
  /**
   * All rows in order, about `size` at a time, for scoring. The target is read where the source has it.
   * @param keep columns to hand through as spelled
   */
  batches(
    schema: Schema,
    size: number,
    options?: { keep?: 'none' | 'all' | readonly string[]; report?: ReadReport },
  ): AsyncIterable<SourceBatch>;
  /** Whether `batches` may be asked for anew after this error, because the source has learned from it (a file's encoding, say). */
  recover(error: unknown): boolean;
  close(): Promise<void>;
}

/** Everything that a `DataSource` says of itself. */
export interface SourceFacts {
  label: string;
  bytes: number;
  hash: () => string;
  notes: Finding[];
  /** Whether a scan may begin anew after this error, because the scanner has learned from it. */
  recover?: (error: unknown) => boolean;
  /** Rows at the beginning that stand for all. */
  firstRows?: number;
  /** Whether only the beginning was copied. */
  truncated?: boolean;
  /** Gives up any pass. */
  signal?: AbortSignal;
}

export class ScannedSource implements DataSource {
  rowCount = Number.NaN;
  rowsRead = 0;
  readonly #places: ReadonlyMap<string, number>;
  /** The source was cut: there are no rows beyond those that were seen. */
  #cut: boolean;
  /** The last reading was. */
  #readCut = false;
  #samples: ColumnSample[] | undefined;

  constructor(
    readonly scanner: CellScanner,
    readonly facts: SourceFacts,
  ) {
    this.#cut = facts.truncated ?? false;
    this.#places = new Map(scanner.names.map((name, i) => [name, i]));
    if (scanner.rowCount !== undefined) this.rowCount = Math.min(scanner.rowCount, facts.firstRows ?? scanner.rowCount);
  }

  get truncated(): boolean {
    return this.#cut || this.#readCut;
  }

  get label(): string {
    return this.facts.label;
  }
  get columns(): readonly string[] {
    return this.scanner.names;
  }
  get bytes(): number {
    return this.facts.bytes;
  }
  get hash(): string {
    return this.facts.hash();
  }
  get notes(): readonly Finding[] {
    return this.facts.notes;
  }

  /** Goes through all rows once: counts, hashes and samples them. When the time is up, the rows so far are all there are from then on. */
  async profile(limits: ReadLimits = {}): Promise<void> {
    const all = this.scanner.names.map((_, c) => c);
    let pass = newPass();
    const found = await this.#retrying(() => {
      pass = newPass();
      return profileScan(this.scanner, this.#scan(all, limits, pass));
    });
    this.rowsRead = pass.rows;
    this.#cut ||= pass.cut;
    this.rowCount = found.rowCount;
    this.#samples = found.samples;
    if (found.rowCount === 0) throw new MillwrightError('DATA_EMPTY', `${this.label} has no rows.`, 'Give a table with at least one row.');
  }

  async samples(limits: ReadLimits = {}): Promise<ColumnSample[]> {
    if (!this.#samples) await this.profile(limits);
    return this.#samples as ColumnSample[];
  }

  async counts(column: string, limit = 2000): Promise<TargetCount[]> {
    const sample = this.#samples?.find((s) => s.name === column);
    if (sample && sample.rows === sample.totalRows && sample.distinct === sample.sample.length) {
      return sorted(sample.sample.map((value, i) => ({ value, count: sample.counts[i] as number }))).slice(0, limit);
    }
    const at = this.#index(column);
    const physical = this.scanner.physical[at] ?? 'text';
    const reader = batchReader(
      { name: column, type: 'category', use: 'target', reason: '', missing: [], stats: { rows: 0, missing: 0, distinct: 0, top: [] } },
      physical,
      1 << 16,
    );
    for await (const batch of this.#scan([at])) reader.add(batch.vectors[0] as CellVector, batch.rows, undefined);
    const found = reader.finish();
    if (found.kind !== 'category') return [];
    const counts = new Float64Array(found.levels.length);
    for (const code of found.codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
    return sorted(found.levels.map((value, i) => ({ value, count: counts[i] as number }))).slice(0, limit);
  }

  async read(schema: Schema, options: ReadOptions = {}): Promise<Table> {
    const columns = columnsToRead(schema, true);
    const indices = columns.map((c) => this.#index(c.name));
    if (options.maxRows !== undefined && Number.isNaN(this.rowCount)) await this.profile({ deadline: options.until });
    const picker = new RowPicker(this.rowCount, options);
    const capacity = picker.count;
    let readers: BatchReader[] = [];
    let rows = 0;
    let pass = newPass();
    await this.#retrying(async () => {
      pass = newPass(options.firstRows);
      readers = columns.map((c, i) => batchReader(c, this.scanner.physical[indices[i] as number] ?? 'text', capacity));
      rows = 0;
      picker.restart();
      for await (const batch of this.#scan(indices, { deadline: options.until }, pass)) {
        const picked = picker.next(batch.rows);
        if (picked && picked.length === 0) {
          if (picker.done) break;
          continue;
        }
        for (let c = 0; c < readers.length; c++) (readers[c] as BatchReader).add(batch.vectors[c] as CellVector, batch.rows, picked);
        rows += picked ? picked.length : batch.rows;
      }
    });
    this.rowsRead = pass.rows;
    this.#readCut = pass.cut;
    tell(
      options.report,
      readers,
      columns.map((c) => c.name),
    );
    return new Table(
      readers.map((r) => r.finish()),
      rows,
    );
  }

  async *batches(
    schema: Schema,
    size: number,
    options: { keep?: 'none' | 'all' | readonly string[]; report?: ReadReport } = {},
  ): AsyncIterable<SourceBatch> {
    const keep = options.keep ?? 'none';
    const keptNames = keep === 'none' ? [] : keep === 'all' ? [...this.columns] : [...keep];
    const keptAt = keptNames.map((name) => this.#index(name));
    const columns = columnsToRead(schema, true).filter((c) => c.use !== 'target' || this.#places.has(c.name));
    const at = columns.map((c) => this.#places.get(c.name));
    const wanted = [...new Set([...at.filter((i) => i !== undefined), ...keptAt])];
    const place = new Map(wanted.map((i, slot) => [i, slot]));
    const slots = at.map((i) => (i === undefined ? undefined : place.get(i)));
    const keptSlots = keptAt.map((i) => place.get(i) as number);
    const { report } = options;
    if (report) {
      report.missingColumns.push(...columns.filter((_, i) => at[i] === undefined).map((c) => c.name));
      const schemaNames = new Set(schema.columns.map((c) => c.name));
      report.extraColumns.push(...this.columns.filter((name) => !schemaNames.has(name)));
    }
    let readers: BatchReader[] = [];
    let kept: string[][] = [];
    let rows = 0;
    const restart = (): void => {
      readers = columns.map((c, i) => batchReader(c, this.scanner.physical[at[i] ?? -1] ?? 'text', size));
      kept = keptNames.map(() => []);
      rows = 0;
    };
    const finish = (): SourceBatch => {
      tell(
        report,
        readers,
        columns.map((c) => c.name),
      );
      const table = new Table(
        readers.map((r) => r.finish()),
        rows,
      );
      return { table, kept, keptNames };
    };
    restart();
    for await (const batch of this.#scan(wanted)) {
      for (let from = 0; from < batch.rows; ) {
        const take = Math.min(size - rows, batch.rows - from);
        const picked = from === 0 && take === batch.rows ? undefined : Int32Array.from({ length: take }, (_, i) => from + i);
        columns.forEach((_, c) => {
          const slot = slots[c];
          const vector: CellVector =
            slot === undefined
              ? { kind: 'numbers', values: new Float64Array(batch.rows).fill(Number.NaN) }
              : (batch.vectors[slot] as CellVector);
          (readers[c] as BatchReader).add(vector, batch.rows, picked);
        });
        keptAt.forEach((i, c) => {
          const vector = batch.vectors[keptSlots[c] as number] as CellVector;
          const physical = this.scanner.physical[i] ?? 'text';
          const cells = kept[c] as string[];
          for (let r = from; r < from + take; r++) cells.push(spelledCell(vector, r, physical));
        });
        rows += take;
        from += take;
        if (rows === size) {
          yield finish();
          restart();
        }
      }
    }
    if (rows > 0) yield finish();
  }

  recover(error: unknown): boolean {
    return this.facts.recover?.(error) ?? false;
  }

  async close(): Promise<void> {
    await this.scanner.close();
  }

  /** The rows that stand for all, until the time is up; one batch at least. */
  async *#scan(indices: readonly number[], limits: ReadLimits = {}, pass = newPass()): AsyncGenerator<CellBatch> {
    const watch = new Watch({ deadline: limits.deadline, signal: limits.signal ?? this.facts.signal });
    const { firstRows = Number.POSITIVE_INFINITY } = this.facts;
    // a source that was not cut is read to its very end, which completes the hash
    const most = Math.min(pass.most, firstRows, this.#cut ? this.rowCount : Number.POSITIVE_INFINITY);
    watch.check();
    for await (const batch of this.scanner.scan(indices)) {
      const rows = Math.min(batch.rows, most - pass.rows);
      pass.rows += rows;
      yield { ...batch, rows };
      if (pass.rows >= most) return;
      if (!(await watch.over()) || pass.rows === this.rowCount) continue;
      pass.cut = true;
      return;
    }
  }

  async #retrying<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      if (!this.recover(error)) throw error;
      return await this.#retrying(work);
    }
  }

  #index(name: string): number {
    const at = this.#places.get(name);
    if (at === undefined)
      throw new MillwrightError(
        'COLUMN_NOT_FOUND',
        `${this.label} has no column "${name}".`,
        `Its columns are ${this.columns
          .slice(0, 20)
          .map((n) => `"${n}"`)
          .join(', ')}${this.columns.length > 20 ? ', …' : ''}.`,
      );
    return at;
  }
}

/** How far a pass over the rows has come, and where it is to end. */
interface Pass {
  rows: number;
  most: number;
  cut: boolean;
}

function newPass(most = Number.POSITIVE_INFINITY): Pass {
  return { rows: 0, most, cut: false };
}

function sorted(counts: TargetCount[]): TargetCount[] {
  return counts.sort((a, b) => b.count - a.count);
}

function tell(report: ReadReport | undefined, readers: readonly BatchReader[], names: readonly string[]): void {
  if (!report) return;
  readers.forEach((reader, i) => {
    const name = names[i] as string;
    if (reader.unreadable > 0) report.unreadable.set(name, (report.unreadable.get(name) ?? 0) + reader.unreadable);
  });
}

function spelledCell(vector: CellVector, row: number, physical: Parameters<typeof fromPhysical>[1]): string {
  if (vector.kind === 'bytes') {
    const k = row * vector.stride + vector.offset;
    const start = vector.start[k] as number;
    return start < 0 ? '' : vector.source.toString('utf8', start, vector.end[k]);
  }
  const cell = vector.kind === 'numbers' ? fromPhysical(vector.values[row] as number, physical) : vector.values[row];
  return spelling(cell) ?? '';
}
