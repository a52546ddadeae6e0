import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { moment, newId } from './ids.js';
import { changedMap, mapOfText, textOfMap } from './json-text.js';
import type * as R from './records.js';
import { type Db, insert, one } from './sql/db.js';
import type { ModelReads, ModelWrites } from './store.js';

interface ModelRow {
  name: string;
  description: string;
  created_at: string;
  by_user: string;
  tags: string;
  latest: number;
}

interface VersionRow {
  model: string;
  version: number;
  stage: R.Stage;
  registered_by: string;
  registered_at: string;
  trained_by: string;
  description: string;
  tags: string;
  facts: string;
}

/** What stands in `facts`: everything that never changes. */
type Facts = Omit<R.VersionFacts, 'metrics' | 'trainedBy'> & { metrics: [string, R.Scored][] };

const MODEL = `SELECT m.*, COALESCE((SELECT MAX(v.version) FROM versions v WHERE v.model = m.name), 0) AS latest FROM models m`;
const STAGES: readonly string[] = ['staging', 'production'];

/** Models and versions in either database. */
export class ModelRecords implements ModelReads, ModelWrites {
  constructor(private readonly db: Db) {}

  async get(name: string): Promise<R.ModelRecord | undefined> {
    const row = await one<ModelRow>(this.db, `${MODEL} WHERE m.name = ?`, [name]);
    return row && modelOf(row, await this.#aliases(name));
  }

  async list(): Promise<R.ModelRecord[]> {
    const rows = await this.db.all<ModelRow>(`${MODEL} ORDER BY m.name`);
    const aliases = await this.db.all<AliasRow>('SELECT model, alias, version FROM aliases ORDER BY alias');
    return rows.map((row) =>
      modelOf(
        row,
        aliases.filter((a) => a.model === row.name),
      ),
    );
  }

  async version(model: string, version: number): Promise<R.VersionRecord | undefined> {
    const row = await one<VersionRow>(this.db, 'SELECT * FROM versions WHERE model = ? AND version = ?', [model, version]);
    return row && versionOf(row);
  }

  async versions(model: string): Promise<R.VersionRecord[]> {
    return (await this.db.all<VersionRow>('SELECT * FROM versions WHERE model = ? ORDER BY version DESC', [model])).map(versionOf);
  }

  async resolve(reference: string): Promise<R.VersionRecord> {
    const { model, which } = splitReference(reference);
    const found = await this.get(model);
    if (!found) {
      const names = (await this.list()).map((m) => m.name);
      const near = nearestName(model, names);
      throw new MillwrightError(
        'NOT_FOUND',
        `There is no model "${model}" in the registry.`,
        near
          ? `Perhaps ${near}.`
          : names.length
            ? `There are ${names.slice(0, 10).join(', ')}.`
            : 'Register one with `millwright register`.',
      );
    }
    const aliases = [...found.aliases].map(([alias, version]) => `${alias} (${version})`).join(', ');
    const missing = (what: string): MillwrightError =>
      new MillwrightError(
        'NOT_FOUND',
        `The model ${model} has no ${what}.`,
        `It has versions 1 to ${found.latest}${aliases ? ` and the aliases ${aliases}` : ''}.`,
      );
    if (/^\d+$/.test(which)) return (await this.version(model, Number(which))) ?? raise(missing(`version ${which}`));
    if (which === 'latest') return (await this.version(model, found.latest)) ?? raise(missing('version'));
    const aliased = found.aliases.get(which);
    if (aliased !== undefined) return (await this.version(model, aliased)) as R.VersionRecord;
    if (STAGES.includes(which)) {
      const row = await one<VersionRow>(this.db, 'SELECT * FROM versions WHERE model = ? AND stage = ? ORDER BY version DESC LIMIT 1', [
        model,
        which,
      ]);
      if (row) return versionOf(row);
    }
    throw missing(which === 'champion' ? 'version in production' : `version or alias "${which}"`);
  }

  files(model: string, version: number): Promise<R.NamedArtefact[]> {
    return this.db.all('SELECT name, sha256, bytes FROM version_files WHERE model = ? AND version = ? ORDER BY name', [model, version]);
  }

  async deployments(model: string): Promise<R.Deployment[]> {
    const rows = await this.db.all<Record<string, string | number | null>>(
      'SELECT * FROM deployments WHERE model = ? ORDER BY at DESC, id DESC',
      [model],
    );
    return rows.map((row) => ({
      id: row.id as string,
      model: row.model as string,
      version: row.version as number,
      previous: (row.previous as number | null) ?? undefined,
      kind: row.kind as R.Deployment['kind'],
      request: (row.request as string | null) ?? undefined,
      by: row.by_user as string,
      at: row.at as string,
      reason: row.reason as string,
    }));
  }

  async checks(model: string, version: number): Promise<R.CheckRecord[]> {
    const rows = await this.db.all<Record<string, string | number | null>>(
      'SELECT * FROM checks WHERE model = ? AND version = ? ORDER BY name',
      [model, version],
    );
    return rows.map((row) => ({
      name: row.name as string,
      passed: row.passed === 1,
      value: (row.value as number | null) ?? undefined,
      detail: row.detail as string,
      by: row.by_user as string,
      at: row.at as string,
    }));
  }

  async ensure(model: { name: string; by: string; description?: string }): Promise<R.ModelRecord> {
    checkName(model.name);
    await this.db.run(
      "INSERT INTO models (name, description, created_at, by_user, tags) VALUES (?, ?, ?, ?, '[]') ON CONFLICT (name) DO NOTHING",
      [model.name, model.description ?? '', moment(), model.by],
    );
    return (await this.get(model.name)) as R.ModelRecord;
  }

  async describe(name: string, change: Parameters<ModelWrites['describe']>[1]): Promise<void> {
    const found = await this.get(name);
    if (!found) throw new MillwrightError('NOT_FOUND', `There is no model "${name}".`);
    const tags = textOfMap(changedMap(found.tags, change.tags));
    await this.db.run('UPDATE models SET description = ?, tags = ? WHERE name = ?', [change.description ?? found.description, tags, name]);
  }

  async addVersion(added: R.NewVersion): Promise<R.VersionRecord> {
    const { model, registeredBy, description = '', metrics, trainedBy, tags = new Map(), files = [], ...facts } = added;
    const last = await one<{ n: number | null }>(this.db, 'SELECT MAX(version) AS n FROM versions WHERE model = ?', [model]);
    const version = (last?.n ?? 0) + 1;
    const written: Facts = { ...facts, metrics: [...metrics] };
    await this.db.run(
      `INSERT INTO versions (model, version, stage, registered_by, registered_at, trained_by, description, tags, run, bundle, report, facts)
       VALUES (?, ?, 'none', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[model, version, registeredBy, moment(), trainedBy, description, textOfMap(tags)],
        ...[facts.run, facts.bundle.sha256, facts.report?.sha256, JSON.stringify(written)],
      ],
    );
    const rows = files.map((f) => [model, version, f.name, f.sha256, f.bytes]);
    await insert(this.db, 'version_files', ['model', 'version', 'name', 'sha256', 'bytes'], rows);
    return (await this.version(model, version)) as R.VersionRecord;
  }

  async describeVersion(model: string, version: number, change: Parameters<ModelWrites['describeVersion']>[2]): Promise<void> {
    const found = await this.version(model, version);
    if (!found) throw new MillwrightError('NOT_FOUND', `There is no version ${version} of ${model}.`);
    await this.db.run('UPDATE versions SET description = ?, tags = ? WHERE model = ? AND version = ?', [
      change.description ?? found.description,
      textOfMap(changedMap(found.tags, change.tags)),
      model,
      version,
    ]);
  }

  async setStage(model: string, version: number, stage: R.Stage): Promise<void> {
    await this.db.run('UPDATE versions SET stage = ? WHERE model = ? AND version = ?', [stage, model, version]);
  }

  async setAlias(model: string, alias: string, version: number | undefined): Promise<void> {
    checkName(alias, 'alias');
    if (/^(v?\d+|latest)$/i.test(alias) || STAGES.includes(alias))
      throw new MillwrightError(
        'OPTION_INVALID',
        `"${alias}" cannot be an alias: it means something else already.`,
        'Choose another name.',
      );
    if (version === undefined) await this.db.run('DELETE FROM aliases WHERE model = ? AND alias = ?', [model, alias]);
    else
      await this.db.run(
        'INSERT INTO aliases (model, alias, version) VALUES (?, ?, ?) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version',
        [model, alias, version],
      );
  }

  async addDeployment(deployment: Omit<R.Deployment, 'id' | 'at'>): Promise<R.Deployment> {
    const { model, version, previous, kind, request, by, reason } = deployment;
    const made = { ...deployment, id: newId('dep'), at: moment() };
    await this.db.run(
      'INSERT INTO deployments (id, model, version, previous, kind, request, by_user, at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [made.id, model, version, previous, kind, request, by, made.at, reason],
    );
    return made;
  }

  async addCheck(model: string, version: number, check: Omit<R.CheckRecord, 'at'>): Promise<void> {
    await this.db.run(
      `INSERT INTO checks (model, version, name, passed, value, detail, by_user, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (model, version, name) DO UPDATE SET passed = excluded.passed, value = excluded.value, detail = excluded.detail,
       by_user = excluded.by_user, at = excluded.at`,
      [model, version, check.name, Number(check.passed), check.value, check.detail, check.by, moment()],
    );
  }

  #aliases(model: string): Promise<AliasRow[]> {
    return this.db.all('SELECT model, alias, version FROM aliases WHERE model = ? ORDER BY alias', [model]);
  }
}

interface AliasRow {
  model: string;
  alias: string;
  version: number;
}

/**
 * A reference's parts: `churn@3` → churn and 3; `churn` → churn and champion.
 * @throws MillwrightError `OPTION_INVALID` when the name could not be one
 */
export function splitReference(reference: string): { model: string; which: string } {
  const at = reference.lastIndexOf('@');
  const [model, which] = at < 0 ? [reference, 'champion'] : [reference.slice(0, at), reference.slice(at + 1)];
  checkName(model);
  return { model, which: which || 'champion' };
}

/** Names stand in addresses and on command lines, so they are plain. @throws MillwrightError `OPTION_INVALID` */
export function checkName(name: string, what = 'model'): void {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,99}$/u.test(name) || name.endsWith(' '))
    throw new MillwrightError(
      'OPTION_INVALID',
      `"${name.slice(0, 100)}" cannot be the name of ${what === 'alias' ? 'an' : 'a'} ${what}.`,
      'Use up to 100 letters, digits, dots, dashes, underscores and spaces; begin with a letter or digit.',
    );
}

function modelOf(row: ModelRow, aliases: readonly AliasRow[]): R.ModelRecord {
  return {
    name: row.name,
    description: row.description,
    createdAt: row.created_at,
    by: row.by_user,
    aliases: new Map(aliases.map((a) => [a.alias, a.version])),
    tags: mapOfText(row.tags),
    latest: row.latest,
  };
}

function versionOf(row: VersionRow): R.VersionRecord {
  const { metrics, ...facts } = JSON.parse(row.facts) as Facts;
  return {
    ...facts,
    metrics: new Map(metrics),
    trainedBy: row.trained_by,
    model: row.model,
    version: row.version,
    stage: row.stage,
    registeredBy: row.registered_by,
    registeredAt: row.registered_at,
    description: row.description,
    tags: mapOfText(row.tags),
  };
}

function raise(error: Error): never {
  throw error;
}
