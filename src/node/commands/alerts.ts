import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { ALERT_STATES } from '../store/alerts.js';
import type { AlertRecord, AlertState, AlertStep } from '../store/records.js';
import { parseInput, wholeNumber } from './options.js';
import { withProject } from './project.js';
import { handleAlert } from './registry/alerts.js';
import { timeSpan } from './window-size.js';

const input = z.object({
  action: z.string().default('list'),
  alert: z.string().optional(),
  model: z.string().optional(),
  all: z.boolean().default(false),
  for: z.string().default('1d'),
  note: z.string().max(10_000).default(''),
  limit: wholeNumber('--limit', 1, 10_000).default(50),
  as: z.string().optional(),
});

/** What a call of `millwright alerts` came to. */
export type AlertsAnswer = { alerts: AlertRecord[] } | { alert: AlertRecord };

/** Those that still want somebody. */
export const LIVE: readonly AlertState[] = ['open', 'acknowledged', 'snoozed'];

const HANDLING: ReadonlyMap<string, AlertStep['action']> = new Map([
  ['ack', 'acknowledge'],
  ['acknowledge', 'acknowledge'],
  ['snooze', 'snooze'],
  ['resolve', 'resolve'],
]);
/**
 * Alerts of the project: `list`, `show ID`, `ack | snooze | resolve ID`.
 * @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND`, `STORE_CONFLICT`, `OPTION_INVALID`, `USAGE`
 */
export function alertsCommand(options: unknown): Promise<AlertsAnswer> {
  const asked = parseInput(input, options);
  const action = HANDLING.get(asked.action);
  if (!action && asked.action !== 'list' && asked.action !== 'show')
    throw new MillwrightError(
      'USAGE',
      `\`millwright alerts\` does not know "${asked.action}".`,
      'It knows list, show, ack, snooze, resolve.',
    );
  return withProject(asked.as, async ({ store, actor }) => {
    if (asked.action === 'list') {
      const states = asked.all ? ALERT_STATES : LIVE;
      const models = asked.model === undefined ? undefined : [asked.model];
      return { alerts: await store.alerts.list({ states, limit: asked.limit, ...(models && { models }) }) };
    }
    if (asked.alert === undefined)
      throw new MillwrightError('USAGE', 'No alert was named.', `Write \`millwright alerts ${asked.action} ID\`.`);
    if (action)
      return {
        alert: await handleAlert(store, actor, { alert: asked.alert, action, note: asked.note, milliseconds: timeSpan(asked.for) }),
      };
    const alert = await store.alerts.get(asked.alert);
    if (!alert) throw new MillwrightError('NOT_FOUND', `There is no alert ${asked.alert}.`, 'See `millwright alerts`.');
    return { alert };
  });
}
