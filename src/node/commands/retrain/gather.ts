import { isAbsolute, join } from 'node:path';
import { MillwrightError } from '../../../core/errors.js';
import type { ColumnSchema } from '../../../core/schema.js';
import { cellReader, spelling } from '../../../model/parse-cell.js';
import { openSource } from '../../data/open-source.js';
import type { Json, LabelledRow } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { duckShare } from '../duck-share.js';
import { recordedData } from '../recorded-data.js';
import type { Champion, RowSource } from './champion.js';
import type { Gathered, RetrainInput } from './job-input.js';

/** Rows of the past at most; of more, the latest. */
const MOST_ROWS = 500_000;
const MOST_TEST = 10_000;
const FEWEST_TEST = 20;
/** Share of the rows that the champion has not seen on which both are compared. */
const TEST_SHARE = 0.3;

/** Rows as they are spelled, a text a cell. */
interface Rows {
  columns: string[];
  cells: string[][];
}

/**
 * Gathers the rows of a retraining: the champion's source and the labelled rows of the store in the order in which they were asked, or what was given
 * instead. The latest of those that the champion has not learned from are kept out, to compare on.
 * @returns nothing when there are too few of them
 * @throws MillwrightError as reading does; `DATA_CHANGED` when the champion has learned from the given rows already
 */
export async function gather(
  store: Store,
  champion: Champion,
  asked: RetrainInput,
  minimum: number,
  signal: AbortSignal,
): Promise<Gathered | { fresh: number; minimum: number }> {
  const notes: string[] = [];
  const given = asked.data.length > 0;
  // what is told from here on, no successor has learned from, even if it is there when the rows are read
  const until = new Date(Date.now() + 1).toISOString();
  const { rows, fresh, fromFeedback, source } = given
    ? await fromGiven(champion, asked, notes, signal)
    : await fromStore(store, champion, asked.model, until, notes, signal);
  if (fresh < minimum) return { fresh, minimum };
  sortByTime(rows, rows.cells.length - fresh, champion);
  const testRows = Math.max(FEWEST_TEST, Math.min(MOST_TEST, Math.floor(TEST_SHARE * fresh)));
  const most = Math.max(10 * testRows, Math.min(MOST_ROWS, champion.plan.data.maxRows ?? MOST_ROWS));
  const all = rows.cells.slice(-most);
  if (all.length < rows.cells.length) notes.push(`Of ${rows.cells.length} rows, the latest ${most} were taken.`);
  const pool = all.slice(0, -testRows);
  const [poolFile, testFile] = [
    await store.artefacts.put(csvBytes(rows.columns, pool)),
    await store.artefacts.put(csvBytes(rows.columns, all.slice(-testRows))),
  ];
  return {
    pool: poolFile.sha256,
    test: testFile.sha256,
    poolRows: pool.length,
    testRows,
    fresh: Math.min(pool.length, fresh - testRows),
    fromFeedback,
    until,
    champion: champion.version.version,
    ...(source !== undefined && { source }),
    notes,
  };
}

interface Found {
  rows: Rows;
  /** How many of the last rows the champion has not learned from. */
  fresh: number;
  fromFeedback: number;
  /** Rows of the champion's source. */
  source?: number;
}

async function fromStore(
  store: Store,
  champion: Champion,
  model: string,
  until: string,
  notes: string[],
  signal: AbortSignal,
): Promise<Found> {
  const { columns: schema } = champion.bundle.schema;
  const { target } = champion.bundle.task;
  const labelled = (await store.traffic.labelled({ model })).filter((l) => l.toldAt < until);
  let rows: Rows = { columns: schema.filter((c) => c.use !== 'ignore' && c.use !== 'weight').map((c) => c.name), cells: [] };
  let source: number | undefined;
  if (champion.source.from.length > 0) {
    try {
      rows = await readRows(champion.source, signal);
      source = rows.cells.length;
    } catch (error) {
      if (signal.aborted) throw error;
      // what was learned from once need not be there any more
      notes.push(
        `The rows that the champion was trained on cannot be read any more (${(error as Error).message}); only labelled traffic is used.`,
      );
    }
  }
  const beyond = rows.cells.length > 0 && champion.rows !== undefined ? Math.max(0, rows.cells.length - champion.rows) : 0;
  const seen = labelled.filter((l) => l.toldAt < champion.until);
  const news = labelled.filter((l) => l.toldAt >= champion.until);
  const columns = rows.columns.map((name) => schema.find((c) => c.name === name) ?? { name });
  const spelled = (row: LabelledRow) =>
    columns.map((column) => cellOf(column.name === target ? row.actual : own(row.row, column.name), column));
  // what the champion may know comes first, so that what it does not know is last
  const known = rows.cells.slice(0, rows.cells.length - beyond);
  const cells = [...known, ...seen.map(spelled), ...rows.cells.slice(rows.cells.length - beyond), ...news.map(spelled)];
  return { rows: { columns: rows.columns, cells }, fresh: beyond + news.length, fromFeedback: labelled.length, source };
}

