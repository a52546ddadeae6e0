import { MillwrightError } from '../../core/errors.js';
import { moment, newId } from './ids.js';
import type * as R from './records.js';
import { type Db, one, type Value } from './sql/db.js';
import type { ReviewReads, ReviewWrites } from './store.js';

interface RequestRow {
  id: string;
  model: string;
  version: number;
  target: R.Target;
  by_user: string;
  at: string;
  reason: string;
  state: R.RequestState;
  closed_at: string | null;
  needed: number;
  evidence: string;
}

/** Requests, decisions and comments in either database. */
export class ReviewRecords implements ReviewReads, ReviewWrites {
  constructor(private readonly db: Db) {}

  async get(id: string): Promise<R.RequestRecord | undefined> {
    const row = await one<RequestRow>(this.db, 'SELECT * FROM requests WHERE id = ?', [id]);
    return row && this.#filled(row);
  }

  async list(query: { model?: string; state?: R.RequestState; limit?: number } = {}): Promise<R.RequestRecord[]> {
    const conditions = [
      ...(query.model === undefined ? [] : [['model = ?', query.model]]),
      ...(query.state === undefined ? [] : [['state = ?', query.state]]),
    ] as [string, Value][];
    const where = conditions.length ? `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}` : '';
    const rows = await this.db.all<RequestRow>(`SELECT * FROM requests ${where} ORDER BY at DESC, id DESC LIMIT ?`, [
      ...conditions.map(([, value]) => value),
      Math.min(Math.max(1, query.limit ?? 100), 10_000),
    ]);
    return Promise.all(rows.map((row) => this.#filled(row)));
  }

  async comments(subject: string): Promise<R.CommentRecord[]> {
    const rows = await this.db.all<{ id: string; subject: string; by_user: string; at: string; text: string }>(
      'SELECT * FROM comments WHERE subject = ? ORDER BY at, id',
      [subject],
    );
    return rows.map(({ id, subject: about, by_user, at, text }) => ({ id, subject: about, by: by_user, at, text }));
  }

  async open(request: Parameters<ReviewWrites['open']>[0]): Promise<R.RequestRecord> {
    const { model, version, to, by, reason, needed, evidence } = request;
    const id = newId('req');
    await this.db.run(
      `INSERT INTO requests (id, model, version, target, by_user, at, reason, state, needed, evidence) VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)`,
      [id, model, version, to, by, moment(), reason, needed, JSON.stringify(evidence)],
    );
    return (await this.get(id)) as R.RequestRecord;
  }

  async decide(id: string, { by, verdict, reason, gates }: Omit<R.Decision, 'at'>): Promise<void> {
    if (await one(this.db, 'SELECT by_user FROM decisions WHERE request = ? AND by_user = ?', [id, by]))
      throw new MillwrightError('STORE_CONFLICT', `${by} has decided on ${id} already.`, 'Another person has to.');
    await this.db.run('INSERT INTO decisions (request, by_user, at, verdict, reason, gates) VALUES (?, ?, ?, ?, ?, ?)', [
      ...[id, by, moment(), verdict, reason],
      JSON.stringify(gates),
    ]);
  }

  async close(id: string, state: Exclude<R.RequestState, 'open'>): Promise<void> {
    const changed = await this.db.run("UPDATE requests SET state = ?, closed_at = ? WHERE id = ? AND state = 'open'", [
      state,
      moment(),
      id,
    ]);
    if (changed === 0) throw new MillwrightError('STORE_CONFLICT', `The request ${id} is not open.`);
  }

  async comment({ subject, by, text }: Pick<R.CommentRecord, 'subject' | 'by' | 'text'>): Promise<R.CommentRecord> {
    const made = { id: newId('com'), subject, by, at: moment(), text };
    await this.db.run('INSERT INTO comments (id, subject, by_user, at, text) VALUES (?, ?, ?, ?, ?)', [
      made.id,
      subject,
      by,
      made.at,
      text,
    ]);
    return made;
  }

  async #filled(row: RequestRow): Promise<R.RequestRecord> {
    const decisions = await this.db.all<{ by_user: string; at: string; verdict: R.Decision['verdict']; reason: string; gates: string }>(
      'SELECT * FROM decisions WHERE request = ? ORDER BY at, by_user',
      [row.id],
    );
    return {
      id: row.id,
      model: row.model,
      version: row.version,
      to: row.target,
      by: row.by_user,
      at: row.at,
      reason: row.reason,
      state: row.state,
      closedAt: row.closed_at ?? undefined,
      needed: row.needed,
      evidence: JSON.parse(row.evidence) as R.Evidence,
      decisions: decisions.map(({ by_user, at, verdict, reason, gates }) => ({
        by: by_user,
        at,
        verdict,
        reason,
        gates: JSON.parse(gates) as R.GateResult[],
      })),
    };
  }
}
