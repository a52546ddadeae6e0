import { MillwrightError } from '../../../core/errors.js';
import type { Alert } from '../../../engine/monitor/alert.js';
import type * as R from '../../store/records.js';
import type { Governed, Store } from '../../store/store.js';
import { allow } from './permissions.js';

/** Milliseconds that an alert may be put off at most. */
const LONGEST_SNOOZE = 366 * 86_400_000;

const subjectOf = ({ model, version }: Pick<R.NewAlert, 'model' | 'version'>): string => `model:${model}@${version}`;

/** Whoever watches: no person. */
export const MONITOR: R.Actor = { user: 'monitor', roles: [], via: 'library' };

/**
 * Puts an alert in the store, with an entry in the audit log and an event for webhooks; one that is there already is told to go on.
 * @returns the alert when it is new
 */
export async function raiseAlert(store: Store, actor: R.Actor, alert: R.NewAlert): Promise<R.AlertRecord | undefined> {
  if (await store.alerts.see(alert)) return undefined;
  return store.act(actor, { action: 'alert.raise', subject: subjectOf(alert) }, async (governed) => {
    const raised = await raiseWithin(governed, alert);
    if (!raised) governed.nothing(); // somebody else was quicker
    return raised;
  });
}

/** The same as a part of something governed. */
export async function raiseWithin(governed: Governed, alert: R.NewAlert): Promise<R.AlertRecord | undefined> {
  const subject = subjectOf(alert);
  const raised = await governed.alerts.raise(alert);
  if (!raised) return undefined;
  const { id, kind, severity, detail } = raised;
  await governed.note({ action: 'alert.raise', subject, detail: { alert: id, kind, severity } });
  await governed.events.emit({ type: 'alert.raised', subject, data: { alert: id, kind, severity, ...(detail as object) } });
  return raised;
}

/** What an alert tells of is over. */
export async function endAlert(store: Store, actor: R.Actor, alert: Pick<R.NewAlert, 'model' | 'version' | 'origin'>): Promise<void> {
  const subject = subjectOf(alert);
  await store.act(actor, { action: 'alert.end', subject }, async (governed) => {
    const ended = await governed.alerts.end(alert);
    if (!ended) return governed.nothing();
    const { id, kind, severity, detail } = ended;
    await governed.note({ action: 'alert.end', subject, detail: { alert: id } });
    await governed.events.emit({ type: 'alert.ended', subject, data: { alert: id, kind, severity, ...(detail as object) } });
  });
}

/**
 * A person acknowledges an alert, puts it off, or says that it is dealt with.
 * @param asked.milliseconds of `snooze`
 * @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND`, `STORE_CONFLICT`, `OPTION_INVALID`
 */
export async function handleAlert(
  store: Store,
  actor: R.Actor,
  asked: { alert: string; action: R.AlertStep['action']; note: string; milliseconds?: number },
): Promise<R.AlertRecord> {
  const { action, note, milliseconds } = asked;
  if (action === 'snooze' && !(milliseconds !== undefined && milliseconds > 0 && milliseconds <= LONGEST_SNOOZE))
    throw new MillwrightError('OPTION_INVALID', 'How long to put the alert off is not a time up to a year.', 'Say for example 4h or 2d.');
  const until = action === 'snooze' ? new Date(Date.now() + (milliseconds as number)).toISOString() : undefined;
  const found = await store.alerts.get(asked.alert);
  if (!found) throw new MillwrightError('NOT_FOUND', `There is no alert ${asked.alert}.`, 'See `millwright alerts`.');
  const subject = subjectOf(found);
  const detail = { alert: found.id, note, ...(until !== undefined && { until }) };
  return store.act(actor, { action: `alert.${action}`, subject, detail }, async (governed) => {
    allow(actor, 'alert.handle');
    return governed.alerts.handle(found.id, { action, by: actor.user, note, ...(until !== undefined && { until }) });
  });
}

/** What is kept of an alert beside its kind and state. */
export function alertDetail(alert: Alert): R.Json {
  const { id: _, kind: __, severity: ___, state: ____, ...detail } = alert;
  return JSON.parse(JSON.stringify(detail)) as R.Json;
}
