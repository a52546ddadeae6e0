import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { LIVE } from '../commands/alerts.js';
import { handleAlert } from '../commands/registry/alerts.js';
import { timeSpan } from '../commands/window-size.js';
import { ALERT_STATES } from '../store/alerts.js';
import type { AlertRecord, AlertState, AlertStep } from '../store/records.js';
import { actorOf, type Caller } from './access.js';
import { readBody } from './json-body.js';
import type { ProjectLink } from './project-service.js';
import { Refusal } from './refusal.js';
import { type Route, sendJson } from './route.js';

const handling = z.strictObject({ note: z.string().max(10_000).default('') });
const snoozing = z.strictObject({ note: z.string().max(10_000).default(''), for: z.string().max(20).default('1d') });

/** Alerts over REST: the same rules and audit log as on the command line. */
export function alertRoutes({ store }: ProjectLink): Route[] {
  const caller = (request: FastifyRequest): Caller => request.caller as Caller;
  const found = async (request: FastifyRequest): Promise<AlertRecord> => {
    const alert = await store.alerts.get((request.params as { id: string }).id);
    const { models } = caller(request);
    if (!alert || !(models?.includes(alert.model) ?? true)) throw new Refusal('NOT_FOUND', 'There is no such alert.');
    return alert;
  };
  const handled = (action: AlertStep['action'], summary: string): Route => ({
    method: 'POST',
    path: `/v1/alerts/:id/${action}`,
    need: 'handle',
    summary,
    handle: async (request, reply) => {
      const { id } = await found(request);
      const { note, ...more } = readBody(action === 'snooze' ? snoozing : handling, request);
      const milliseconds = 'for' in more ? timeSpan(more.for as string) : undefined;
      return sendJson(reply, await handleAlert(store, actorOf(caller(request)), { alert: id, action, note, milliseconds }));
    },
  });
  return [
    {
      method: 'GET',
      path: '/v1/alerts',
      need: 'review',
      summary: 'Lists alerts that want somebody, latest first; ?state=all those that are over, too.',
      handle: async (request, reply) => {
        const { models } = caller(request);
        const states = statesIn(request);
        return sendJson(reply, { alerts: await store.alerts.list({ states, limit: 1000, ...(models && { models }) }) });
      },
    },
    {
      method: 'GET',
      path: '/v1/alerts/:id',
      need: 'review',
      summary: 'Tells an alert: what changed, the likely cause, what to do, and who did what with it.',
      handle: async (request, reply) => sendJson(reply, await found(request)),
    },
    handled('acknowledge', 'Says that a person has seen an alert.'),
    handled('snooze', 'Puts an alert off, {"for": "4h"}.'),
    handled('resolve', 'Says that an alert is dealt with.'),
  ];
}

/** @throws Refusal `REQUEST_INVALID` */
function statesIn(request: FastifyRequest): readonly AlertState[] {
  const { state } = request.query as { state?: unknown };
  if (state === undefined) return LIVE;
  if (state === 'all') return ALERT_STATES;
  const known = ALERT_STATES.find((s) => s === state);
  if (!known) throw new Refusal('REQUEST_INVALID', `state is one of ${ALERT_STATES.join(', ')} and all.`);
  return [known];
}