async function fromGiven(champion: Champion, asked: RetrainInput, notes: string[], signal: AbortSignal): Promise<Found> {
  const rows = await readRows({ from: asked.data, folder: asked.folder, ...(asked.sql !== undefined && { sql: asked.sql }) }, signal);
  const before = await readRows(champion.source, signal).catch(() => undefined);
  if (!before) {
    notes.push(
      'The rows that the champion was trained on cannot be read any more, so nobody knows whether it has seen some of those given.',
    );
    return { rows, fresh: rows.cells.length, fromFeedback: 0 };
  }
  // the same rows again count as seen, as often as they were there
  const places = rows.columns.map((name) => before.columns.indexOf(name));
  const left = new Map<string, number>();
  for (const cells of before.cells) {
    const key = JSON.stringify(places.map((p) => cells[p] ?? ''));
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  const [old, fresh]: [string[][], string[][]] = [[], []];
  for (const cells of rows.cells) {
    const key = JSON.stringify(cells);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    (count > 0 ? old : fresh).push(cells);
  }
  if (fresh.length === 0)
    throw new MillwrightError('DATA_CHANGED', 'The champion was trained on all of these rows.', 'Give rows that it has not seen.');
  return { rows: { columns: rows.columns, cells: [...old, ...fresh] }, fresh: fresh.length, fromFeedback: 0 };
}

async function readRows({ from, sql, folder }: RowSource, signal: AbortSignal): Promise<Rows> {
  const places = folder === undefined ? from : await recordedData(from, folder);
  const paths = places.map((path) => (folder === undefined || isAbsolute(path) || path.includes('://') ? path : join(folder, path)));
  const source = await openSource({ from: paths, ...(sql !== undefined && { sql }) }, { streaming: true, ...duckShare(), signal });
  try {
    for (;;) {
      const cells: string[][] = [];
      try {
        for await (const { kept, table } of source.batches({ columns: [] }, 8192, { keep: 'all' }))
          for (let r = 0; r < (kept[0]?.length ?? table.rows); r++) cells.push(kept.map((column) => column[r] as string));
        return { columns: [...source.columns], cells };
      } catch (error) {
        if (!source.recover(error)) throw error;
      }
    }
  } finally {
    await source.close();
  }
}

/** Where the plan names a column of times, both parts are in its order; else in that of the source, then of the traffic. */
function sortByTime(rows: Rows, from: number, { bundle }: Champion): void {
  const column = bundle.schema.columns.find((c) => c.use === 'time');
  const at = column ? rows.columns.indexOf(column.name) : -1;
  if (!column || at < 0) return;
  const read = cellReader(column);
  const timeOf = (cells: string[]): number => {
    const value = read(cells[at]);
    return typeof value === 'number' ? value : Number.NEGATIVE_INFINITY;
  };
  const sorted = (part: string[][]): string[][] =>
    part
      .map((cells) => ({ cells, time: timeOf(cells) }))
      .sort((a, b) => (a.time === b.time ? 0 : a.time - b.time))
      .map(({ cells }) => cells);
  rows.cells = [...sorted(rows.cells.slice(0, from)), ...sorted(rows.cells.slice(from))];
}

const own = (row: Json, name: string): Json =>
  typeof row === 'object' && row !== null && Object.hasOwn(row, name) ? ((row as Record<string, Json>)[name] ?? null) : null;

/** A value of a request as the files of this model spell it. */
function cellOf(value: Json, { format, use }: Partial<ColumnSchema>): string {
  // a row of unknown weight would count for nothing
  if (use === 'weight' && value === null) return '1';
  if (typeof value === 'number' && format?.kind === 'number' && format.decimal === ',') return String(value).replace('.', ',');
  if (typeof value === 'boolean' && format?.kind === 'boolean') return (value ? format.true[0] : format.false[0]) ?? String(value);
  return spelling(value) ?? '';
}

/** RFC 4180; what is read back must be what was there, so nothing is defused as for spreadsheets. */
function csvBytes(columns: readonly string[], cells: readonly (readonly string[])[]): Uint8Array {
  const line = (texts: readonly string[]) => texts.map(quoted).join(',');
  return Buffer.from(`${[columns, ...cells].map(line).join('\n')}\n`);
}

const quoted = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
