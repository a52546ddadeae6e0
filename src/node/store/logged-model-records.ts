import { MillwrightError } from '../../core/errors.js';
import { moment } from './ids.js';
import { changedMap, mapOfText, textOfMap } from './json-text.js';
import type * as R from './records.js';
import { type Db, insert, one } from './sql/db.js';
import type { LoggedModels } from './store.js';

interface Row {
  id: string;
  experiment: string;
  run: string | null;
  name: string;
  kind: string;
  status: R.LoggedModelStatus;
  by_user: string;
  created_at: string;
  changed_at: string;
  params: string;
  tags: string;
  metrics: string;
  deleted: number;
}

/** JSON knows no infinities, so values are kept as words. */
type KeptMetric = Omit<R.LoggedMetric, 'value'> & { value: string };

/** Models that runs logged, in either database. */
export class LoggedModelRecords implements LoggedModels {
  constructor(private readonly db: Db) {}

  async get(id: string): Promise<R.LoggedModelRecord | undefined> {
    const row = await one<Row>(this.db, 'SELECT * FROM logged_models WHERE id = ?', [id]);
    return row && recordOf(row);
  }

  async list(experiments: readonly string[]): Promise<R.LoggedModelRecord[]> {
    if (experiments.length === 0) return [];
    const rows = await this.db.all<Row>(
      `SELECT * FROM logged_models WHERE deleted = 0 AND experiment IN (${experiments.map(() => '?').join(', ')})
       ORDER BY created_at DESC, id DESC`,
      experiments,
    );
    return rows.map(recordOf);
  }

  files(id: string): Promise<R.NamedArtefact[]> {
    return this.db.all('SELECT name, sha256, bytes FROM logged_files WHERE model = ? ORDER BY name', [id]);
  }

  async create(model: Parameters<LoggedModels['create']>[0]): Promise<R.LoggedModelRecord> {
    const now = moment();
    await this.db.run(
      `INSERT INTO logged_models (id, experiment, run, name, kind, status, by_user, created_at, changed_at, params, tags, metrics)
       VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, '[]')`,
      [model.id, model.experiment, model.run, model.name, model.kind, model.by, now, now, textOfMap(model.params), textOfMap(model.tags)],
    );
    return (await this.get(model.id)) as R.LoggedModelRecord;
  }

  async change(id: string, change: R.LoggedModelChange): Promise<R.LoggedModelRecord> {
    return this.db.transaction(async (db) => {
      const lock = db.dialect === 'postgres' ? ' FOR UPDATE' : '';
      const row = await one<Row>(db, `SELECT * FROM logged_models WHERE id = ?${lock}`, [id]);
      if (!row) throw new MillwrightError('NOT_FOUND', `There is no logged model ${id}.`);
      const before = recordOf(row);
      await db.run('UPDATE logged_models SET status = ?, tags = ?, params = ?, metrics = ?, deleted = ?, changed_at = ? WHERE id = ?', [
        ...[change.status ?? before.status, textOfMap(changedMap(before.tags, change.tags))],
        ...[textOfMap(changedMap(before.params, change.params)), textOfMetrics(before.metrics, change.metrics ?? [])],
        ...[Number(change.deleted ?? before.deleted), moment(), id],
      ]);
      return (await new LoggedModelRecords(db).get(id)) as R.LoggedModelRecord;
    });
  }

  async attach(id: string, files: readonly R.NamedArtefact[]): Promise<void> {
    await this.db.transaction(async (db) => {
      if (!(await one(db, 'SELECT id FROM logged_models WHERE id = ?', [id])))
        throw new MillwrightError('NOT_FOUND', `There is no logged model ${id}.`);
      await insert(
        db,
        'logged_files',
        ['model', 'name', 'sha256', 'bytes'],
        files.map((f) => [id, f.name, f.sha256, f.bytes]),
        'ON CONFLICT (model, name) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes',
      );
    });
  }
}

/** The latest of each name, run and data set. */
function textOfMetrics(before: readonly R.LoggedMetric[], added: readonly R.LoggedMetric[]): string {
  const latest = new Map<string, R.LoggedMetric>();
  for (const metric of [...before, ...added]) {
    const key = JSON.stringify([metric.name, metric.run, metric.dataset ?? null]);
    const known = latest.get(key);
    if (!known || metric.step > known.step || (metric.step === known.step && metric.at >= known.at)) latest.set(key, metric);
  }
  return JSON.stringify([...latest.values()].map((metric): KeptMetric => ({ ...metric, value: String(metric.value) })));
}

function recordOf(row: Row): R.LoggedModelRecord {
  const metrics = JSON.parse(row.metrics) as KeptMetric[];
  return {
    id: row.id,
    experiment: row.experiment,
    run: row.run ?? undefined,
    name: row.name,
    kind: row.kind,
    status: row.status,
    by: row.by_user,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    params: mapOfText(row.params),
    tags: mapOfText(row.tags),
    metrics: metrics.map((metric) => ({ ...metric, value: Number(metric.value) })),
    deleted: row.deleted === 1,
  };
}
