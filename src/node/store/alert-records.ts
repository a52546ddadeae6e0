import { MillwrightError } from '../../core/errors.js';
import { moment, newId } from './ids.js';
import type * as R from './records.js';
import { type Db, one, type Value } from './sql/db.js';
import type { AlertReads, AlertWrites } from './store.js';

interface AlertRow {
  id: string;
  model: string;
  version: string;
  origin: string;
  kind: string;
  severity: R.AlertRecord['severity'];
  state: R.AlertState;
  raised_at: string;
  seen_at: string;
  ended_at: string | null;
  snoozed_until: string | null;
  detail: string;
  handled: string;
}

const AFTER = { acknowledge: 'acknowledged', snooze: 'snoozed', resolve: 'resolved' } as const;

/** Alerts in either database. */
export class AlertRecords implements AlertReads, AlertWrites {
  constructor(private readonly db: Db) {}

  async get(id: string): Promise<R.AlertRecord | undefined> {
    const row = await one<AlertRow>(this.db, 'SELECT * FROM alerts WHERE id = ?', [id]);
    return row && alertOf(row);
  }

  async list(query: Parameters<AlertReads['list']>[0] = {}): Promise<R.AlertRecord[]> {
    const { models, states, limit = 100 } = query;
    const conditions: string[] = [];
    const values: Value[] = [];
    const among = (column: string, wanted: readonly string[]): string => {
      values.push(...wanted);
      return `${column} IN (${wanted.map(() => '?').join(', ')})`;
    };
    if (models?.length === 0 || states?.length === 0) return [];
    if (models) conditions.push(among('model', models));
    if (states) {
      const now = new Date().toISOString();
      // a snooze that has run out is open again
      const state = "CASE WHEN state = 'snoozed' AND snoozed_until <= ? THEN 'open' ELSE state END";
      values.push(now);
      conditions.push(among(state, states));
    }
    const where = conditions.length ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = await this.db.all<AlertRow>(`SELECT * FROM alerts ${where} ORDER BY raised_at DESC, id DESC LIMIT ?`, [
      ...values,
      Math.min(Math.max(1, limit), 10_000),
    ]);
    return rows.map(alertOf);
  }

  async raise(alert: R.NewAlert): Promise<R.AlertRecord | undefined> {
    const { model, version, origin, kind, severity, detail } = alert;
    const id = newId('alert');
    const at = moment();
    const made = await this.db.run(
      `INSERT INTO alerts (id, model, version, origin, kind, severity, state, raised_at, seen_at, detail, handled)
       VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, '[]') ON CONFLICT (model, version, origin) DO NOTHING`,
      [id, model, version, origin, kind, severity, at, at, JSON.stringify(detail)],
    );
    return made === 0 ? undefined : this.get(id);
  }

  async see(alert: Pick<R.NewAlert, 'model' | 'version' | 'origin' | 'detail'>): Promise<boolean> {
    const seen = await this.db.run(
      `UPDATE alerts SET seen_at = CASE WHEN ended_at IS NULL THEN ? ELSE seen_at END, detail = ? WHERE model = ? AND version = ? AND origin = ?`,
      [moment(), JSON.stringify(alert.detail), alert.model, alert.version, alert.origin],
    );
    return seen > 0;
  }

  async end(alert: Pick<R.NewAlert, 'model' | 'version' | 'origin'>): Promise<R.AlertRecord | undefined> {
    const at = moment();
    const ended = await this.db.all<AlertRow>(
      `UPDATE alerts SET ended_at = ?, state = CASE WHEN state = 'resolved' THEN state ELSE 'ended' END
       WHERE model = ? AND version = ? AND origin = ? AND ended_at IS NULL RETURNING *`,
      [at, alert.model, alert.version, alert.origin],
    );
    return ended[0] && alertOf(ended[0]);
  }

  async handle(id: string, step: Omit<R.AlertStep, 'at'>): Promise<R.AlertRecord> {
    const alert = await this.get(id);
    if (!alert) throw new MillwrightError('NOT_FOUND', `There is no alert ${id}.`, 'See `millwright alerts`.');
    const over = alert.state === 'resolved' || (alert.state === 'ended' && step.action !== 'resolve');
    if (over) throw new MillwrightError('STORE_CONFLICT', `The alert ${id} is ${alert.state} already.`, 'There is nothing left to do.');
    const handled: R.AlertStep[] = [...alert.handled, { ...step, at: moment() }];
    await this.db.run('UPDATE alerts SET state = ?, snoozed_until = ?, handled = ? WHERE id = ?', [
      ...[AFTER[step.action], step.until],
      ...[JSON.stringify(handled), id],
    ]);
    return (await this.get(id)) as R.AlertRecord;
  }

  async monitor(model: string, version: string): Promise<string | undefined> {
    return (await one<{ state: string }>(this.db, 'SELECT state FROM monitors WHERE model = ? AND version = ?', [model, version]))?.state;
  }

  async keepMonitor(model: string, version: string, state: string): Promise<void> {
    await this.db.run(
      'INSERT INTO monitors (model, version, state, at) VALUES (?, ?, ?, ?) ON CONFLICT (model, version) DO UPDATE SET state = excluded.state, at = excluded.at',
      [model, version, state, new Date().toISOString()],
    );
  }
}

function alertOf(row: AlertRow): R.AlertRecord {
  const awake = row.state === 'snoozed' && (row.snoozed_until ?? '') <= new Date().toISOString();
  return {
    ...{ id: row.id, model: row.model, version: row.version, origin: row.origin, kind: row.kind, severity: row.severity },
    state: awake ? 'open' : row.state,
    raisedAt: row.raised_at,
    seenAt: row.seen_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.state === 'snoozed' && !awake && row.snoozed_until !== null && { snoozedUntil: row.snoozed_until }),
    detail: JSON.parse(row.detail) as R.Json,
    handled: JSON.parse(row.handled) as R.AlertStep[],
  };
}
