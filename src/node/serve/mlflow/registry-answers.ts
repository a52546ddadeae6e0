import type { ModelRecord, Stage, VersionRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { pairsOf } from './asked.js';

/** Said of versions without a bundle of ours. */
const NOT_SERVED = 'Registered, but Millwright cannot serve it: among its files is no model.mill.';
export const STAGES: Record<Stage, string> = { none: 'None', staging: 'Staging', production: 'Production', archived: 'Archived' };

/** A version in MLflow's words. */
export function toldVersion(version: VersionRecord, model: ModelRecord | undefined): object {
  const at = Date.parse(version.registeredAt);
  return {
    name: version.model,
    version: String(version.version),
    creation_timestamp: at,
    last_updated_timestamp: at,
    user_id: version.registeredBy,
    current_stage: STAGES[version.stage],
    description: version.description,
    source: version.source ?? fileUri(version),
    run_id: version.run ?? '',
    run_link: '',
    status: 'READY',
    status_message: version.format === 'mill' ? '' : NOT_SERVED,
    tags: pairsOf(version.tags),
    aliases: [...(model?.aliases ?? [])].filter(([, n]) => n === version.version).map(([alias]) => alias),
    ...(version.loggedModel !== undefined && { model_id: version.loggedModel }),
  };
}

/** Where the files of a version are for a client. */
export const fileUri = ({ model, version }: VersionRecord): string => `mlflow-artifacts:/versions/${model}/${version}`;

/** A model with the latest version of each stage. */
export async function toldModel(store: Store, model: ModelRecord): Promise<object> {
  const created = Date.parse(model.createdAt);
  const latest = await latestVersions(store, model.name);
  return {
    name: model.name,
    creation_timestamp: created,
    last_updated_timestamp: Math.max(created, ...latest.map((v) => Date.parse(v.registeredAt))),
    user_id: model.by,
    description: model.description,
    latest_versions: latest.map((version) => toldVersion(version, model)),
    tags: pairsOf(model.tags),
    aliases: [...model.aliases].map(([alias, version]) => ({ alias, version: String(version) })),
  };
}

/** The latest version of each stage. */
export async function latestVersions(store: Store, name: string, stages?: readonly string[]): Promise<VersionRecord[]> {
  const wanted = stages?.map((stage) => stage.toLowerCase());
  const found = new Map<Stage, VersionRecord>();
  for (const version of await store.models.versions(name))
    if (!found.has(version.stage) && (wanted?.includes(version.stage) ?? true)) found.set(version.stage, version);
  return [...found.values()];
}
