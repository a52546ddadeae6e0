import { MillwrightError } from '../../../core/errors.js';
import { quotedName } from '../../data/duck.js';
import { insert, type OpenDb, one } from '../../store/sql/db.js';
import { PostgresDb } from '../../store/sql/postgres-db.js';
import { SqliteDb } from '../../store/sql/sqlite-db.js';
import { redact } from '../redact.js';
import { type Begun, NOTHING, nothingBegun, refuseOther, type ScoreJob, type ScoreProgress } from './job.js';
import type { ScoredColumn, ScoredRow } from './scored-rows.js';
import type { Sink } from './sink.js';

/** Progress of jobs, in the database that the rows go to: written in the same transaction as they are. */
const PROGRESS = 'millwright_scoring';
/** Bytes of a PostgreSQL name; longer ones would be cut off silently. */
const LONGEST_NAME = 63;

interface ProgressRow {
  target: string;
  model: string;
  version: string;
  bundle: string;
  source: string;
  options: string;
  scored_at: string;
  chunks: number;
  row_count: number;
  state: string;
}

export interface TableRequest {
  /** `postgres://…` or `sqlite:path`. */
  url: string;
  /** `name`, in PostgreSQL also `schema.name`. */
  table: string;
  key: readonly string[];
  columns: readonly ScoredColumn[];
  /** Types of key columns where a table has to be made; else text. */
  types: ReadonlyMap<string, string>;
  /** Rows with a key that is there already take its place. */
  replace: boolean;
  anew: boolean;
}

/** A table of a database: each chunk is one transaction that writes rows and progress. */
export class TableSink implements Sink {
  #begun: Begun | undefined;
  private constructor(
    private readonly db: OpenDb,
    private readonly asked: TableRequest,
    private readonly table: string,
  ) {}

