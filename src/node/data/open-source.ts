import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MillwrightError } from '../../core/errors.js';
import type { Finding } from '../../engine/automl/result.js';
import { type CsvFile, CsvScanner } from './csv-scanner.js';
import { type DataSource, ScannedSource, type SourceFacts } from './data-source.js';
import { COPY, copyPostgres, copySqlite } from './databases.js';
import { Duck, type DuckOptions, quotedText } from './duck.js';
import { sqlError } from './duck-error.js';
import { DuckScanner } from './duck-scanner.js';
import { type FileKind, isGzip, kindByBytes, refuseBinary } from './file-kind.js';
import { resolvePaths } from './resolve-paths.js';
import { temporaryFolder } from './temporary.js';
import { encodingOf, fileBlocks } from './text-blocks.js';
import { type ReadLimits, Watch } from './watch.js';

/** What to read. */
export interface SourceRequest {
  /** Paths, globs, `-` (standard input), `postgres://…`, `sqlite:path`. */
  from: readonly string[];
  /** A query over the files, called `data`; or over the database. */
  sql?: string;
}

export interface SourceOptions extends DuckOptions, ReadLimits {
  /** Reads so many rows alone, those at the beginning: the `rowCount` of a source that was cut because the time was up, to repeat it. */
  firstRows?: number;
  /** For one pass over `batches` alone: nothing is counted, hashed or sampled beforehand. */
  streaming?: boolean;
  /** In place of the process's standard input. */
  stdin?: AsyncIterable<Uint8Array>;
}

interface InputFile {
  path: string;
  label: string;
  kind: FileKind;
  gzip: boolean;
  bytes: number;
}

const kept = ({ firstRows, signal }: SourceOptions): Partial<SourceFacts> => ({ firstRows, signal });
const limited = ({ deadline, firstRows }: SourceOptions): boolean => deadline !== undefined || firstRows !== undefined;
const unit = async (): Promise<void> => undefined;

/**
 * Opens tables for reading. Unless `streaming`, all rows are gone through once: they are counted, hashed and sampled, and a row that does
 * not fit is reported now and not in the middle of the work. When the deadline passes meanwhile, the rows so far are the table (`truncated`);
 * a query or standard input cannot be cut before its first row.
 * @throws MillwrightError `DATA_NOT_FOUND`, `DATA_EMPTY`, `DATA_UNREADABLE`, `DATA_BINARY`, `DATA_RAGGED`, `DATA_DUPLICATE_COLUMNS`, `DATA_TOO_LARGE`, `SQL_FAILED`, `USAGE`, `INTERRUPTED`
 * @example const source = await openSource({ from: ['sales-*.csv.gz'] }); const schema = inferSchema(await source.samples(), { target: 'price' });
 */
