import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { Json, LoggedMetric, RunLink, RunRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { type Route, sendJson } from '../route.js';
import { asked, double, int64, isoOf, mapOf, milliseconds, named, PARAM, TAG, text } from './asked.js';
import { openRun, RUN } from './runs.js';

const METRIC = z.object({
  key: named(),
  value: double,
  timestamp: milliseconds.optional(),
  step: int64.default(0),
  model_id: text(100).optional(),
  dataset_name: text(500).optional(),
  dataset_digest: text(100).optional(),
});
/** As many as MLflow takes at a time. */
const batch = z.object({
  ...RUN,
  metrics: z.array(METRIC).max(1000).default([]),
  params: z.array(PARAM).max(100).default([]),
  tags: z.array(TAG).max(100).default([]),
});
const dataset = z.object({
  tags: z.array(TAG).max(20).default([]),
  dataset: z.object({
    name: named(500),
    digest: named(100),
    source_type: text(100).default(''),
    source: text(65_536).default(''),
    schema: text(1_048_576).optional(),
    profile: text(16_777_216).optional(),
  }),
});
const model = z.object({ model_id: named(100), step: int64.default(0) });
const inputs = z.object({ ...RUN, datasets: z.array(dataset).max(100).default([]), models: z.array(model).max(100).default([]) });
const outputs = z.object({ ...RUN, models: z.array(model).max(100).default([]) });

/** @throws MillwrightError `OPTION_INVALID` when a parameter has another value already: what was run does not change */
function refuseChanged(run: RunRecord, params: ReadonlyMap<string, string>): void {
  for (const [name, value] of params) {
    const known = run.params.get(name);
    if (known !== undefined && known !== value)
      throw new MillwrightError(
        'OPTION_INVALID',
        `Changing param values is not allowed. Param with key='${name}' was already logged with value='${known.slice(0, 200)}' for run ID='${run.id}'.`,
      );
  }
}

async function logMetrics(store: Store, run: string, metrics: readonly z.infer<typeof METRIC>[]): Promise<void> {
  const now = isoOf(Date.now());
  const points = metrics.map((m): LoggedMetric & { model?: string } => ({
    ...{ name: m.key, value: m.value, step: m.step, at: m.timestamp === undefined ? now : isoOf(m.timestamp), run },
    ...{ dataset: m.dataset_name, digest: m.dataset_digest, model: m.model_id },
  }));
  await store.runs.log(run, { metrics: points });
  for (const id of new Set(points.flatMap(({ model: id }) => id || []))) {
    const own = points.filter((p) => p.model === id).map(({ model: _, ...point }) => point);
    await store.logged.change(id, { metrics: own });
  }
}

/** Tags of a run; one of them is its name. */
async function logTags(store: Store, run: string, tags: ReadonlyMap<string, string>): Promise<void> {
  await store.runs.log(run, { tags });
  const name = tags.get('mlflow.runName');
  if (name) await store.runs.update(run, { name });
}

/** What runs log. */
export function loggingRoutes(store: Store): Route[] {
  const log = (path: string, summary: string, work: (request: Parameters<Route['handle']>[0]) => Promise<void>): Route => ({
    ...{ method: 'POST', path: `/api/2.0/mlflow/runs/${path}`, need: 'log', summary },
    handle: async (request, reply) => {
      await work(request);
      return sendJson(reply, {});
    },
  });
  return [
    log('log-metric', 'Logs a value of a metric.', async (request) => {
      const { run_id, run_uuid, ...metric } = asked(METRIC.extend(RUN), request);
      await logMetrics(store, (await openRun(store, { run_id, run_uuid })).id, [metric]);
    }),
    log('log-parameter', 'Logs a parameter; it does not change afterwards.', async (request) => {
      const { key, value, ...which } = asked(PARAM.extend(RUN), request);
      const run = await openRun(store, which);
      const params = new Map([[key, value]]);
      refuseChanged(run, params);
      await store.runs.log(run.id, { params });
    }),
    log('log-batch', 'Logs metrics, parameters and tags.', async (request) => {
      const { metrics, params, tags, ...which } = asked(batch, request);
      const run = await openRun(store, which);
      refuseChanged(run, mapOf(params));
      await store.runs.log(run.id, { params: mapOf(params) });
      if (metrics.length) await logMetrics(store, run.id, metrics);
      if (tags.length) await logTags(store, run.id, mapOf(tags));
    }),
    log('set-tag', 'Sets a tag of a run.', async (request) => {
      const { key, value, ...which } = asked(TAG.extend(RUN), request);
      await logTags(store, (await openRun(store, which)).id, new Map([[key, value]]));
    }),
    log('delete-tag', 'Takes a tag of a run away.', async (request) => {
      const { key, ...which } = asked(z.object({ ...RUN, key: named() }), request);
      const run = await openRun(store, which);
      if (!run.tags.has(key)) throw new MillwrightError('NOT_FOUND', `No tag with name: ${key} in run with id ${run.id}.`);
      await store.runs.removeTag(run.id, key);
    }),
    log('log-inputs', 'Tells data sets and models that a run used.', async (request) => {
      const { datasets, models, ...which } = asked(inputs, request);
      const links: RunLink[] = [
        ...datasets.map((d): RunLink => ({ kind: 'dataset', name: `${d.dataset.name}:${d.dataset.digest}`, detail: d as unknown as Json })),
        ...models.map(({ model_id }): RunLink => ({ kind: 'model-input', name: model_id, detail: { model_id } })),
      ];
      await store.runs.link((await openRun(store, which)).id, links);
    }),
    log('outputs', 'Tells models that a run made.', async (request) => {
      const { models, ...which } = asked(outputs, request);
      const links = models.map((m): RunLink => ({ kind: 'model-output', name: m.model_id, detail: m }));
      await store.runs.link((await openRun(store, which)).id, links);
    }),
    log('log-model', 'Notes a model that an older client logged with a run.', async (request) => {
      const { model_json, ...which } = asked(z.object({ ...RUN, model_json: text(1_048_576) }), request);
      const run = await openRun(store, which);
      // a tag like any other: clients may have set it to anything
      const before = readJson(run.tags.get('mlflow.log-model.history') ?? '[]', []);
      const history = JSON.stringify([...(Array.isArray(before) ? before.slice(-100) : []), readJson(model_json)]);
      await store.runs.log(run.id, { tags: new Map([['mlflow.log-model.history', history]]) });
    }),
  ];
}

/** @param otherwise in place of what is not JSON @throws MillwrightError `OPTION_INVALID` without one */
function readJson(text: string, otherwise?: unknown): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (otherwise !== undefined) return otherwise;
    throw new MillwrightError('OPTION_INVALID', 'The model_json is not JSON.');
  }
}
