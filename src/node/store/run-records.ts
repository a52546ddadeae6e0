import { MillwrightError } from '../../core/errors.js';
import { newId } from './ids.js';
import { changedMap, mapOfText, textOfMap } from './json-text.js';
import type * as R from './records.js';
import { type Piece, parseRunFilter, parseRunSort } from './run-filter.js';
import { type Db, insert, one, type Value } from './sql/db.js';
import type { RunReads, RunWrites } from './store.js';

interface Row {
  id: string;
  experiment: string;
  name: string;
  status: R.RunStatus;
  started_at: string;
  ended_at: string | null;
  by_user: string;
  source: string;
  data_hash: string | null;
  target: string | null;
  task: string | null;
  metric: string | null;
  score: number | null;
  deleted: number;
}

const MOST_LISTED = 50_000;
/** Ids that are asked for at a time: SQLite takes 32,766 values. */
const AT_ONCE = 5000;

/** Runs in either database. */
export class RunRecords implements RunReads, RunWrites {
  constructor(private readonly db: Db) {}

  async get(id: string): Promise<R.RunRecord | undefined> {
    const row = await one<Row>(this.db, `${SELECT} WHERE r.id = ?`, [id]);
    return row && (await this.#filled([row]))[0];
  }

  async list(query: R.RunQuery = {}): Promise<{ runs: R.RunRecord[]; total: number }> {
    const pieces = parseRunFilter(query.filter ?? '');
    const sort = parseRunSort(query.sort ?? '-started');
    const limit = Math.min(Math.max(1, query.limit ?? 100), MOST_LISTED);
    const offset = Math.max(0, query.offset ?? 0);
    const either = query.deleted === 'either';
    const conditions: Piece[] = [
      either ? { sql: '1 = 1', values: [] } : { sql: 'r.deleted = ?', values: [query.deleted ? 1 : 0] },
      ...pieces,
    ];
    if (query.experiments) {
      if (query.experiments.length === 0) return { runs: [], total: 0 };
      conditions.push({ sql: `r.experiment IN (${query.experiments.map(() => '?').join(', ')})`, values: [...query.experiments] });
    }
    const total = await this.#count('runs r', [], conditions);
    const ids = await this.#ids(sort.from, conditions, sort.order, limit, offset);
    if (sort.lacking && ids.length < limit && total > offset + ids.length) {
      const before = ids.length > 0 || offset === 0 ? offset + ids.length : await this.#count(sort.from.sql, sort.from.values, conditions);
      const rest = { sql: 'runs r', values: [] };
      ids.push(...(await this.#ids(rest, [...conditions, sort.lacking], 'r.id DESC', limit - ids.length, Math.max(0, offset - before))));
    }
    return { runs: await this.#read(ids), total };
  }

  async #count(from: string, values: readonly Value[], conditions: readonly Piece[]): Promise<number> {
    const { sql, values: more } = joined(conditions);
    return (await one<{ n: number }>(this.db, `SELECT COUNT(*) AS n FROM ${from} WHERE ${sql}`, [...values, ...more]))?.n ?? 0;
  }

  /** Ids alone: sorting whole rows costs ten times as much. */
  async #ids(from: Piece, conditions: readonly Piece[], order: string, limit: number, offset: number): Promise<string[]> {
    const { sql, values } = joined(conditions);
    const rows = await this.db.all<{ id: string }>(`SELECT r.id FROM ${from.sql} WHERE ${sql} ORDER BY ${order} LIMIT ? OFFSET ?`, [
      ...from.values,
      ...values,
      limit,
      offset,
    ]);
    return rows.map((row) => row.id);
  }

  /** The runs of these ids, in their order. */
  async #read(ids: readonly string[]): Promise<R.RunRecord[]> {
    const found = new Map<string, R.RunRecord>();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const part = ids.slice(at, at + AT_ONCE);
      const rows = await this.db.all<Row>(`${SELECT} WHERE r.id IN (${part.map(() => '?').join(', ')})`, part);
      for (const run of await this.#filled(rows)) found.set(run.id, run);
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async history(run: string, metric: string): Promise<R.MetricPoint[]> {
    const rows = await this.db.all<{ name: string; value: number | null; special: string; step: number; at: string }>(
      'SELECT name, value, special, step, at FROM metric_points WHERE run = ? AND name = ? ORDER BY step, at',
      [run, metric],
    );
    return rows.map(({ name, value, special, step, at }) => ({ name, value: numberOf(value, special), step, at }));
  }

  async latest(runs: readonly string[]): Promise<Map<string, R.MetricPoint[]>> {
    const found = new Map<string, R.MetricPoint[]>(runs.map((run) => [run, []]));
    for (let at = 0; at < runs.length; at += AT_ONCE) {
      const part = runs.slice(at, at + AT_ONCE);
      const rows = await this.db.all<{ run: string; name: string; value: number | null; special: string; step: number; at: string }>(
        `SELECT run, name, value, special, step, at FROM run_metrics WHERE run IN (${part.map(() => '?').join(', ')}) ORDER BY name`,
        part,
      );
      for (const { run, name, value, special, step, at: when } of rows)
        found.get(run)?.push({ name, value: numberOf(value, special), step, at: when });
    }
    return found;
  }

  async links(runs: readonly string[]): Promise<Map<string, R.RunLink[]>> {
    const found = new Map<string, R.RunLink[]>(runs.map((run) => [run, []]));
    for (let at = 0; at < runs.length; at += AT_ONCE) {
      const part = runs.slice(at, at + AT_ONCE);
      const rows = await this.db.all<{ run: string; kind: R.RunLink['kind']; name: string; value: string }>(
        `SELECT run, kind, name, value FROM run_texts WHERE kind NOT IN ('param', 'tag') AND run IN (${part.map(() => '?').join(', ')}) ORDER BY kind, name`,
        part,
      );
      for (const { run, kind, name, value } of rows) found.get(run)?.push({ kind, name, detail: JSON.parse(value) as R.Json });
    }
    return found;
  }

  async link(id: string, links: readonly R.RunLink[]): Promise<void> {
    await this.db.transaction(async (db) => {
      if (!(await one(db, 'SELECT id FROM runs WHERE id = ?', [id]))) throw noRun(id);
      const once = new Map(links.map((l) => [JSON.stringify([l.kind, l.name]), l]));
      const rows = [...once.values()].map((l) => [id, l.kind, l.name, JSON.stringify(l.detail)]);
      await insert(db, 'run_texts', ['run', 'kind', 'name', 'value'], rows, OVERWRITE);
    });
  }

  async trials(run: string): Promise<R.TrialRecord[]> {
    const rows = await this.db.all<Record<string, string | number | null>>('SELECT * FROM trials WHERE run = ? ORDER BY place, id', [run]);
    return rows.map((row) => ({
      id: row.id as string,
      rank: row.place as number,
      learner: row.learner as string,
      title: row.title as string,
      validation: (row.validation as number | null) ?? undefined,
      holdout: (row.holdout as number | null) ?? undefined,
      seconds: row.seconds as number,
      chosen: row.chosen === 1,
      cut: row.cut === 1,
    }));
  }

  artefacts(run: string): Promise<R.NamedArtefact[]> {
    return this.db.all('SELECT name, sha256, bytes FROM run_files WHERE run = ? ORDER BY name', [run]);
  }

  async withFile(sha256: string): Promise<R.RunRecord | undefined> {
    const row = await one<{ run: string }>(
      this.db,
      'SELECT f.run FROM run_files f JOIN runs r ON r.id = f.run WHERE f.sha256 = ? ORDER BY r.started_at DESC LIMIT 1',
      [sha256],
    );
    return row && this.get(row.run);
  }

  async experiment(idOrName: string): Promise<R.ExperimentRecord | undefined> {
    const row = await one<ExperimentRow>(this.db, 'SELECT * FROM experiments WHERE id = ? OR name = ?', [idOrName, idOrName]);
    return row && experimentOf(row);
  }

  async experiments(): Promise<R.ExperimentRecord[]> {
    return (await this.db.all<ExperimentRow>('SELECT * FROM experiments ORDER BY created_at, id')).map(experimentOf);
  }

  async create(run: R.NewRun): Promise<void> {
    await this.db.transaction(async (db) => {
      const experiment = await new RunRecords(db).ensureExperiment(run.experiment, run.startedAt);
      await db.run(
        `INSERT INTO runs (id, experiment, name, status, started_at, ended_at, by_user, source, data_hash, target, task, metric, score)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          ...[run.id, experiment.id, run.name, run.status ?? 'running', run.startedAt, run.endedAt, run.by, run.source],
          ...[run.dataHash, run.target, run.task, run.metric, finite(run.score)],
        ],
      );
    });
  }

  async update(id: string, change: Parameters<RunWrites['update']>[1]): Promise<void> {
    const columns: Record<string, Value> = {
      name: change.name,
      status: change.status,
      ended_at: change.endedAt,
      metric: change.metric,
      score: finite(change.score),
      deleted: change.deleted === undefined ? undefined : Number(change.deleted),
    };
    const given = Object.entries(columns).filter(([, value]) => value !== undefined);
    if (given.length === 0) return;
    const set = given.map(([name]) => `${name} = ?`).join(', ');
    if ((await this.db.run(`UPDATE runs SET ${set} WHERE id = ?`, [...given.map(([, value]) => value), id])) === 0) throw noRun(id);
  }

  async log(id: string, { metrics = [], params, tags }: R.RunLog): Promise<void> {
    await this.db.transaction(async (db) => {
      if (!(await one(db, 'SELECT id FROM runs WHERE id = ?', [id]))) throw noRun(id);
      const points = metrics.map((m) => [id, m.name, m.step, m.at, finite(m.value), specialOf(m.value)]);
      await insert(db, 'metric_points', ['run', 'name', 'step', 'at', 'value', 'special'], points, 'ON CONFLICT DO NOTHING');
      const latest = new Map<string, R.MetricPoint>();
      for (const m of metrics) {
        const known = latest.get(m.name);
        if (!known || m.step > known.step || (m.step === known.step && m.at >= known.at)) latest.set(m.name, m);
      }
      await insert(
        db,
        'run_metrics',
        ['run', 'name', 'step', 'at', 'value', 'special'],
        [...latest.values()].map((m) => [id, m.name, m.step, m.at, finite(m.value), specialOf(m.value)]),
        `ON CONFLICT (run, name) DO UPDATE SET value = excluded.value, special = excluded.special, step = excluded.step, at = excluded.at
         WHERE excluded.step > run_metrics.step OR (excluded.step = run_metrics.step AND excluded.at >= run_metrics.at)`,
      );
      const texts = [
        ...[...(params ?? [])].map(([name, value]) => [id, 'param', name, value]),
        ...[...(tags ?? [])].map(([name, value]) => [id, 'tag', name, value]),
      ];
      await insert(db, 'run_texts', ['run', 'kind', 'name', 'value'], texts, OVERWRITE);
    });
  }

  async removeTag(id: string, name: string): Promise<void> {
    await this.db.run("DELETE FROM run_texts WHERE run = ? AND kind = 'tag' AND name = ?", [id, name]);
  }

  async addTrials(id: string, trials: readonly R.TrialRecord[]): Promise<void> {
    await insert(
      this.db,
      'trials',
      ['run', 'id', 'place', 'learner', 'title', 'validation', 'holdout', 'seconds', 'chosen', 'cut'],
      trials.map((t) => [
        ...[id, t.id, t.rank, t.learner, t.title, finite(t.validation), finite(t.holdout), t.seconds],
        ...[Number(t.chosen), Number(t.cut)],
      ]),
    );
  }

  async attach(id: string, files: readonly R.NamedArtefact[]): Promise<void> {
    await this.db.transaction(async (db) => {
      if (!(await one(db, 'SELECT id FROM runs WHERE id = ?', [id]))) throw noRun(id);
      await insert(
        db,
        'run_files',
        ['run', 'name', 'sha256', 'bytes'],
        files.map((f) => [id, f.name, f.sha256, f.bytes]),
        'ON CONFLICT (run, name) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes',
      );
    });
  }

  async ensureExperiment(name: string, at: R.Moment): Promise<R.ExperimentRecord> {
    await this.db.run("INSERT INTO experiments (id, name, created_at, tags) VALUES (?, ?, ?, '[]') ON CONFLICT (name) DO NOTHING", [
      newId('exp'),
      name,
      at,
    ]);
    const row = await one<ExperimentRow>(this.db, 'SELECT * FROM experiments WHERE name = ?', [name]);
    return experimentOf(row as ExperimentRow);
  }

  async updateExperiment(id: string, change: Parameters<RunWrites['updateExperiment']>[1]): Promise<void> {
    await this.db.transaction(async (db) => {
      const row = await one<ExperimentRow>(db, 'SELECT * FROM experiments WHERE id = ?', [id]);
      if (!row) throw new MillwrightError('NOT_FOUND', `There is no experiment ${id}.`);
      const tags = textOfMap(changedMap(mapOfText(row.tags), change.tags));
      const deleted = change.deleted === undefined ? row.deleted : Number(change.deleted);
      await db.run('UPDATE experiments SET name = ?, deleted = ?, tags = ? WHERE id = ?', [change.name ?? row.name, deleted, tags, id]);
    });
  }

  /** Adds what stands in other tables, for as many runs as one statement takes. */
  async #filled(rows: readonly Row[]): Promise<R.RunRecord[]> {
    const runs = new Map(rows.map((row) => [row.id, runOf(row)]));
    const ids = [...runs.keys()];
    if (ids.length === 0) return [];
    const places = ids.map(() => '?').join(', ');
    const metrics = await this.db.all<{ run: string; name: string; value: number | null; special: string }>(
      `SELECT run, name, value, special FROM run_metrics WHERE run IN (${places}) ORDER BY name`,
      ids,
    );
    for (const { run, name, value, special } of metrics) runs.get(run)?.metrics.set(name, numberOf(value, special));
    const texts = await this.db.all<{ run: string; kind: string; name: string; value: string }>(
      `SELECT run, kind, name, value FROM run_texts WHERE kind IN ('param', 'tag') AND run IN (${places}) ORDER BY name`,
      ids,
    );
    for (const { run, kind, name, value } of texts) runs.get(run)?.[kind === 'tag' ? 'tags' : 'params'].set(name, value);
    return [...runs.values()];
  }
}

const OVERWRITE = 'ON CONFLICT (run, kind, name) DO UPDATE SET value = excluded.value';

const SELECT = `SELECT r.id, e.name AS experiment, r.name, r.status, r.started_at, r.ended_at, r.by_user, r.source, r.data_hash, r.target, r.task, r.metric,
  r.score, r.deleted FROM runs r JOIN experiments e ON e.id = r.experiment`;

/** Conditions of which all must hold. */
const joined = (conditions: readonly Piece[]): Piece => ({
  sql: conditions.map((c) => c.sql).join(' AND '),
  values: conditions.flatMap((c) => c.values),
});

function runOf(row: Row): R.RunRecord {
  return {
    id: row.id,
    experiment: row.experiment,
    name: row.name,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    by: row.by_user,
    source: row.source,
    dataHash: row.data_hash ?? undefined,
    target: row.target ?? undefined,
    task: row.task ?? undefined,
    metric: row.metric ?? undefined,
    score: row.score ?? undefined,
    metrics: new Map(),
    params: new Map(),
    tags: new Map(),
    deleted: row.deleted === 1,
  };
}

interface ExperimentRow {
  id: string;
  name: string;
  created_at: string;
  tags: string;
  deleted: number;
}

function experimentOf(row: ExperimentRow): R.ExperimentRecord {
  return { id: row.id, name: row.name, createdAt: row.created_at, tags: mapOfText(row.tags), deleted: row.deleted === 1 };
}

/** Databases differ in what they make of NaN and infinities, so these are kept as words. */
const finite = (value: number | undefined): number | undefined => (value !== undefined && Number.isFinite(value) ? value : undefined);
const specialOf = (value: number): string => (Number.isFinite(value) ? '' : String(value));
const numberOf = (value: number | null, special: string): number => (special === '' ? (value as number) : Number(special));

const noRun = (id: string): MillwrightError =>
  new MillwrightError('NOT_FOUND', `There is no run ${id}.`, 'See `millwright runs` for those there are.');
