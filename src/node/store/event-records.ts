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
      ...wishes(row.events),
      secret: row.secret,
      active: row.active === 1,
      by: row.by_user,
      createdAt: row.created_at,
    }));
  }

  async claim({ limit, leaseMilliseconds }: Parameters<Events['claim']>[0]): Promise<R.DeliveryRecord[]> {
    const skip = this.db.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
    const now = Date.now();
    const due = "state = 'waiting' AND next_at <= ? AND webhook IN (SELECT id FROM webhooks WHERE active = 1)";
    // looks before it writes: SQLite has one writer at a time
    if (!(await one(this.db, `SELECT id FROM outbox WHERE ${due} LIMIT 1`, [new Date(now).toISOString()]))) return [];
    const taken = await this.db.all<Omit<R.DeliveryRecord, 'data' | 'url' | 'secret' | 'allowPrivate' | 'format'> & { data: string }>(
      `UPDATE outbox SET next_at = ?, attempts = attempts + 1
       WHERE id IN (SELECT id FROM outbox WHERE ${due} ORDER BY next_at, id LIMIT ? ${skip})
       RETURNING id, webhook, event, type, subject, data, at, attempts`,
      [new Date(now + leaseMilliseconds).toISOString(), new Date(now).toISOString(), limit],
    );
    const hooks = new Map((await this.webhooks()).map((hook) => [hook.id, hook]));
    return taken
      .flatMap((row) => {
        const hook = hooks.get(row.webhook); // none when it was removed this moment
        if (!hook) return [];
        const { url, secret, allowPrivate, format } = hook;
        return [{ ...row, url, secret, allowPrivate, format, data: JSON.parse(row.data) as R.Json }];
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

  async pending(webhook?: string): Promise<{ waiting: number; given: number; error?: string }> {
    const of = webhook === undefined ? ['1 = ?', 1] : ['webhook = ?', webhook];
    const rows = await this.db.all<{ state: string; n: number }>(`SELECT state, COUNT(*) AS n FROM outbox WHERE ${of[0]} GROUP BY state`, [
      of[1],
    ]);
    const failed = await one<{ error: string }>(
      this.db,
      `SELECT error FROM outbox WHERE ${of[0]} AND error IS NOT NULL ORDER BY id DESC LIMIT 1`,
      [of[1]],
    );
    const count = (state: string): number => rows.find((row) => row.state === state)?.n ?? 0;
    return { waiting: count('waiting'), given: count('given'), ...(failed && { error: failed.error }) };
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

  async addWebhook(webhook: Parameters<EventWrites['addWebhook']>[0]): Promise<R.WebhookRecord> {
    const { url, events, secret, by, allowPrivate = false, format = 'cloudevents' } = webhook;
    const plain = !allowPrivate && format === 'cloudevents';
    const made: R.WebhookRecord = { id: newId('hook'), url, events, secret, allowPrivate, format, active: true, by, createdAt: moment() };
    await this.db.run('INSERT INTO webhooks (id, url, events, secret, active, by_user, created_at) VALUES (?, ?, ?, ?, 1, ?, ?)', [
      ...[made.id, url, JSON.stringify(plain ? events : { events, allowPrivate, format }), secret],
      ...[by, made.createdAt],
    ]);
    return made;
  }

  async setWebhook(id: string, active: boolean): Promise<void> {
    await this.#known(id);
    await this.db.run('UPDATE webhooks SET active = ? WHERE id = ?', [Number(active), id]);
    if (active)
      await this.db.run("UPDATE outbox SET state = 'waiting', attempts = 0, next_at = ? WHERE webhook = ? AND state = 'given'", [
        new Date().toISOString(),
        id,
      ]);
  }

  async removeWebhook(id: string): Promise<void> {
    await this.#known(id);
    await this.db.run('DELETE FROM outbox WHERE webhook = ?', [id]);
    await this.db.run('DELETE FROM webhooks WHERE id = ?', [id]);
  }

  async #known(id: string): Promise<void> {
    if (!(await one(this.db, 'SELECT id FROM webhooks WHERE id = ?', [id])))
      throw new MillwrightError('NOT_FOUND', `There is no webhook ${id}.`, 'See `millwright webhooks list`.');
  }
}

/** What a webhook wants: a list of events, or such a list with leave to call private addresses, or in another format. */
function wishes(text: string): Pick<R.WebhookRecord, 'events' | 'allowPrivate' | 'format'> {
  const told = JSON.parse(text) as string[] | { events: string[]; allowPrivate: boolean; format?: R.WebhookFormat };
  return Array.isArray(told) ? { events: told, allowPrivate: false, format: 'cloudevents' } : { format: 'cloudevents', ...told };
}

const matches = (wanted: string, type: string): boolean => (wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type);
