import { MillwrightError } from '../../core/errors.js';
import { moment, newId } from './ids.js';
import type * as R from './records.js';
import { type Db, one } from './sql/db.js';
import type { Events, EventWrites } from './store.js';

interface WebhookRow {
  id: string;
  url: string;
  events: string;
  secret: string;
  active: number;
  by_user: string;
  created_at: string;
}

/** Webhooks and their outbox in either database. */
export class EventRecords implements Events, EventWrites {
  constructor(private readonly db: Db) {}

  async webhooks(): Promise<R.WebhookRecord[]> {
    return (await this.db.all<WebhookRow>('SELECT * FROM webhooks ORDER BY created_at, id')).map((row) => ({
      id: row.id,
      url: row.url,
      events: JSON.parse(row.events) as string[],
      secret: row.secret,
      active: row.active === 1,
      by: row.by_user,
      createdAt: row.created_at,
    }));
  }

  async claim({ limit, leaseMilliseconds }: Parameters<Events['claim']>[0]): Promise<R.DeliveryRecord[]> {
    const skip = this.db.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
    const now = Date.now();
    const taken = await this.db.all<Omit<R.DeliveryRecord, 'data' | 'url' | 'secret'> & { data: string }>(
      `UPDATE outbox SET next_at = ?, attempts = attempts + 1
       WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' AND next_at <= ? ORDER BY next_at, id LIMIT ? ${skip})
       RETURNING id, webhook, event, type, subject, data, at, attempts`,
      [new Date(now + leaseMilliseconds).toISOString(), new Date(now).toISOString(), limit],
    );
    const hooks = new Map((await this.webhooks()).map((hook) => [hook.id, hook]));
    return taken
      .map((row) => {
        const { url, secret } = hooks.get(row.webhook) as R.WebhookRecord;
        return { ...row, url, secret, data: JSON.parse(row.data) as R.Json };
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async delivered(id: string): Promise<void> {
    await this.db.run('DELETE FROM outbox WHERE id = ?', [id]);
  }

  async failed(id: string, error: string, retryAt?: R.Moment): Promise<void> {
    const state = retryAt === undefined ? 'given' : 'waiting';
    await this.db.run('UPDATE outbox SET state = ?, error = ?, next_at = COALESCE(?, next_at) WHERE id = ?', [
      ...[state, error.slice(0, 1000)],
      ...[retryAt, id],
    ]);
  }

  async pending(): Promise<{ waiting: number; given: number }> {
    const rows = await this.db.all<{ state: string; n: number }>('SELECT state, COUNT(*) AS n FROM outbox GROUP BY state');
    const count = (state: string): number => rows.find((row) => row.state === state)?.n ?? 0;
    return { waiting: count('waiting'), given: count('given') };
  }

  async emit(event: { type: string; subject: string; data: R.Json }): Promise<void> {
    const id = newId('evt');
    const at = moment();
    for (const hook of await this.webhooks()) {
      if (!hook.active || !hook.events.some((wanted) => matches(wanted, event.type))) continue;
      await this.db.run(
        "INSERT INTO outbox (id, webhook, event, type, subject, data, at, state, attempts, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?)",
        // `at` may be a little ahead of the clock, and the event is due now
        [newId('del'), hook.id, id, event.type, event.subject, JSON.stringify(event.data), at, new Date().toISOString()],
      );
    }
  }

  async addWebhook({ url, events, secret, by }: Parameters<EventWrites['addWebhook']>[0]): Promise<R.WebhookRecord> {
    const made: R.WebhookRecord = { id: newId('hook'), url, events, secret, active: true, by, createdAt: moment() };
    await this.db.run('INSERT INTO webhooks (id, url, events, secret, active, by_user, created_at) VALUES (?, ?, ?, ?, 1, ?, ?)', [
      ...[made.id, url, JSON.stringify(events), secret],
      ...[by, made.createdAt],
    ]);
    return made;
  }

  async setWebhook(id: string, active: boolean): Promise<void> {
    if (!(await one(this.db, 'SELECT id FROM webhooks WHERE id = ?', [id])))
      throw new MillwrightError('NOT_FOUND', `There is no webhook ${id}.`);
    await this.db.run('UPDATE webhooks SET active = ? WHERE id = ?', [Number(active), id]);
  }
}

const matches = (wanted: string, type: string): boolean => (wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type);
