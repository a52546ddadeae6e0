import { MillwrightError } from '../../../core/errors.js';
import { quotedName } from '../../data/duck.js';
import { insert, type OpenDb, one } from '../../store/sql/db.js';
import { type Begun, NOTHING, nothingBegun, refuseOther, type ScoreJob, type ScoreProgress } from './job.js';
import type { ScoredRow } from './scored-rows.js';
import type { Sink } from './sink.js';
import { openTarget, type TargetRequest, told } from './target-table.js';

/** Progress of jobs, in the database that the rows go to: written in the same transaction as they are. */
const PROGRESS = 'millwright_scoring';
const MAKE_PROGRESS = `CREATE TABLE IF NOT EXISTS ${PROGRESS} (job TEXT PRIMARY KEY, target TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
  bundle TEXT NOT NULL, source TEXT NOT NULL, options TEXT NOT NULL, scored_at TEXT NOT NULL, chunks BIGINT NOT NULL, row_count BIGINT NOT NULL, state TEXT NOT NULL)`;

type ProgressRow = Omit<ScoreJob, 'id' | 'scoredAt'> & { scored_at: string; chunks: number; row_count: number; state: string };

export interface TableRequest extends TargetRequest {
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

  /** Makes the table when there is none. @throws MillwrightError as `openTarget` */
  static async open(asked: TableRequest): Promise<TableSink> {
    const { db, table } = await openTarget(asked, { table: PROGRESS, sql: MAKE_PROGRESS });
    return new TableSink(db, asked, table);
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
