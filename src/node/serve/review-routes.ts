import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { readPolicy } from '../commands/registry/policy.js';
import { approve, reject, requestPromotion, rollback, withdraw } from '../commands/registry/promotions.js';
import type { RequestRecord } from '../store/records.js';
import { actorOf, type Caller } from './access.js';
import { readBody } from './json-body.js';
import type { ProjectLink } from './project-service.js';
import { Refusal } from './refusal.js';
import { nameIn, type Route, sendJson } from './route.js';

const reason = z.string().max(10_000).default('');
const asking = z.strictObject({
  version: z.number().int().min(1),
  to: z.enum(['staging', 'production', 'challenger']).default('production'),
  reason,
});
const deciding = z.strictObject({ reason });
const goingBack = z.strictObject({ to: z.number().int().min(1).optional(), reason });

/** Promotions over REST: the same functions, rules and audit log as on the command line. */
export function reviewRoutes({ store, project }: ProjectLink, onChange: () => Promise<void>): Route[] {
  const caller = (request: FastifyRequest): Caller => request.caller as Caller;
  const policy = () => readPolicy(project.folder);
  const mayTouch = (request: FastifyRequest, model: string): boolean => caller(request).models?.includes(model) ?? true;
  const idIn = (request: FastifyRequest): string => (request.params as { id: string }).id;
  /** The request in the address. @throws Refusal `NOT_FOUND`, also when the token is for other models */
  const found = async (request: FastifyRequest): Promise<RequestRecord> => {
    const record = await store.reviews.get(idIn(request));
    if (!record || !mayTouch(request, record.model)) throw new Refusal('NOT_FOUND', 'There is no such request for a promotion.');
    return record;
  };
  const decision = (verb: 'approve' | 'reject' | 'withdraw', need: Route['need'], summary: string): Route => ({
    method: 'POST',
    path: `/v1/requests/:id/${verb}`,
    need,
    summary,
    handle: async (request, reply) => {
      const { id } = await found(request);
      const asked = { request: id, ...readBody(deciding, request) };
      const actor = actorOf(caller(request));
      const outcome =
        verb === 'approve'
          ? await approve(store, actor, await policy(), asked)
          : await (verb === 'reject' ? reject : withdraw)(store, actor, asked);
      if (outcome.applied) await onChange();
      return sendJson(reply, outcome);
    },
  });
  return [
    {
      method: 'GET',
      path: '/v1/requests',
      need: 'review',
      summary: 'Lists requests for promotions with their evidence, latest first.',
      handle: async (request, reply) => {
        const all = await store.reviews.list({ limit: 100 });
        return sendJson(reply, { requests: all.filter((r) => mayTouch(request, r.model)) });
      },
    },
    {
      method: 'GET',
      path: '/v1/requests/:id',
      need: 'review',
      summary: 'Tells a request for a promotion: evidence, decisions, comments.',
      handle: async (request, reply) => {
        const record = await found(request);
        return sendJson(reply, { ...record, comments: await store.reviews.comments(`request:${record.id}`) });
      },
    },
    {
      method: 'POST',
      path: '/v1/models/:name/requests',
      need: 'ask',
      summary: 'Asks for a version to be promoted.',
      handle: async (request, reply) => {
        const { version, ...asked } = readBody(asking, request);
        const outcome = await requestPromotion(store, actorOf(caller(request)), await policy(), {
          reference: `${nameIn(request)}@${version}`,
          ...asked,
        });
        if (outcome.applied) await onChange();
        return sendJson(reply, outcome, 201);
      },
    },
    decision('approve', 'decide', 'Approves a promotion; with enough approvals it is done.'),
    decision('reject', 'decide', 'Refuses a promotion, with a reason.'),
    decision('withdraw', 'ask', 'Takes a request back.'),
    {
      method: 'POST',
      path: '/v1/models/:name/rollback',
      need: 'decide',
      summary: 'Puts the champion of before back, or another that was in production.',
      handle: async (request, reply) => {
        const deployment = await rollback(store, actorOf(caller(request)), { model: nameIn(request), ...readBody(goingBack, request) });
        await onChange();
        return sendJson(reply, deployment);
      },
    },
  ];
}
