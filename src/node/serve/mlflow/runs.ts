import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import type { RunRecord, RunStatus } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { type Route, sendJson } from '../route.js';
import { asked, callerOf, int64, isoOf, mapOf, milliseconds, named, page, TAG, text } from './asked.js';
import { experimentOf, idsByName, openExperiment } from './experiments.js';
import { toldInfo, toldMetric, toldRuns } from './run-answers.js';

const STATUS: Record<string, RunStatus> = {
  RUNNING: 'running',
  SCHEDULED: 'running',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'killed',
};
/** Both names of an id that clients send. */
export const RUN = { run_id: named(100).optional(), run_uuid: named(100).optional() };
const creating = z.object({
  experiment_id: named(100).default('0'),
  run_name: text(500).optional(),
  start_time: milliseconds.optional(),
  tags: z.array(TAG).max(100).default([]),
});
const updating = z.object({
  ...RUN,
  status: z.enum(Object.keys(STATUS) as [string, ...string[]]).optional(),
  end_time: milliseconds.optional(),
  run_name: text(500).optional(),
});
const searching = z.object({
  experiment_ids: z.array(named(100)).max(1000).default([]),
  filter: text(5000).default(''),
  run_view_type: z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY'),
  max_results: int64.pipe(z.number().min(1).max(50_000)).default(1000),
  order_by: z.array(text(500)).max(10).default([]),
  page_token: text(200).optional(),
});
const history = z.object({
  ...RUN,
  metric_key: named(),
  page_token: text(200).optional(),
  max_results: int64.pipe(z.number().min(1).max(1_000_000)).default(1_000_000),
});

/** The run that a request names. @throws MillwrightError `NOT_FOUND`, `OPTION_INVALID` without a name */
export async function runOf(store: Store, { run_id, run_uuid }: { run_id?: string; run_uuid?: string }): Promise<RunRecord> {
  const id = run_id ?? run_uuid;
  if (id === undefined) throw new MillwrightError('OPTION_INVALID', "Missing value for required parameter 'run_id'.");
  const run = await store.runs.get(id);
  if (!run) throw new MillwrightError('NOT_FOUND', `Run with id=${id} not found.`);
  return run;
}

/** The same for something that is written. @throws MillwrightError also `OPTION_INVALID` when the run is deleted */
export async function openRun(store: Store, asked: { run_id?: string; run_uuid?: string }): Promise<RunRecord> {
  const run = await runOf(store, asked);
  if (run.deleted) throw new MillwrightError('OPTION_INVALID', `The run ${run.id} is deleted.`, 'Restore it first.');
  return run;
}

/** Runs as MLflow's clients log and find them. */
export function runRoutes(store: Store): Route[] {
  const sendRun = async (id: string): Promise<object> => {
    const [run] = await toldRuns(store, [(await store.runs.get(id)) as RunRecord]);
    return { run };
  };
  const mark = (path: string, deleted: boolean, summary: string): Route => ({
    ...{ method: 'POST', path: `/api/2.0/mlflow/runs/${path}`, need: 'log', summary },
    handle: async (request, reply) => {
      await store.runs.update((await runOf(store, asked(z.object(RUN), request))).id, { deleted });
      return sendJson(reply, {});
    },
  });
  return [
    {
      method: 'POST',
      path: '/api/2.0/mlflow/runs/create',
      need: 'log',
      summary: 'Begins a run; it belongs to whoever the token is of.',
      handle: async (request, reply) => {
        const { experiment_id, run_name, start_time, tags: given } = asked(creating, request);
        const experiment = await openExperiment(store, experiment_id);
        const id = randomBytes(16).toString('hex');
        const tags = mapOf(given);
        const name = run_name || tags.get('mlflow.runName') || `run-${id.slice(0, 8)}`;
        await store.runs.create({
          ...{ id, experiment: experiment.name, name, by: callerOf(request).user, source: 'mlflow' },
          startedAt: isoOf(start_time ?? Date.now()),
        });
        await store.runs.log(id, { tags: tags.set('mlflow.runName', name) });
        return sendJson(reply, await sendRun(id));
      },
    },
    {
      method: 'GET',
      path: '/api/2.0/mlflow/runs/get',
      need: 'review',
      summary: 'Tells a run.',
      handle: async (request, reply) => sendJson(reply, await sendRun((await runOf(store, asked(z.object(RUN), request))).id)),
    },
    {
      method: 'POST',
      path: '/api/2.0/mlflow/runs/update',
      need: 'log',
      summary: 'Changes name and status of a run.',
      handle: async (request, reply) => {
        const { status, end_time, run_name, ...which } = asked(updating, request);
        const { id } = await openRun(store, which);
        const endedAt = end_time === undefined ? undefined : isoOf(end_time);
        await store.runs.update(id, {
          ...(run_name && { name: run_name }),
          endedAt,
          status: status === undefined ? undefined : STATUS[status],
        });
        if (run_name) await store.runs.log(id, { tags: new Map([['mlflow.runName', run_name]]) });
        const run = (await store.runs.get(id)) as RunRecord;
        return sendJson(reply, { run_info: toldInfo(run, (await idsByName(store)).get(run.experiment) ?? '') });
      },
    },
    {
      method: 'POST',
      path: '/api/2.0/mlflow/runs/search',
      need: 'review',
      summary: 'Finds runs.',
      handle: async (request, reply) => {
        const { experiment_ids, filter, run_view_type, max_results, order_by, page_token } = asked(searching, request);
        if (order_by.length > 1)
          throw new MillwrightError('OPTION_INVALID', 'Runs are sorted by one thing at a time.', 'Give one order_by.');
        const { offset, next } = page(page_token, max_results);
        const experiments = await Promise.all(experiment_ids.map((id) => experimentOf(store, id).catch(() => undefined)));
        const { runs, total } = await store.runs.list({
          experiments: experiments.flatMap((e) => e?.id ?? []),
          filter,
          sort: order_by[0],
          limit: max_results,
          offset,
          deleted: run_view_type === 'ALL' ? 'either' : run_view_type === 'DELETED_ONLY',
        });
        return sendJson(reply, { runs: await toldRuns(store, runs), ...next(total) });
      },
    },
    mark('delete', true, 'Takes a run out of lists.'),
    mark('restore', false, 'Brings a run back.'),
    {
      method: 'GET',
      path: '/api/2.0/mlflow/metrics/get-history',
      need: 'review',
      summary: 'Tells every value of a metric of a run.',
      handle: async (request, reply) => {
        const { metric_key, page_token, max_results, ...which } = asked(history, request);
        const { offset, next } = page(page_token, max_results);
        const points = await store.runs.history((await runOf(store, which)).id, metric_key);
        return sendJson(reply, { metrics: points.slice(offset, offset + max_results).map(toldMetric), ...next(points.length) });
      },
    },
  ];
}
