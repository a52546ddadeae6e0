import { newId } from './ids.js';
import type * as R from './records.js';
import { type Db, one, type Value } from './sql/db.js';
import type { Jobs } from './store.js';

interface JobRow {
  id: string;
  kind: string;
  state: R.JobState;
  input: string;
  progress: string;
  result: string;
  error: string | null;
  attempts: number;
  by_user: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  worker: string | null;
  lease_until: string | null;
}

const now = (): string => new Date().toISOString();
const later = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

/** Jobs in either database. */
export class JobRecords implements Jobs {
  constructor(private readonly db: Db) {}

  async add({ id = newId('job'), kind, input, by }: Parameters<Jobs['add']>[0]): Promise<R.JobRecord> {
    await this.db.run(
      `INSERT INTO jobs (id, kind, state, input, progress, result, attempts, by_user, created_at) VALUES (?, ?, 'queued', ?, 'null', 'null', 0, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
      [id, kind, JSON.stringify(input), by, now()],
    );
    return (await this.get(id)) as R.JobRecord;
  }

  async get(id: string): Promise<R.JobRecord | undefined> {
    const row = await one<JobRow>(this.db, 'SELECT * FROM jobs WHERE id = ?', [id]);
    return row && jobOf(row);
  }

  async list(query: { kind?: string; state?: R.JobState; limit?: number } = {}): Promise<R.JobRecord[]> {
    const conditions: [string, Value][] = [['1 = ?', 1]];
    if (query.kind !== undefined) conditions.push(['kind = ?', query.kind]);
    if (query.state !== undefined) conditions.push(['state = ?', query.state]);
    const rows = await this.db.all<JobRow>(
      `SELECT * FROM jobs WHERE ${conditions.map(([sql]) => sql).join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT ?`,
      [...conditions.map(([, value]) => value), Math.min(Math.max(1, query.limit ?? 100), 10_000)],
    );
    return rows.map(jobOf);
  }

  async claim(worker: string, { kinds, leaseMilliseconds, id, gone }: Parameters<Jobs['claim']>[1]): Promise<R.JobRecord | undefined> {
    if (kinds.length === 0) return undefined;
    const skip = this.db.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
    const rows = await this.db.all<JobRow>(
      `UPDATE jobs SET state = 'running', worker = ?, lease_until = ?, attempts = attempts + 1, started_at = COALESCE(started_at, ?)
       WHERE id = (SELECT id FROM jobs WHERE kind IN (${kinds.map(() => '?').join(', ')}) ${id === undefined ? '' : 'AND id = ?'}
         AND ((state = 'queued' AND (lease_until IS NULL OR lease_until <= ?)) OR (state = 'running' AND (lease_until < ? OR worker = ?)))
         ORDER BY created_at, id LIMIT 1 ${skip}) RETURNING *`,
      [worker, later(leaseMilliseconds), now(), ...kinds, ...(id === undefined ? [] : [id]), now(), now(), gone ?? ''],
    );
    return rows[0] && jobOf(rows[0]);
  }

  async progress(id: string, worker: string, progress: R.Json, leaseMilliseconds: number): Promise<boolean> {
    const changed = await this.db.run("UPDATE jobs SET progress = ?, lease_until = ? WHERE id = ? AND worker = ? AND state = 'running'", [
      ...[JSON.stringify(progress), later(leaseMilliseconds)],
      ...[id, worker],
    ]);
    return changed === 1;
  }

  async finish(id: string, worker: string, outcome: Parameters<Jobs['finish']>[2]): Promise<boolean> {
    const failed = 'error' in outcome;
    const again = failed && outcome.retry === true;
    const changed = await this.db.run(
      `UPDATE jobs SET state = ?, result = ?, error = ?, ended_at = ?, worker = NULL, lease_until = ?
       WHERE id = ? AND worker = ? AND state = 'running'`,
      [
        failed ? (again ? 'queued' : 'failed') : 'done',
        failed ? 'null' : JSON.stringify(outcome.result),
        failed ? outcome.error : undefined,
        again ? undefined : now(),
        // a queued job is not claimed before this
        again && outcome.afterMilliseconds ? later(outcome.afterMilliseconds) : undefined,
        ...[id, worker],
      ],
    );
    return changed === 1;
  }

  async cancel(id: string): Promise<boolean> {
    const changed = await this.db.run(
      "UPDATE jobs SET state = 'cancelled', ended_at = ?, worker = NULL, lease_until = NULL WHERE id = ? AND state IN ('queued', 'running')",
      [now(), id],
    );
    return changed === 1;
  }
}

function jobOf(row: JobRow): R.JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    input: JSON.parse(row.input) as R.Json,
    progress: JSON.parse(row.progress) as R.Json,
    result: JSON.parse(row.result) as R.Json,
    error: row.error ?? undefined,
    attempts: row.attempts,
    by: row.by_user,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    worker: row.worker ?? undefined,
    leaseUntil: row.lease_until ?? undefined,
  };
}
