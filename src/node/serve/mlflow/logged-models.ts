import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { LoggedModelChange, LoggedModelRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { type Route, sendJson } from '../route.js';
import { asked, callerOf, int64, mapOf, named, PARAM, page, pairsOf, TAG, text } from './asked.js';
import { artefactRoot, experimentOf, idsByName, openExperiment } from './experiments.js';
import { matcher, sorter, type ValueOf } from './match.js';
import { checkPath, entriesIn } from './places.js';
import { toldMetric } from './run-answers.js';

const FIELDS = [
  'name',
  'model_id',
  'model_type',
  'status',
  'source_run_id',
  'creation_timestamp',
  'last_updated_timestamp',
  'creation_time',
];
const STATUS = { LOGGED_MODEL_PENDING: 'pending', LOGGED_MODEL_READY: 'ready', LOGGED_MODEL_UPLOAD_FAILED: 'failed' } as const;
const NAMES = { pending: 'LOGGED_MODEL_PENDING', ready: 'LOGGED_MODEL_READY', failed: 'LOGGED_MODEL_UPLOAD_FAILED' };
const tags = z.array(TAG).max(100).default([]);
const params = z.array(PARAM).max(1000).default([]);
const creating = z.object({
  experiment_id: named(100).default('0'),
  name: text(500).optional(),
  model_type: text(250).default(''),
  source_run_id: text(100).optional(),
  params,
  tags,
});
const searching = z.object({
  experiment_ids: z.array(named(100)).max(1000).default([]),
  filter: text(5000).default(''),
  max_results: int64.pipe(z.number().min(1).max(1000)).default(100),
  order_by: z
    .array(z.object({ field_name: named(500), ascending: z.boolean().default(true) }))
    .max(10)
    .default([]),
  datasets: z.array(z.unknown()).max(0, 'models are not sought by data set').default([]),
  page_token: text(200).optional(),
});

const valueIn: ValueOf<LoggedModelRecord> = (model, { kind, name }) => {
  if (kind === 'tag') return model.tags.get(name);
  if (kind === 'param') return model.params.get(name);
  if (kind === 'metric') return model.metrics.filter((m) => m.name === name).at(-1)?.value;
  if (name === 'name') return model.name;
  if (name === 'model_id') return model.id;
  if (name === 'model_type') return model.kind;
  if (name === 'status') return NAMES[model.status].replace('LOGGED_MODEL_', '');
  if (name === 'source_run_id') return model.run;
  return Date.parse(name.startsWith('last') ? model.changedAt : model.createdAt);
};

/** @throws MillwrightError `NOT_FOUND` */
export async function loggedModelOf(store: Store, id: string): Promise<LoggedModelRecord> {
  const found = await store.logged.get(id);
  if (!found || found.deleted) throw new MillwrightError('NOT_FOUND', `Logged model with ID '${id.slice(0, 100)}' not found.`);
  return found;
}

/** Logged models in MLflow's words. */
async function told(store: Store, models: readonly LoggedModelRecord[]): Promise<object[]> {
  const byName = await idsByName(store);
  const ids = new Map((await store.runs.experiments()).map((e) => [e.id, byName.get(e.name) ?? e.id]));
  return models.map((model) => {
    const experiment = ids.get(model.experiment) ?? model.experiment;
    return {
      info: {
        model_id: model.id,
        experiment_id: experiment,
        name: model.name,
        creation_timestamp_ms: Date.parse(model.createdAt),
        last_updated_timestamp_ms: Date.parse(model.changedAt),
        artifact_uri: artefactRoot(experiment, `models/${model.id}`),
        status: NAMES[model.status],
        model_type: model.kind,
        source_run_id: model.run ?? '',
        tags: pairsOf(model.tags),
      },
      data: { params: pairsOf(model.params), metrics: model.metrics.map((metric) => ({ ...toldMetric(metric), model_id: model.id })) },
    };
  });
}

/** Models that runs log. */
export function loggedModelRoutes(store: Store): Route[] {
  const idIn = (request: FastifyRequest): string => (request.params as { id: string }).id;
  const one = async (model: LoggedModelRecord): Promise<object> => ({ model: (await told(store, [model]))[0] });
  const change = (
    method: Route['method'],
    rest: string,
    summary: string,
    changeOf: (request: FastifyRequest, before: LoggedModelRecord) => LoggedModelChange,
  ): Route => ({
    ...{ method, path: `/api/2.0/mlflow/logged-models/:id${rest}`, need: 'log', summary },
    handle: async (request, reply) => {
      const before = await loggedModelOf(store, idIn(request));
      return sendJson(reply, await one(await store.logged.change(before.id, changeOf(request, before))));
    },
  });
  return [
    {
      method: 'POST',
      path: '/api/2.0/mlflow/logged-models',
      need: 'log',
      summary: 'Begins a logged model; its files follow.',
      handle: async (request, reply) => {
        const said = asked(creating, request);
        const run = said.source_run_id ? await store.runs.get(said.source_run_id) : undefined;
        if (said.source_run_id && !run) throw new MillwrightError('NOT_FOUND', `Run with id=${said.source_run_id} not found.`);
        const id = `m-${randomBytes(16).toString('hex')}`;
        const model = await store.logged.create({
          ...{ id, experiment: (await openExperiment(store, said.experiment_id)).id, run: run?.id, name: said.name || id },
          ...{ kind: said.model_type, by: callerOf(request).user, params: mapOf(said.params), tags: mapOf(said.tags) },
        });
        return sendJson(reply, await one(model));
      },
    },
    {
      method: 'GET',
      path: '/api/2.0/mlflow/logged-models/:id',
      need: 'review',
      summary: 'Tells a logged model.',
      handle: async (request, reply) => sendJson(reply, await one(await loggedModelOf(store, idIn(request)))),
    },
    {
      method: 'POST',
      path: '/api/2.0/mlflow/logged-models/search',
      need: 'review',
      summary: 'Finds logged models.',
      handle: async (request, reply) => {
        const { experiment_ids, filter, max_results, order_by, page_token } = asked(searching, request);
        const matches = matcher(filter, FIELDS, valueIn);
        const { offset, next } = page(page_token, max_results);
        const experiments = await Promise.all(experiment_ids.map((id) => experimentOf(store, id).catch(() => undefined)));
        const found = (await store.logged.list(experiments.flatMap((e) => e?.id ?? []))).filter(matches);
        const orders = order_by.map((o) => `${o.field_name} ${o.ascending ? 'ASC' : 'DESC'}`);
        const part = found.sort(sorter(orders, FIELDS, valueIn)).slice(offset, offset + max_results);
        return sendJson(reply, { models: await told(store, part), ...next(found.length) });
      },
    },
    change('PATCH', '', 'Says that the files of a logged model are complete, or failed.', (request) => {
      const { status } = asked(z.object({ status: z.enum(Object.keys(STATUS) as (keyof typeof STATUS)[]) }), request);
      return { status: STATUS[status] };
    }),
    change('DELETE', '', 'Takes a logged model out of lists.', () => ({ deleted: true })),
    change('PATCH', '/tags', 'Sets tags of a logged model.', (request) => ({ tags: mapOf(asked(z.object({ tags }), request).tags) })),
    change('DELETE', '/tags/:key', 'Takes a tag of a logged model away.', (request) => ({
      tags: new Map([[(request.params as { key: string }).key, undefined]]),
    })),
    change('POST', '/params', 'Adds parameters of a logged model; they do not change afterwards.', (request, before) => {
      const added = mapOf(asked(z.object({ params }), request).params);
      for (const [name, value] of added)
        if ((before.params.get(name) ?? value) !== value)
          throw new MillwrightError('OPTION_INVALID', `The parameter '${name}' of ${before.id} has another value already.`);
      return { params: added };
    }),
    {
      method: 'GET',
      path: '/api/2.0/mlflow/logged-models/:id/artifacts/directories',
      need: 'review',
      summary: 'Lists files of a logged model.',
      handle: async (request, reply) => {
        const { artifact_directory_path: path } = asked(z.object({ artifact_directory_path: text(1000).default('') }), request);
        const model = await loggedModelOf(store, idIn(request));
        return sendJson(reply, { files: entriesIn(await store.logged.files(model.id), checkPath(path), true) });
      },
    },
  ];
}
