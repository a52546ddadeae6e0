import type { Deadline } from '../../core/clock.js';
import type { Table } from '../../core/table.js';
import type { Finding } from '../../engine/automl/result.js';
import type { DataSource } from '../data/data-source.js';
import type { AskedQuestion } from './ask-question.js';
import { pickedRows } from './picked-rows.js';

/**
 * What the clock allowed of the reading; absent counts mean all. A type alias, because it is kept among a plan's counts of work.
 * `seen`: rows that the data was taken to have; `read`: rows of these that were gone through for the table.
 */
export type ReadWork = { seen?: number; read?: number };

/** Shares of the time left that looking through the data, and doing so and reading it, may take: training needs the rest. */
const PROFILE = 0.35;
const READ = 0.8;

/** The moments by which reading must have got so far; none in a repetition, which reads what its record says. */
export interface ReadPace {
  profile?: Deadline;
  read?: Deadline;
  /** What a recorded run read. */
  recorded?: ReadWork;
}

/**
 * @param whole by when the whole run must end; an interrupt of it ends the reading
 * @param recorded the work of a run to repeat
 */
export function readPace(whole: Deadline, recorded: Readonly<Record<string, ReadWork>> | undefined): ReadPace {
  if (recorded) return { recorded: recorded.read };
  const left = whole.remaining();
  return { profile: whole.within(PROFILE * left), read: whole.within(READ * left) };
}

/** Rows that were read, and how much the clock allowed of it. */
export interface ReadTable {
  table: Table;
  /** Where each row stands in the data; absent when that is its place in the table. */
  sourceRows?: Uint32Array;
  /** Absent when all was read. */
  read?: ReadWork;
}

/** Reads what is asked of an opened source, at the pace set. @throws MillwrightError `INTERRUPTED`, and as reading does */
export async function readTable(source: DataSource, { schema, plan }: AskedQuestion, pace: ReadPace): Promise<ReadTable> {
  const { seed } = plan;
  const { maxRows } = plan.data;
  const seenInPart = source.truncated;
  const table = await source.read(schema, { maxRows, seed, until: pace.read, firstRows: pace.recorded?.read });
  // a source that was seen in part is no longer cut when all that was seen is read
  const cut = source.truncated && source.rowsRead < source.rowCount;
  const read: ReadWork = pace.recorded ?? {
    ...(seenInPart && { seen: source.rowCount }),
    ...(cut && { read: source.rowsRead }),
  };
  return {
    table,
    sourceRows: pickedRows(source.rowCount, maxRows, seed)?.subarray(0, table.rows),
    ...(Object.keys(read).length > 0 && { read }),
  };
}

/** What a person should know of rows that were not read; the same in a repetition. */
export function unreadRows(read: ReadWork | undefined): Finding[] {
  if (read === undefined) return [];
  const rows = Math.min(...Object.values(read));
  const message = `The time allowed reading only the first ${rows} rows of the data; if they differ from the others, the model knows but them. A larger budget reads more.`;
  return [{ level: 'warning', code: 'rows-unread', message }];
}
