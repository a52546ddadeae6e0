import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { parseDuration } from '../commands/duration.js';
import { JOB_STATES } from '../commands/jobs.js';
import { askRetraining, cancelJob } from '../commands/retrain/ask.js';
import { RETRAIN } from '../commands/retrain/job-input.js';
import type { JobRecord } from '../store/records.js';
import { actorOf, type Caller } from './access.js';
import { own, readBody } from './json-body.js';
import type { ProjectLink } from './project-service.js';
import { Refusal } from './refusal.js';
import { nameIn, type Route, sendJson } from './route.js';

// no files and no query: whoever may ask over the network may not read what this machine can
const asking = z.strictObject({
  reason: z.string().max(2000).default(''),
  budget: z.string().max(20).optional(),
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});
const nothing = z.strictObject({});
/** What may be asked for over the network: a day for one, and so many of a model that wait or are under way. */
const MOST_BUDGET = 24 * 3_600_000;
const MOST_WAITING = 10;
const listing = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  kind: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Retrainings over REST: they are asked for and looked at here, and done by workers. */
export function retrainRoutes({ store }: ProjectLink): Route[] {
  const caller = (request: FastifyRequest): Caller => request.caller as Caller;
  /** A token for certain models sees their jobs alone. */
  const maySee = (request: FastifyRequest, { input }: JobRecord): boolean => {
    const { models } = caller(request);
    return models === undefined || models.includes(own(input, 'model') as string);
  };
  const found = async (request: FastifyRequest): Promise<JobRecord> => {
    const job = await store.jobs.get((request.params as { id: string }).id);
    if (!job || !maySee(request, job)) throw new Refusal('NOT_FOUND', 'There is no such job.');
    return job;
  };
  const waitingFor = async (model: string): Promise<number> => {
    const states = ['queued', 'running'] as const;
    const lists = await Promise.all(states.map((state) => store.jobs.list({ kind: RETRAIN, state, limit: 10_000 })));
    return lists.flat().filter(({ input }) => own(input, 'model') === model).length;
  };
  return [
    {
      method: 'POST',
      path: '/v1/models/:name/retrain',
      need: 'retrain',
      summary: 'Puts a retraining of the champion on the queue, for a worker to do.',
      handle: async (request, reply) => {
        const { budget: text, reason, seed } = readBody(asking, request);
        const budget = text === undefined ? undefined : parseDuration(text, 'budget');
        if (budget === null) throw new Refusal('REQUEST_INVALID', 'budget cannot be none: a retraining needs an end.');
        if (budget !== undefined && budget > MOST_BUDGET) throw new Refusal('REQUEST_INVALID', 'budget can be 24h at most.');
        const model = nameIn(request);
        const waiting = await waitingFor(model);
        if (waiting >= MOST_WAITING)
          throw new Refusal(
            'STORE_CONFLICT',
            `${waiting} retrainings of ${model} wait or are under way.`,
            'Let them end, or call them off.',
          );
        const more = { ...(budget !== undefined && { budget }), ...(seed !== undefined && { seed }) };
        const job = await askRetraining(store, actorOf(caller(request)), { model, reason, ...more });
        return sendJson(reply.header('location', `/v1/jobs/${job.id}`), { job }, 202);
      },
    },
    {
      method: 'GET',
      path: '/v1/jobs',
      need: 'review',
      summary: 'Lists jobs, latest first; ?state=, ?kind= and ?limit= choose.',
      handle: async (request, reply) => {
        const asked = listing.safeParse(request.query);
        if (!asked.success)
          throw new Refusal(
            'REQUEST_INVALID',
            `${asked.error.issues[0]?.path.join('.') || 'The query'}: ${asked.error.issues[0]?.message}.`,
          );
        const { state, kind, limit } = asked.data;
        // a token for certain models: those of others must not fill the list
        const most = caller(request).models === undefined ? limit : 10_000;
        const jobs = await store.jobs.list({ limit: most, ...(state && { state }), ...(kind !== undefined && { kind }) });
        return sendJson(reply, { jobs: jobs.filter((job) => maySee(request, job)).slice(0, limit) });
      },
    },
    {
      method: 'GET',
      path: '/v1/jobs/:id',
      need: 'review',
      summary: 'Tells a job: what was asked, how far it is, what came of it.',
      handle: async (request, reply) => sendJson(reply, { job: await found(request) }),
    },
    {
      method: 'POST',
      path: '/v1/jobs/:id/cancel',
      need: 'retrain',
      summary: 'Calls a job off.',
      handle: async (request, reply) => {
        readBody(nothing, request);
        return sendJson(reply, { job: await cancelJob(store, actorOf(caller(request)), await found(request)) });
      },
    },
  ];
}
