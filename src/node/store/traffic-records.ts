import type * as R from './records.js';
import { type Db, insert, one, type Value } from './sql/db.js';
import type { Traffic } from './store.js';

interface PredictionRow {
  id: string;
  at: string;
  model: string;
  version: number;
  route: string;
  asked: string;
  answer: string;
  milliseconds: number | null;
  caller: string | null;
}

interface FeedbackRow {
  id: string;
  at: string;
  model: string;
  prediction: string | null;
  actual: string;
  note: string | null;
}

/** Predictions and feedback in either database. */
export class TrafficRecords implements Traffic {
  constructor(private readonly db: Db) {}

  addPredictions(rows: readonly R.PredictionRecord[]): Promise<number> {
    const columns = ['id', 'at', 'model', 'version', 'route', 'asked', 'answer', 'milliseconds', 'caller'];
    const values = rows.map((r) => [
      ...[r.id, r.at, r.model, r.version, r.route],
      ...[JSON.stringify(r.row), JSON.stringify(r.answer), r.milliseconds, r.caller],
    ]);
    return this.db.transaction((db) => insert(db, 'predictions', columns, values, 'ON CONFLICT (id) DO NOTHING'));
  }

  async prediction(id: string): Promise<R.PredictionRecord | undefined> {
    const row = await one<PredictionRow>(this.db, 'SELECT * FROM predictions WHERE id = ?', [id]);
    return row && predictionOf(row);
  }

  async predictions(query: Parameters<Traffic['predictions']>[0]): Promise<R.PredictionRecord[]> {
    const extra: [string, Value][] = query.version === undefined ? [] : [['version = ?', query.version]];
    return (await this.#latest<PredictionRow>('predictions', query, extra)).map(predictionOf);
  }

  addFeedback(rows: readonly R.FeedbackRecord[]): Promise<number> {
    const values = rows.map((r) => [r.id, r.at, r.model, r.prediction, JSON.stringify(r.actual), r.note]);
    const columns = ['id', 'at', 'model', 'prediction', 'actual', 'note'];
    return this.db.transaction((db) => insert(db, 'feedback', columns, values, 'ON CONFLICT (id) DO NOTHING'));
  }

  async feedback(query: Parameters<Traffic['feedback']>[0]): Promise<R.FeedbackRecord[]> {
    const rows = await this.#latest<FeedbackRow>('feedback', query, []);
    return rows.map(({ id, at, model, prediction, actual, note }) => ({
      id,
      at,
      model,
      prediction: prediction ?? undefined,
      actual: JSON.parse(actual) as R.Json,
      note: note ?? undefined,
    }));
  }

  async labelled({ model, since = '', limit = 100_000 }: Parameters<Traffic['labelled']>[0]): Promise<R.LabelledRow[]> {
    const rows = await this.db.all<Omit<PredictionRow, 'answer'> & { actual: string; told_at: string }>(
      `SELECT p.id, p.at, p.version, p.route, p.asked, f.actual, f.at AS told_at FROM feedback f JOIN predictions p ON p.id = f.prediction
       WHERE f.model = ? AND p.model = ? AND p.at >= ? ORDER BY p.at DESC, p.id DESC, f.at DESC, f.id DESC LIMIT ?`,
      [model, model, since, Math.min(Math.max(1, limit), 1_000_000)],
    );
    const found = new Map<string, R.LabelledRow>();
    for (const { id, at, version, route, asked, actual, told_at: toldAt } of rows) {
      const known = found.get(id);
      if (known) known.toldAt = toldAt;
      else found.set(id, { id, at, version, route, row: JSON.parse(asked) as R.Json, actual: JSON.parse(actual) as R.Json, toldAt });
    }
    return [...found.values()].reverse().sort(inOrder);
  }

  async labels(model: string, since: R.Moment): Promise<number> {
    const found = await one<{ n: number }>(
      this.db,
      'SELECT COUNT(DISTINCT prediction) AS n FROM feedback WHERE model = ? AND at >= ? AND prediction IS NOT NULL',
      [model, since],
    );
    return Number(found?.n ?? 0);
  }

  forget(before: R.Moment, model?: string): Promise<number> {
    const [and, values]: [string, Value[]] = model === undefined ? ['', []] : [' AND model = ?', [model]];
    return this.db.transaction(async (db) => {
      await db.run(`DELETE FROM feedback WHERE at < ?${and}`, [before, ...values]);
      return db.run(`DELETE FROM predictions WHERE at < ?${and}`, [before, ...values]);
    });
  }

  #latest<T extends object>(
    table: 'predictions' | 'feedback',
    query: { model: string; since?: R.Moment; until?: R.Moment; limit?: number },
    extra: readonly [string, Value][],
  ): Promise<T[]> {
    const conditions: [string, Value][] = [['model = ?', query.model], ...extra];
    if (query.since !== undefined) conditions.push(['at >= ?', query.since]);
    if (query.until !== undefined) conditions.push(['at < ?', query.until]);
    const where = conditions.map(([sql]) => sql).join(' AND ');
    return this.db.all<T>(`SELECT * FROM ${table} WHERE ${where} ORDER BY at DESC, id DESC LIMIT ?`, [
      ...conditions.map(([, value]) => value),
      Math.min(Math.max(1, query.limit ?? 100), 1_000_000),
    ]);
  }
}

/** As they were asked: rows of one moment by the count in their answer's id, rows of one answer by their place in it, 9 before 10. */
function inOrder(a: R.LabelledRow, b: R.LabelledRow): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  const [one, other] = [placeOf(a.id), placeOf(b.id)];
  return natural(one.answer, other.answer) || natural(one.row, other.row);
}

function placeOf(id: string): { answer: string; row: string } {
  const slash = id.lastIndexOf('/');
  return slash < 0 ? { answer: id, row: '' } : { answer: id.slice(0, slash), row: id.slice(slash + 1) };
}

const natural = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

function predictionOf(row: PredictionRow): R.PredictionRecord {
  return {
    id: row.id,
    at: row.at,
    model: row.model,
    version: row.version,
    route: row.route,
    row: JSON.parse(row.asked) as R.Json,
    answer: JSON.parse(row.answer) as R.Json,
    milliseconds: row.milliseconds ?? undefined,
    caller: row.caller ?? undefined,
  };
}