export async function openSource(request: SourceRequest, options: SourceOptions = {}): Promise<DataSource> {
  const { from, sql } = request;
  if (from.length === 0)
    throw new MillwrightError('USAGE', 'No data was named.', 'Give a file, a glob, - for standard input, or a database.');
  const first = from[0] as string;
  if (/^postgres(ql)?:\/\//.test(first) || /^sqlite:/.test(first)) return await openDatabase(from, sql, options);
  if (from.includes('-')) return await openStdin(request, options);
  const files = await Promise.all((await resolvePaths(from)).map(inspect));
  return await openFiles(files, sql, options, unit, files.length === 1 ? (files[0] as InputFile).label : `${files.length} files`);
}

async function openFiles(
  files: InputFile[],
  sql: string | undefined,
  options: SourceOptions,
  dispose: () => Promise<void>,
  label: string,
): Promise<DataSource> {
  const kinds = new Set(files.map((f) => f.kind));
  if (kinds.size > 1)
    throw new MillwrightError('USAGE', `The files are of different kinds: ${[...kinds].join(', ')}.`, 'Read files of one kind at a time.');
  const kind = (files[0] as InputFile).kind;
  const bytes = files.reduce((sum, f) => sum + f.bytes, 0);
  if (kind === 'sqlite')
    return await openDatabase(
      files.map((f) => `sqlite:${f.path}`),
      sql,
      options,
    );
  if (kind === 'csv' && sql === undefined) return await openCsvFiles(files, options, dispose, label, bytes);
  return await openInDuck(files, kind, sql, options, dispose, label, bytes);
}

async function openCsvFiles(
  files: readonly InputFile[],
  options: SourceOptions,
  dispose: () => Promise<void>,
  label: string,
  bytes: number,
): Promise<DataSource> {
  const scanner = await CsvScanner.open(files.map(csvFile));
  const close = scanner.close.bind(scanner);
  scanner.close = async () => {
    await close();
    await dispose();
  };
  const notes: Finding[] = [];
  let opened = false;
  const recover = (error: unknown): boolean => {
    const learned = scanner.recover(error);
    if (learned && opened) notes.splice(0, notes.length, ...notes.filter((n) => n.code !== 'encoding'), ...encodingNotes(scanner));
    return learned;
  };
  const source = new ScannedSource(scanner, { label, bytes, hash: () => scanner.hash ?? '', notes, recover, ...kept(options) });
  if (!options.streaming) await source.profile(options);
  if (!scanner.dialect.header)
    notes.push({
      level: 'warning',
      code: 'no-header',
      message: `${label} has no line of column names; the columns are called column_1 to column_${scanner.names.length}.`,
    });
  notes.push(...encodingNotes(scanner));
  opened = true;
  return source;
}

/** Says which files were not UTF-8. */
function encodingNotes({ files }: CsvScanner): Finding[] {
  const odd = files.filter((f) => f.encoding !== 'utf-8');
  const [first] = odd;
  if (first === undefined) return [];
  const names = `${first.label}${odd.length > 1 ? ` and ${odd.length - 1} more` : ''}`;
  const message =
    first.encoding === 'windows-1252'
      ? `${names} ${odd.length > 1 ? 'are' : 'is'} not UTF-8; ${odd.length > 1 ? 'they were' : 'it was'} read as Latin-1 (Windows-1252).`
      : `${names} ${odd.length > 1 ? 'were' : 'was'} read as ${first.encoding.toUpperCase()}.`;
  return [{ level: 'info', code: 'encoding', message }];
}

function csvFile(file: InputFile): CsvFile {
  return { path: file.path, gzip: file.gzip, delimiter: /\.(tsv|tab)(\.gz)?$/i.test(file.path) ? '\t' : undefined };
}

async function openInDuck(
  files: InputFile[],
  kind: FileKind,
  sql: string | undefined,
  options: SourceOptions,
  dispose: () => Promise<void>,
  label: string,
  bytes: number,
): Promise<DataSource> {
  const duck = await Duck.open(options);
  try {
    const paths = files.map((f) => resolve(f.path));
    const list = `[${paths.map((path) => quotedText(literalPath(path))).join(', ')}]`;
    // folders called a=1 make no columns
    let reader = `read_parquet(${list}, hive_partitioning = false)`;
    if (kind === 'json') reader = `read_json(${list}, sample_size = -1, maximum_object_size = 67108864, hive_partitioning = false)`;
    if (kind === 'csv') reader = await duckCsv(files, list);
    const what = sql === undefined ? label : 'The query';
    const watch = new Watch(options);
    const scanner = await watch.during(
      () => duck.interrupt(),
      async () => {
        await duck.run(`CREATE VIEW data AS SELECT * FROM ${reader}`);
        await duck.confine([...paths, ...paths.map(literalPath)]);
        if (sql !== undefined) await duck.createView('asked', sql);
        return await DuckScanner.open(duck, sql === undefined ? 'data' : 'asked', what, dispose, !options.streaming);
      },
    );
    const hash = options.streaming ? '' : await hashFiles(files, sql, watch);
    const facts = { label: sql === undefined ? label : `a query over ${label}`, bytes, hash: () => hash, notes: [], ...kept(options) };
    const source = guarded(new ScannedSource(scanner, facts), what, duck);
    if (!options.streaming && limited(options)) await source.profile(options);
    return source;
  } catch (error) {
    await duck.close();
    await dispose();
    throw sqlError(error, sql === undefined ? label : 'The query');
  }
}

/** Signs that DuckDB would take for a pattern stand for themselves. */
const literalPath = (path: string): string => path.replace(/[*?[]/g, '[$&]');

/** The files for a query: separator and header as found here, types as DuckDB finds them. */
async function duckCsv(files: readonly InputFile[], list: string): Promise<string> {
  const scanner = await CsvScanner.open(files.map(csvFile));
  const { delimiter, quote, comment, skip, header } = scanner.dialect;
  const encoding =
    scanner.encodings[0] === 'utf-8' ? '' : `, encoding = ${quotedText(scanner.encodings[0] === 'windows-1252' ? 'latin-1' : 'utf-16')}`;
  const names = `, names = [${scanner.names.map(quotedText).join(', ')}]`;
  return `read_csv(${list}, delim = ${quotedText(delimiter === '\u0000' ? ',' : delimiter)}, quote = ${quotedText(quote)}, escape = ${quotedText(quote)}, comment = ${quotedText(comment)}, skip = ${skip}, header = ${header}, nullstr = ['', 'NA', '?'], sample_size = 100000, strict_mode = false, hive_partitioning = false${encoding}${names})`;
}

async function openDatabase(from: readonly string[], sql: string | undefined, options: SourceOptions): Promise<DataSource> {
  if (from.length > 1) throw new MillwrightError('USAGE', 'A database cannot be read together with other data.', 'Name one database.');
  const url = from[0] as string;
  const postgres = url.startsWith('postgres');
  if (postgres && sql === undefined)
    throw new MillwrightError(
      'USAGE',
      'A PostgreSQL database needs a query.',
      'Say what to read, for instance --sql "SELECT * FROM a_table".',
    );
  const duck = await Duck.open(options);
  try {
    const path = url.replace(/^sqlite:(\/\/)?/, '');
    const copied = postgres ? await copyPostgres(duck, url, sql as string, options) : await copySqlite(duck, path, sql, options);
    const scanner = await DuckScanner.open(duck, COPY, 'The query', unit, true, copied.names);
    const label = sql === undefined ? basename(path) : `a query of ${postgres ? 'PostgreSQL' : basename(path)}`;
    return new ScannedSource(scanner, {
      label,
      bytes: 0,
      hash: () => copied.hash,
      notes: [],
      ...kept(options),
      truncated: copied.truncated,
    });
  } catch (error) {
    await duck.close();
    throw sqlError(error, 'The query');
  }
}

/** Standard input is kept in a file while it is needed, because it can be read but once. */
async function openStdin(request: SourceRequest, options: SourceOptions): Promise<DataSource> {
  if (request.from.length > 1) throw new MillwrightError('USAGE', 'Standard input cannot be read together with files.', 'Give - alone.');
  if (!options.stdin && process.stdin.isTTY)
    throw new MillwrightError(
      'USAGE',
      'Nothing is piped into standard input.',
      'Pipe a table into the command, or name a file instead of "-".',
    );
  const folder = await temporaryFolder();
  try {
    const path = join(folder.path, 'input');
    const watch = new Watch(options);
    watch.check();
    await pipeline(options.stdin ?? process.stdin, createWriteStream(path), { signal: options.signal }).catch((error: unknown) => {
      watch.check();
      throw error;
    });
    const file = await inspect(path);
    return await openFiles([{ ...file, label: 'standard input' }], request.sql, options, folder.dispose, 'standard input');
  } catch (error) {
    await folder.dispose();
    throw error;
  }
}

/** @throws MillwrightError `DATA_EMPTY`, `DATA_UNREADABLE`, `DATA_BINARY` */
async function inspect(path: string): Promise<InputFile> {
  const label = basename(path);
  const { size } = await stat(path);
  if (size === 0) throw new MillwrightError('DATA_EMPTY', `${label} is empty.`, 'Give a table with a header line and at least one row.');
  let head: Buffer<ArrayBufferLike> = Buffer.alloc(Math.min(size, 4096));
  try {
    const file = await open(path);
    await file.read(head, 0, head.length, 0);
    await file.close();
  } catch (cause) {
    throw new MillwrightError(
      'DATA_UNREADABLE',
      `${path} cannot be opened: ${(cause as Error).message}`,
      'Check that you may read the file.',
      { cause },
    );
  }
  const gzip = isGzip(head);
  if (gzip) {
    head = Buffer.alloc(0);
    for await (const block of fileBlocks(path, true)) {
      head = block.subarray(0, 4096);
      break;
    }
    if (head.length === 0)
      throw new MillwrightError('DATA_EMPTY', `${label} is empty once unpacked.`, 'Give a table with a header line and at least one row.');
  }
  const byBytes = kindByBytes(head);
  const name = label.toLowerCase().replace(/\.gz$/, '');
  const byName: FileKind | undefined = /\.(json|ndjson|jsonl)$/.test(name) ? 'json' : /\.(parquet|pq)$/.test(name) ? 'parquet' : undefined;
  if (byBytes === 'parquet' || byBytes === 'sqlite') return { path, label, kind: byBytes, gzip, bytes: size };
  if (byName === 'parquet') throw new MillwrightError('DATA_UNREADABLE', `${label} is no Parquet file.`, 'Fetch or write the file again.');
  refuseBinary(head, encodingOf(head, size <= 4096), label);
  const isCsv = /\.(csv|tsv|tab)$/.test(name);
  return { path, label, kind: byName ?? (byBytes === 'json' && !isCsv ? 'json' : 'csv'), gzip, bytes: size };
}

async function hashFiles(files: readonly InputFile[], sql: string | undefined, watch: Watch): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files)
    for await (const block of createReadStream(file.path, { highWaterMark: 1 << 20 })) {
      watch.check();
      hash.update(block as Buffer);
    }
  if (sql !== undefined) hash.update(`\n${sql}`);
  return hash.digest('hex');
}

/** What DuckDB says while rows are read is said in our words. */
function guarded(source: ScannedSource, what: string, duck: Duck): ScannedSource {
  const { scanner, facts } = source;
  const scan = scanner.scan.bind(scanner);
  scanner.scan = async function* (wanted) {
    const stop = (): void => duck.interrupt();
    facts.signal?.addEventListener('abort', stop, { once: true });
    try {
      yield* scan(wanted);
    } catch (error) {
      new Watch(facts).check();
      throw sqlError(error, what);
    } finally {
      facts.signal?.removeEventListener('abort', stop);
    }
  };
  return source;
}