  /** Makes the table when there is none. @throws MillwrightError `OUTPUT_FAILED`, `COLUMN_NOT_FOUND` when the table lacks columns */
  static async open(asked: TableRequest): Promise<TableSink> {
    const postgres = /^postgres(ql)?:/.test(asked.url);
    const parts = postgres ? asked.table.split('.') : [asked.table];
    if (parts.length > 2 || parts.includes(''))
      throw new MillwrightError('OPTION_INVALID', `--into "${asked.table}" is no name of a table.`, 'Write name, or schema.name.');
    const long = asked.columns.find((c) => postgres && Buffer.byteLength(c.name) > LONGEST_NAME);
    if (long)
      throw new MillwrightError(
        'OPTION_INVALID',
        `PostgreSQL cannot have a column called "${long.name}": it is too long.`,
        'Write to a file.',
      );
    const db = await told<OpenDb>(asked, () =>
      postgres ? PostgresDb.open(asked.url, 2) : SqliteDb.open(asked.url.replace(/^sqlite:(\/\/)?/, '')),
    );
    try {
      const sink = new TableSink(db, asked, parts.map(quotedName).join('.'));
      await told(asked, () => sink.#prepare());
      return sink;
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    const { db, asked, table } = this;
    const postgres = db.dialect === 'postgres';
    const kinds = { text: 'TEXT', number: 'DOUBLE PRECISION', json: postgres ? 'JSONB' : 'TEXT', time: postgres ? 'TIMESTAMPTZ' : 'TEXT' };
    const key = new Set(asked.key);
    const columns = asked.columns.map(({ name, kind }) =>
      key.has(name) ? `${quotedName(name)} ${asked.types.get(name) ?? 'TEXT'} NOT NULL` : `${quotedName(name)} ${kinds[kind]}`,
    );
    const progress = `CREATE TABLE IF NOT EXISTS ${PROGRESS} (job TEXT PRIMARY KEY, target TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
      bundle TEXT NOT NULL, source TEXT NOT NULL, options TEXT NOT NULL, scored_at TEXT NOT NULL, chunks BIGINT NOT NULL, row_count BIGINT NOT NULL, state TEXT NOT NULL)`;
    if ((await this.#present(PROGRESS)).length === 0) await db.script(progress);
    if ((await this.#present(table)).length === 0)
      await db.script(`CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}, PRIMARY KEY (${asked.key.map(quotedName).join(', ')}))`);
    const present = new Set(await this.#present(table));
    const missing = asked.columns.filter((c) => !present.has(c.name)).map((c) => c.name);
    if (missing.length === 0) return;
    throw new MillwrightError(
      'COLUMN_NOT_FOUND',
      `The table ${asked.table} has no column ${missing.map((name) => `"${name}"`).join(', ')}.`,
      `Its columns are ${[...present].slice(0, 20).join(', ')}. Add those that are missing, or name another table with --into; one that is not there is made.`,
    );
  }

  /** Names of the columns of a table; none when there is no table. */
  async #present(table: string): Promise<string[]> {
    const { db } = this;
    const sql =
      db.dialect === 'postgres'
        ? 'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped ORDER BY attnum'
        : 'SELECT name FROM pragma_table_info(?)';
    const name = db.dialect === 'postgres' || table === PROGRESS ? table : this.asked.table;
    return (await db.all<{ name: string }>(sql, [name])).map((row) => row.name);
  }

  async begin(begun: Begun, asked: ScoreJob, resume: boolean): Promise<Begun> {
    return told(this.asked, async () => {
      // waits for a chunk that a killed process had sent off
      const wait = this.db.dialect === 'postgres' ? 'FOR UPDATE' : '';
      const row = await this.db.transaction((db) => one<ProgressRow>(db, `SELECT * FROM ${PROGRESS} WHERE job = ? ${wait}`, [asked.id]));
      const kept = row && { job: jobOf(asked.id, row), progress: { ...NOTHING, chunks: row.chunks, rows: row.row_count } };
      const same = kept?.job.source === asked.source && kept.job.options === asked.options;
      if (kept && row.state === 'done' && same && !this.asked.anew) this.#begun = { ...kept, resumed: true, done: true };
      else if (kept && row.state !== 'done' && (row.chunks > 0 || same) && !this.asked.anew) {
        refuseOther(kept.job, asked);
        this.#begun = { ...kept, resumed: true };
      } else {
        if (resume) throw nothingBegun(asked);
        const job = { ...asked, scoredAt: begun.job.scoredAt };
        await this.db.run(
          `INSERT INTO ${PROGRESS} (job, target, model, version, bundle, source, options, scored_at, chunks, row_count, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 'running') ON CONFLICT (job) DO UPDATE SET source = EXCLUDED.source, options = EXCLUDED.options,
           scored_at = EXCLUDED.scored_at, chunks = 0, row_count = 0, state = 'running'`,
          [job.id, job.target, job.model, job.version, job.bundle, job.source, job.options, job.scoredAt],
        );
        this.#begun = { job, progress: NOTHING, resumed: false };
      }
      return this.#begun;
    });
  }

  async put(chunk: number, rows: readonly ScoredRow[]): Promise<ScoreProgress> {
    const begun = this.#begun as Begun;
    const { asked, table } = this;
    const names = asked.columns.map((c) => quotedName(c.name));
    const key = new Set(asked.key);
    const others = asked.columns.filter((c) => !key.has(c.name)).map((c) => `${quotedName(c.name)} = EXCLUDED.${quotedName(c.name)}`);
    const conflict = asked.replace ? `ON CONFLICT (${asked.key.map(quotedName).join(', ')}) DO UPDATE SET ${others.join(', ')}` : '';
    await told(asked, () =>
      this.db.transaction(async (db) => {
        // whoever writes a chunk first has it: another process finds none to change
        const mine = await db.run(
          `UPDATE ${PROGRESS} SET chunks = chunks + 1, row_count = row_count + ? WHERE job = ? AND chunks = ? AND scored_at = ? AND state = 'running'`,
          [rows.length, begun.job.id, chunk, begun.job.scoredAt],
        );
        if (mine !== 1)
          throw new MillwrightError('OUTPUT_BUSY', `Another process is writing this scoring into ${asked.table}.`, 'Let that one end.');
        await insert(db, table, names, rows, conflict);
      }),
    );
    begun.progress = { ...NOTHING, chunks: chunk + 1, rows: begun.progress.rows + rows.length };
    return begun.progress;
  }

  async finish(): Promise<void> {
    await told(this.asked, () => this.db.run(`UPDATE ${PROGRESS} SET state = 'done' WHERE job = ?`, [(this.#begun as Begun).job.id]));
  }

  async close(): Promise<void> {
    await this.db.close();
  }
}

function jobOf(id: string, { target, model, version, bundle, source, options, scored_at }: ProgressRow): ScoreJob {
  return { id, target, model, version, bundle, source, options, scoredAt: scored_at };
}

/** What the database says, in words of scoring. */
async function told<T>({ url, table }: TableRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const place = `${table} of ${redact(url)}`;
    const known = cause instanceof MillwrightError ? cause.code : undefined;
    if (known === 'STORE_CONFLICT')
      throw new MillwrightError(
        'OUTPUT_EXISTS',
        `A row is in ${place} already under the same key, or two rows of the data share one.`,
        'With --replace rows take the place of those that are there; a key that rows share is no key.',
        { cause },
      );
    if (known !== undefined && !known.startsWith('STORE_')) throw cause;
    const why = redact((cause as Error).message).replace(/\.?$/, '.');
    throw new MillwrightError(
      'OUTPUT_FAILED',
      `Cannot write into ${place}: ${why}`,
      'Check the address, the table and that you may write there.',
      { cause },
    );
  }
}
