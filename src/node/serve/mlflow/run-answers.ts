import type { Json, LoggedMetric, MetricPoint, RunLink, RunRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { number, pairsOf } from './asked.js';
import { artefactRoot, idsByName } from './experiments.js';

/** Runs in MLflow's words, with their latest metrics, inputs and outputs. */
export async function toldRuns(store: Store, runs: readonly RunRecord[]): Promise<object[]> {
  const ids = runs.map((run) => run.id);
  const [experiments, latest, links] = [await idsByName(store), await store.runs.latest(ids), await store.runs.links(ids)];
  return runs.map((run) => ({
    info: toldInfo(run, experiments.get(run.experiment) ?? run.experiment),
    data: { metrics: (latest.get(run.id) ?? []).map(toldMetric), params: pairsOf(run.params), tags: pairsOf(run.tags) },
    ...toldLinks(links.get(run.id) ?? []),
  }));
}

/** @param experiment as MLflow calls it */
export function toldInfo(run: RunRecord, experiment: string): object {
  return {
    run_id: run.id,
    run_uuid: run.id,
    run_name: run.name,
    experiment_id: experiment,
    user_id: run.by,
    status: run.status.toUpperCase(),
    start_time: Date.parse(run.startedAt),
    ...(run.endedAt !== undefined && run.status !== 'running' && { end_time: Date.parse(run.endedAt) }),
    artifact_uri: artefactRoot(experiment, run.id),
    lifecycle_stage: run.deleted ? 'deleted' : 'active',
  };
}

export function toldMetric({ name, value, step, at, ...more }: MetricPoint | LoggedMetric): object {
  const { run, dataset, digest } = more as Partial<LoggedMetric>;
  return {
    ...{ key: name, value: number(value), timestamp: Date.parse(at), step },
    ...(run !== undefined && { run_id: run }),
    ...(dataset !== undefined && { dataset_name: dataset }),
    ...(digest !== undefined && { dataset_digest: digest }),
  };
}

function toldLinks(links: readonly RunLink[]): object {
  const of = (kind: RunLink['kind']): Json[] => links.filter((link) => link.kind === kind).map((link) => link.detail);
  return {
    inputs: { dataset_inputs: of('dataset'), model_inputs: of('model-input') },
    outputs: { model_outputs: of('model-output') },
  };
}
