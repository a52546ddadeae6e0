import { createHash } from 'node:crypto';
import { moment } from './ids.js';
import { canonical } from './json-text.js';
import type * as R from './records.js';
import { type Db, one } from './sql/db.js';
import type { AuditLog } from './store.js';

const BATCH = 2000;
const START = '0'.repeat(64);

interface Head {
  seq: number;
  hash: string;
}

/**
 * The hash of an entry: SHA-256 over the canonical JSON of all that it says and of the hash before it.
 * @example entryHash(entry) === entry.hash
 */
export function entryHash(entry: Omit<R.AuditEntry, 'hash'>): string {
  const { seq, at, actor, via, action, subject, detail, previous } = entry;
  return createHash('sha256').update(canonical({ seq, at, actor, via, action, subject, detail, previous })).digest('hex');
}

/** The audit log in either database: rows that triggers keep from change, each holding the hash of the one before. */
export class AuditChain implements AuditLog {
  constructor(
    private readonly db: Db,
    private readonly store: string,
  ) {}

  async head(): Promise<R.AuditAnchor> {
    const head = (await one<Head>(this.db, 'SELECT seq, hash FROM audit_head')) ?? { seq: 0, hash: START };
    return { store: this.store, seq: head.seq, hash: head.hash };
  }

  entries(query: { after?: number; limit?: number; action?: string; subject?: string } = {}): Promise<R.AuditEntry[]> {
    const conditions = ['seq > ?'];
    const values: (string | number)[] = [query.after ?? 0];
    if (query.action !== undefined) {
      conditions.push('action = ?');
      values.push(query.action);
    }
    if (query.subject !== undefined) {
      conditions.push('subject = ?');
      values.push(query.subject);
    }
    return this.db.all(
      `SELECT seq, at, actor, via, action, subject, detail, previous, hash FROM audit WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`,
      [...values, Math.min(Math.max(1, query.limit ?? 100), 100_000)],
    );
  }

  async verify(anchors: readonly R.AuditAnchor[] = []): Promise<R.AuditVerdict> {
    const kept = new Map<number, R.AuditAnchor>();
    for (const anchor of anchors) {
      if (anchor.store !== this.store) return broken(0, anchor.seq, `the anchor at ${anchor.seq} is of another store`);
      const before = kept.get(anchor.seq);
      if (before && before.hash !== anchor.hash) return broken(0, anchor.seq, `two anchors at ${anchor.seq} differ`);
      kept.set(anchor.seq, anchor);
    }
    let last: Head = { seq: 0, hash: START };
    const misfit = (seq: number, hash: string): boolean => kept.has(seq) && kept.get(seq)?.hash !== hash;
    if (misfit(0, START)) return broken(0, 0, 'the beginning is not the one that was kept as an anchor');
    // the first row of all may stand before 1
    const first = await one<{ seq: number }>(this.db, 'SELECT MIN(seq) AS seq FROM audit');
    if (first && first.seq !== null && first.seq < 1) return broken(0, first.seq, 'an entry stands before the first');
    for (;;) {
      const batch = await this.entries({ after: last.seq, limit: BATCH });
      for (const entry of batch) {
        const fault =
          faultOf(entry, last) ?? (misfit(entry.seq, entry.hash) ? 'it is not the entry that was kept as an anchor' : undefined);
        if (fault) return broken(last.seq, entry.seq, fault);
        last = { seq: entry.seq, hash: entry.hash };
      }
      if (batch.length > 0) continue;
      // read after the entries, so a head that moved on meanwhile has more to show
      const head = await one<Head>(this.db, 'SELECT seq, hash FROM audit_head');
      if (!head) return broken(last.seq, last.seq, 'the record of the chain’s end is gone');
      if (head.seq > last.seq && (await this.entries({ after: last.seq, limit: 1 })).length > 0) continue;
      if (head.seq !== last.seq || head.hash !== last.hash)
        return broken(last.seq, last.seq + 1, `the chain ends at entry ${last.seq}, its end was recorded at ${head.seq}`);
      const beyond = anchors.find((anchor) => anchor.seq > last.seq);
      if (beyond) return broken(last.seq, last.seq + 1, `the chain ends at entry ${last.seq}, an anchor was kept at ${beyond.seq}`);
      return { ok: true, entries: last.seq, head: { store: this.store, ...last } };
    }
  }

  /** Adds an entry; only in a transaction that holds the head. */
  async append(actor: R.Actor, { action, subject, detail }: R.AuditNote): Promise<R.AuditEntry> {
    const head = await this.head();
    const said = actor.token === undefined ? (detail ?? null) : { token: actor.token, ...(detail === undefined ? {} : { detail }) };
    const entry = {
      seq: head.seq + 1,
      at: moment(),
      actor: actor.user,
      via: actor.via,
      action,
      subject,
      detail: canonical(said),
      previous: head.hash,
    };
    const hash = entryHash(entry);
    await this.db.run(
      'INSERT INTO audit (seq, at, actor, via, action, subject, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [entry.seq, entry.at, entry.actor, entry.via, action, subject, entry.detail, entry.previous, hash],
    );
    await this.db.run('UPDATE audit_head SET seq = ?, hash = ? WHERE one = 1', [entry.seq, hash]);
    return { ...entry, hash };
  }
}

function faultOf(entry: R.AuditEntry, last: Head): string | undefined {
  if (entry.seq !== last.seq + 1) return `entry ${last.seq + 1} is missing`;
  if (entry.previous !== last.hash) return 'it does not follow from the entry before it';
  if (entryHash(entry) !== entry.hash) return 'it was changed after it was written';
  return undefined;
}

const broken = (entries: number, seq: number, what: string): R.AuditVerdict => ({ ok: false, entries, fault: { seq, what } });
