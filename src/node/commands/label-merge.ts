import { realpath } from 'node:fs/promises';
import { MillwrightError } from '../../core/errors.js';
import type { Task } from '../../core/schema.js';
import type { DataSource } from '../data/data-source.js';
import { openSource } from '../data/open-source.js';
import { AtomicFile } from './atomic-file.js';
import { OWN_COLUMNS } from './label-ask.js';
import { contentKey, plainLine, rowId, spelledRows } from './label-cells.js';

/** What became of answers. */
export interface Merged {
  /** Answers that were written. */
  readonly merged: number;
  /** Rows that were left empty. */
  readonly empty: number;
  /** Rows that had an answer there already. */
  readonly already: number;
  /** Answers that are no class of the model so far. */
  readonly unknown: string[];
}

/**
 * Writes answers into a table: into the pool itself, or as further rows of another table, which has its own columns. Rows are known by their number and
 * content; answers that are there already are left as they are, so doing it twice does no harm. The table is replaced as a whole or not at all.
 * @throws MillwrightError `COLUMN_NOT_FOUND` when the answers have no `row_id` or no target, `DATA_CHANGED` when the pool is not the one that was asked about,
 * `DATA_UNREADABLE` for an answer that is no number where numbers are asked for
 */
export async function mergeAnswers(task: Task, files: { pool: string; answers: string; into: string; out: string }): Promise<Merged> {
  if (!/\.(csv|tsv|tab|txt)$/i.test(files.into))
    throw new MillwrightError('USAGE', `${files.into} is no CSV or TSV file.`, 'Name one with --into; other kinds cannot be added to.');
  const { answers, empty } = await readAnswers(task, files.answers);
  const unknown = task.kind === 'regression' ? [] : [...new Set(answers.values())].filter((a) => !task.classes.includes(a));
  const samePlace = (await place(files.pool)) === (await place(files.into));
  const pool = await opened(files.pool);
  try {
    const result = samePlace ? await fillIn(pool, task.target, answers, files) : await append(pool, task.target, answers, files);
    return { ...result, empty, unknown };
  } finally {
    await pool.close();
  }
}

function opened(path: string): Promise<DataSource> {
  return openSource({ from: [path] }, { streaming: true });
}

async function place(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

async function readAnswers(task: Task, path: string): Promise<{ answers: Map<string, string>; empty: number }> {
  const source = await opened(path);
  try {
    for (const name of [OWN_COLUMNS.id, task.target])
      if (!source.columns.includes(name))
        throw new MillwrightError(
          'COLUMN_NOT_FOUND',
          `${source.label} has no column "${name}".`,
          'Answer in the file that `millwright label` wrote.',
        );
    const answers = new Map<string, string>();
    let empty = 0;
    for await (const { number, cells } of spelledRows(source, [OWN_COLUMNS.id, task.target])) {
      const [id, cell] = [(cells[0] as string).trim(), (cells[1] as string).trim()];
      if (cell === '') empty++;
      else if (task.kind === 'regression' && !Number.isFinite(Number(cell)))
        throw new MillwrightError(
          'DATA_UNREADABLE',
          `Row ${number} of ${source.label} answers "${cell}", which is no number.`,
          'Correct it; nothing was merged.',
        );
      else answers.set(id, cell);
    }
    return { answers, empty };
  } finally {
    await source.close();
  }
}

type Written = Pick<Merged, 'merged' | 'already'>;

async function fillIn(
  pool: DataSource,
  target: string,
  answers: ReadonlyMap<string, string>,
  files: { into: string; out: string },
): Promise<Written> {
  const columns = pool.columns;
  const names = columns.filter((name) => name !== target);
  const at = columns.indexOf(target);
  const header = at < 0 ? [...columns, target] : columns;
  let merged = 0;
  let already = 0;
  await rewritten(files, async (write) => {
    await write(header);
    for await (const { number, cells } of spelledRows(pool)) {
      const answer = answers.get(
        rowId(
          number,
          names,
          cells.filter((_, i) => i !== at),
        ),
      );
      const old = at < 0 ? '' : (cells[at] as string);
      if (answer !== undefined && old.trim() !== '') already++;
      else if (answer !== undefined) merged++;
      const now = answer !== undefined && old.trim() === '' ? answer : old;
      await write(at < 0 ? [...cells, now] : cells.map((cell, i) => (i === at ? now : cell)));
    }
    if (merged + already < answers.size) throw changed(pool.label, answers.size - merged - already);
  });
  return { merged, already };
}

async function append(
  pool: DataSource,
  target: string,
  answers: ReadonlyMap<string, string>,
  files: { into: string; out: string },
): Promise<Written> {
  const names = pool.columns.filter((name) => name !== target);
  const found = new Map<string, { cells: readonly string[]; answer: string }>();
  for await (const { number, cells } of spelledRows(pool, names)) {
    const id = rowId(number, names, cells);
    const answer = answers.get(id);
    if (answer !== undefined) found.set(id, { cells, answer });
  }
  if (found.size < answers.size) throw changed(pool.label, answers.size - found.size);
  const data = await opened(files.into);
  try {
    const columns = data.columns;
    if (!columns.includes(target))
      throw new MillwrightError('COLUMN_NOT_FOUND', `${data.label} has no column "${target}".`, 'Name the training table with --into.');
    const own = columns.filter((name) => name !== target);
    const shared = names.filter((name) => own.includes(name));
    const present = new Set<string>();
    let merged = 0;
    await rewritten(files, async (write) => {
      await write(columns);
      for await (const { cells } of spelledRows(data)) {
        await write(cells);
        present.add(
          contentKey(
            shared,
            shared.map((name) => cells[columns.indexOf(name)] as string),
          ),
        );
      }
      for (const { cells, answer } of found.values()) {
        if (
          present.has(
            contentKey(
              shared,
              shared.map((name) => cells[names.indexOf(name)] as string),
            ),
          )
        )
          continue;
        await write(columns.map((name) => (name === target ? answer : (cells[names.indexOf(name)] ?? ''))));
        merged++;
      }
    });
    return { merged, already: found.size - merged };
  } finally {
    await data.close();
  }
}

/** Writes a table beside its place and renames it when all of it is there. */
async function rewritten(
  { into, out }: { into: string; out: string },
  work: (write: (cells: readonly string[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const separator = /\.(tsv|tab)$/i.test(into) ? '\t' : ',';
  const file = await AtomicFile.create(out);
  let waiting = '';
  try {
    await work(async (cells) => {
      waiting += plainLine(cells, separator);
      if (waiting.length < 1 << 16) return;
      await file.write(waiting);
      waiting = '';
    });
    await file.write(waiting);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function changed(label: string, count: number): MillwrightError {
  return new MillwrightError(
    'DATA_CHANGED',
    `${count} answered rows are not in ${label} as they were when they were asked for.`,
    'Name the pool that the questions were made from; nothing was merged.',
  );
}
