import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { basename } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import type { CellBatch, CellScanner } from './cell-batch.js';
import { sniffCsv } from './csv-dialect.js';
import { CsvCutter, type CsvDialect } from './csv-records.js';
import { refuseBinary } from './file-kind.js';
import { asUtf8, encodingOf, fileBlocks, type TextEncoding } from './text-blocks.js';

/** A text table on disk. */
export interface CsvFile {
  path: string;
  gzip: boolean;
  /** Tab for .tsv. */
  delimiter?: string;
}

/** What opening one file found. */
interface OpenedCsv extends CsvFile {
  label: string;
  encoding: TextEncoding;
  dialect: CsvDialect;
  names: string[];
}

const HEAD_BYTES = 1 << 20;

/** Cells that turn out not to be UTF-8 after a beginning that was. */
class NotUtf8 extends MillwrightError {
  constructor(readonly file: OpenedCsv) {
    super('DATA_UNREADABLE', `${file.label} begins as UTF-8 but holds other bytes further on.`, 'Save the file as UTF-8.');
  }
}

/** Reads one or more text tables of the same columns, in order, without holding them. */
export class CsvScanner implements CellScanner {
  readonly physical;
  /** SHA-256 of the files' bytes, known once a scan has gone through all of them. */
  hash: string | undefined;

  private constructor(
    readonly files: OpenedCsv[],
    readonly names: readonly string[],
  ) {
    this.physical = names.map(() => 'text' as const);
  }

  /** @throws MillwrightError `DATA_EMPTY`, `DATA_BINARY`, `DATA_DUPLICATE_COLUMNS`, `DATA_RAGGED` (files of different columns) */
  static async open(files: readonly CsvFile[]): Promise<CsvScanner> {
    const opened: OpenedCsv[] = [];
    for (const file of files) opened.push(await openCsv(file));
    const first = opened[0] as OpenedCsv;
    for (const other of opened) {
      if (other.names.length !== first.names.length || (other.dialect.header && other.names.some((n, i) => n !== first.names[i])))
        throw new MillwrightError(
          'DATA_RAGGED',
          `${other.label} and ${first.label} have different columns.`,
          'Files that are read together need the same columns in the same order; read others with --sql.',
        );
    }
    return new CsvScanner(opened, first.names);
  }

  get encodings(): TextEncoding[] {
    return this.files.map((f) => f.encoding);
  }

  get dialect(): CsvDialect {
    return (this.files[0] as OpenedCsv).dialect;
  }

  async *scan(wanted: readonly number[]): AsyncIterable<CellBatch> {
    const hash = this.hash === undefined ? createHash('sha256') : undefined;
    for (const file of this.files) yield* this.#scanFile(file, wanted, hash);
    if (hash) this.hash = hash.digest('hex');
  }

  async *#scanFile(file: OpenedCsv, wanted: readonly number[], hash: Hash | undefined): AsyncIterable<CellBatch> {
    const columns = this.names.length;
    const cutter = new CsvCutter(file.dialect, columns, file.label);
    const batchOf = (block: Buffer, last: boolean): CellBatch | undefined => {
      const { source, rows, start, end } = cutter.cut(block, last);
      if (rows === 0) return undefined;
      if (file.encoding === 'utf-8' && !isUtf8(source.subarray(0, end[rows * columns - 1]))) throw new NotUtf8(file);
      return { rows, vectors: wanted.map((c) => ({ kind: 'bytes', source, start, end, stride: columns, offset: c })) };
    };
    let pending: Buffer | undefined;
    for await (const block of asUtf8(fileBlocks(file.path, file.gzip, hash), file.encoding)) {
      if (pending !== undefined) {
        const batch = batchOf(pending, false);
        if (batch) yield batch;
      }
      pending = block;
    }
    const batch = batchOf(pending ?? Buffer.alloc(0), true);
    if (batch) yield batch;
  }

  /** True when the error says that a file is not UTF-8 after all; that file is then read as Windows-1252. */
  recover(error: unknown): boolean {
    if (!(error instanceof NotUtf8) || !this.files.includes(error.file)) return false;
    error.file.encoding = 'windows-1252';
    return true;
  }

  async close(): Promise<void> {}
}

async function openCsv(file: CsvFile): Promise<OpenedCsv> {
  const label = file.path === '' ? 'standard input' : basename(file.path);
  const parts: Buffer[] = [];
  let size = 0;
  let whole = true;
  for await (const block of fileBlocks(file.path, file.gzip)) {
    parts.push(block);
    size += block.length;
    if (size >= HEAD_BYTES) {
      whole = false;
      break;
    }
  }
  const head = Buffer.concat(parts);
  const encoding = encodingOf(head, whole);
  refuseBinary(head, encoding, label);
  const text = new TextDecoder(encoding).decode(head).replace(/^\ufeff/, '');
  if (text.trim() === '')
    throw new MillwrightError('DATA_EMPTY', `${label} is empty.`, 'Give a table with a header line and at least one row.');
  const { dialect, names, rowsSeen } = sniffCsv(text, whole, file.delimiter);
  if (rowsSeen === 0 && whole)
    throw new MillwrightError(
      'DATA_EMPTY',
      `${label} has a header line but no rows.`,
      'Give a table with at least one row below the header.',
    );
  refuseRepeats(names, label);
  return { ...file, label, encoding, dialect, names };
}

/** @throws MillwrightError `DATA_DUPLICATE_COLUMNS` */
export function refuseRepeats(names: readonly string[], label: string): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  if (twice.size === 0) return;
  const list = [...twice]
    .slice(0, 5)
    .map((n) => `"${n}"`)
    .join(', ');
  throw new MillwrightError('DATA_DUPLICATE_COLUMNS', `${label} has more than one column ${list}.`, 'Give every column a name of its own.');
}
