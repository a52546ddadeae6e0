import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import { moment } from '../../store/ids.js';
import type { ExperimentRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { type Route, sendJson } from '../route.js';
import { asked, int64, mapOf, named, page, pairsOf, TAG, text } from './asked.js';
import { matcher, sorter, type ValueOf } from './match.js';

/** Clients log to experiment 0 unless one is named. */
const DEFAULT: ExperimentRecord = { id: '0', name: 'Default', createdAt: new Date(0).toISOString(), tags: new Map(), deleted: false };
const FIELDS = ['name', 'experiment_id', 'creation_time', 'last_update_time'];

const id = z.object({ experiment_id: named(100) });
const view = z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY');
const searching = z.object({
  filter: text(5000).default(''),
  order_by: z.array(text(500)).max(10).default([]),
  max_results: int64.pipe(z.number().min(1).max(50_000)).default(1000),
  page_token: text(200).optional(),
  view_type: view,
});

/** How an experiment is called in MLflow. */
export const idOf = (experiment: ExperimentRecord): string => (experiment.name === DEFAULT.name ? DEFAULT.id : experiment.id);
export const artefactRoot = (experiment: string, rest: string): string => `mlflow-artifacts:/${experiment}/${rest}/artifacts`;

/** @throws MillwrightError `NOT_FOUND` */
export async function experimentOf(store: Store, asked: string): Promise<ExperimentRecord> {
  if (asked === DEFAULT.id) return (await store.runs.experiment(DEFAULT.name)) ?? DEFAULT;
  const found = await store.runs.experiment(asked);
  if (found?.id !== asked) throw new MillwrightError('NOT_FOUND', `No Experiment with id=${asked} exists.`);
  return found;
}

/** The experiment that something is to be logged in. @throws MillwrightError `NOT_FOUND`, `OPTION_INVALID` when it is deleted */
export async function openExperiment(store: Store, asked: string): Promise<ExperimentRecord> {
  const found = await experimentOf(store, asked);
  if (found.deleted) throw new MillwrightError('OPTION_INVALID', `The experiment ${found.name} is deleted.`, 'Restore it first.');
  return found === DEFAULT ? store.runs.ensureExperiment(DEFAULT.name, moment()) : found;
}

/** MLflow's ids of all experiments by their name. */
export async function idsByName(store: Store): Promise<Map<string, string>> {
  return new Map((await store.runs.experiments()).map((e) => [e.name, idOf(e)]));
}

const valueIn: ValueOf<ExperimentRecord> = (experiment, { kind, name }) => {
  if (kind === 'tag') return experiment.tags.get(name);
  if (kind !== 'field') return undefined;
  if (name === 'name') return experiment.name;
  return name === 'experiment_id' ? idOf(experiment) : Date.parse(experiment.createdAt);
};

function told(experiment: ExperimentRecord): object {
  const created = Date.parse(experiment.createdAt);
  return {
    experiment_id: idOf(experiment),
    name: experiment.name,
    artifact_location: `mlflow-artifacts:/${idOf(experiment)}`,
    lifecycle_stage: experiment.deleted ? 'deleted' : 'active',
    creation_time: created,
    last_update_time: created,
    tags: pairsOf(experiment.tags),
  };
}

/** Experiments as MLflow's clients see them. */
export function experimentRoutes(store: Store): Route[] {
  const search: Route['handle'] = async (request, reply) => {
    const { filter, order_by, max_results, page_token, view_type } = asked(searching, request);
    const matches = matcher(filter, FIELDS, valueIn);
    const { offset, next } = page(page_token, max_results);
    const found = (await store.runs.experiments())
      .filter((e) => (view_type === 'ALL' || e.deleted === (view_type === 'DELETED_ONLY')) && matches(e))
      .sort(sorter(order_by.length ? order_by : ['creation_time DESC'], FIELDS, valueIn));
    return sendJson(reply, { experiments: found.slice(offset, offset + max_results).map(told), ...next(found.length) });
  };
  const change = (
    path: string,
    summary: string,
    apply: (request: Parameters<Route['handle']>[0]) => { id: string } & Parameters<Store['runs']['updateExperiment']>[1],
  ): Route => ({
    ...{ method: 'POST', path: `/api/2.0/mlflow/experiments/${path}`, need: 'log', summary },
    handle: async (request, reply) => {
      const { id: which, ...changed } = apply(request);
      const found = await experimentOf(store, which);
      if (changed.name !== undefined && (found.name === DEFAULT.name || (await store.runs.experiment(changed.name))))
        throw new MillwrightError('STORE_CONFLICT', `The experiment cannot be called ${changed.name}.`);
      await store.runs.updateExperiment(found === DEFAULT ? (await openExperiment(store, which)).id : found.id, changed);
      return sendJson(reply, {});
    },
  });
  return [
    {
      method: 'POST',
      path: '/api/2.0/mlflow/experiments/create',
      need: 'log',
      summary: 'Makes an experiment.',
      handle: async (request, reply) => {
        const { name, tags } = asked(z.object({ name: named(500), tags: z.array(TAG).max(100).default([]) }), request);
        if (await store.runs.experiment(name)) throw new MillwrightError('STORE_CONFLICT', `Experiment '${name}' already exists.`);
        const made = await store.runs.ensureExperiment(name, moment());
        await store.runs.updateExperiment(made.id, { tags: mapOf(tags) });
        return sendJson(reply, { experiment_id: idOf(made) });
      },
    },
    {
      method: 'GET',
      path: '/api/2.0/mlflow/experiments/get',
      need: 'review',
      summary: 'Tells an experiment.',
      handle: async (request, reply) => sendJson(reply, { experiment: told(await experimentOf(store, asked(id, request).experiment_id)) }),
    },
    {
      method: 'GET',
      path: '/api/2.0/mlflow/experiments/get-by-name',
      need: 'review',
      summary: 'Tells the experiment of a name.',
      handle: async (request, reply) => {
        const { experiment_name: name } = asked(z.object({ experiment_name: named(500) }), request);
        const found = (await store.runs.experiment(name)) ?? (name === DEFAULT.name ? DEFAULT : undefined);
        if (found?.name !== name) throw new MillwrightError('NOT_FOUND', `Could not find experiment with name '${name}'.`);
        return sendJson(reply, { experiment: told(found) });
      },
    },
    { method: 'POST', path: '/api/2.0/mlflow/experiments/search', need: 'review', summary: 'Finds experiments.', handle: search },
    { method: 'GET', path: '/api/2.0/mlflow/experiments/search', need: 'review', summary: 'Finds experiments.', handle: search },
    change('update', 'Renames an experiment.', (request) => {
      const { experiment_id, new_name: name } = asked(id.extend({ new_name: named(500) }), request);
      return { id: experiment_id, name };
    }),
    change('delete', 'Takes an experiment out of lists.', (request) => ({ id: asked(id, request).experiment_id, deleted: true })),
    change('restore', 'Brings an experiment back.', (request) => ({ id: asked(id, request).experiment_id, deleted: false })),
    change('set-experiment-tag', 'Sets a tag of an experiment.', (request) => {
      const { experiment_id, key, value } = asked(id.extend(TAG.shape), request);
      return { id: experiment_id, tags: new Map([[key, value]]) };
    }),
    change('delete-experiment-tag', 'Takes a tag of an experiment away.', (request) => {
      const { experiment_id, key } = asked(id.extend({ key: named() }), request);
      return { id: experiment_id, tags: new Map([[key, undefined]]) };
    }),
  ];
}
