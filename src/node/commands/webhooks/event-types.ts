import { MillwrightError } from '../../../core/errors.js';
import { nearestName } from '../../../core/nearest-name.js';

/** What a project tells of. docs/webhooks.md says what each carries. */
export const EVENT_TYPES = [
  'version.registered',
  'promotion.requested',
  'promotion.approved',
  'promotion.rejected',
  'promotion.withdrawn',
  'model.promoted',
  'model.rolledback',
  'alert.raised',
  'alert.ended',
  'canary.passed',
  'retraining.finished',
] as const;

/** Sent by `millwright webhooks test` alone. */
export const TEST_EVENT = 'webhook.test';

/**
 * Types divided by commas; `promotion.*` and `*` stand for several.
 * @throws MillwrightError `OPTION_INVALID` for one that never happens
 */
export function parseEvents(text: string): string[] {
  const wanted = text
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
  if (wanted.length === 0) throw new MillwrightError('OPTION_INVALID', '--events names none.', `The events are ${EVENT_TYPES.join(', ')}.`);
  for (const type of wanted) {
    const prefix = type.endsWith('*') ? type.slice(0, -1) : undefined;
    if (prefix === undefined ? EVENT_TYPES.some((known) => known === type) : EVENT_TYPES.some((known) => known.startsWith(prefix)))
      continue;
    const near = nearestName(type, EVENT_TYPES);
    throw new MillwrightError(
      'OPTION_INVALID',
      `There is no event "${type}".`,
      near ? `Did you mean ${near}?` : `The events are ${EVENT_TYPES.join(', ')}.`,
    );
  }
  return [...new Set(wanted)];
}
