import { Cron } from 'croner';
import * as z from 'zod';
import { MillwrightError } from '../../../core/errors.js';
import { newId } from '../../store/ids.js';
import type { Actor } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { allow } from '../registry/permissions.js';

/** Tag of a model that keeps its schedules, as JSON. */
const SCHEDULES_TAG = 'millwright.schedules';
const MOST = 20;

const schedule = z.object({
  id: z.string(),
  /** Five fields, or six with seconds first. */
  cron: z.string(),
  /** An IANA time zone. */
  zone: z.string(),
  kind: z.literal('retrain'),
  by: z.string(),
  createdAt: z.string(),
});

/** A job that is put on the queue again and again. */
export type Schedule = z.infer<typeof schedule> & { model: string };

/** @throws MillwrightError `OPTION_INVALID` for a time that cannot be read, or never comes */
function checkCron(text: string, zone: string): void {
  try {
    const cron = new Cron(text, { timezone: zone, paused: true });
    if (cron.nextRun() === null) throw new Error('it never comes');
  } catch (cause) {
    throw new MillwrightError(
      'OPTION_INVALID',
      `The time "${text}" (${zone}) cannot be used: ${(cause as Error).message}.`,
      'Write minute, hour, day, month, weekday, for instance --cron "0 3 * * 1" for Mondays at three.',
      { cause },
    );
  }
}

/** When a schedule comes next, and when it came last; nothing where its time cannot be read, or will not come any more. */
export function ticksOf({ cron, zone }: Pick<Schedule, 'cron' | 'zone'>, at: Date): { next?: Date; last?: Date } {
  try {
    const times = new Cron(cron, { timezone: zone, paused: true });
    const [last] = times.previousRuns(1, new Date(at.getTime() + 1));
    const next = times.nextRun(at);
    return { ...(next && { next }), ...(last && { last }) };
  } catch {
    return {};
  }
}

/** The schedules of one model, or of all. A tag that somebody else wrote and that cannot be read counts as none. */
export async function schedulesOf(store: Store, model?: string): Promise<Schedule[]> {
  const models = model === undefined ? await store.models.list() : [await store.models.get(model)];
  return models.flatMap((m) => (m ? parse(m.tags.get(SCHEDULES_TAG)).map((s) => ({ ...s, model: m.name })) : []));
}

/** @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND`, `OPTION_INVALID` */
export async function addSchedule(store: Store, actor: Actor, asked: { model: string; cron: string; zone: string }): Promise<Schedule> {
  const { model, cron, zone } = asked;
  checkCron(cron, zone);
  const made = { id: newId('sch'), cron, zone, kind: 'retrain' as const, by: actor.user, createdAt: new Date().toISOString() };
  await changed(store, actor, 'schedule.add', model, { schedule: made.id, cron, zone }, (now) => [...now, made]);
  return { ...made, model };
}

/** @throws MillwrightError `NOT_ALLOWED`, `NOT_FOUND` */
export async function removeSchedule(store: Store, actor: Actor, id: string): Promise<void> {
  const found = (await schedulesOf(store)).find((s) => s.id === id);
  if (!found) throw new MillwrightError('NOT_FOUND', `There is no schedule ${id}.`, 'See `millwright schedule list`.');
  await changed(store, actor, 'schedule.remove', found.model, { schedule: id }, (now) => now.filter((s) => s.id !== id));
}

/**
 * Puts a job on the queue for the latest tick of each schedule that has passed; its id is made of the tick, so that it is there once, whoever
 * looks and how often. Ticks that passed while nobody looked come to one job.
 */
export async function queueDue(store: Store, at: Date = new Date()): Promise<void> {
  for (const schedule of await schedulesOf(store)) {
    const { id, model, cron, zone, kind, by, createdAt } = schedule;
    const { last: tick } = ticksOf(schedule, at);
    if (!tick || tick.toISOString() <= createdAt) continue;
    const input = { model, reason: `schedule ${cron} (${zone})`, trigger: 'schedule' };
    await store.jobs.add({ id: `${kind}:${id}:${tick.toISOString()}`, kind, input, by });
  }
}

function parse(text: string | undefined): z.infer<typeof schedule>[] {
  try {
    return z
      .array(schedule)
      .max(MOST)
      .parse(JSON.parse(text ?? '[]'));
  } catch {
    return [];
  }
}

async function changed(
  store: Store,
  actor: Actor,
  action: string,
  model: string,
  detail: Record<string, string>,
  change: (now: z.infer<typeof schedule>[]) => z.infer<typeof schedule>[],
): Promise<void> {
  const subject = `model:${model}`;
  await store.act(actor, { action, subject, detail }, async (governed) => {
    allow(actor, 'schedule.set');
    const found = await governed.models.get(model);
    if (!found) throw new MillwrightError('NOT_FOUND', `There is no model "${model}".`, 'See `millwright models`.');
    const next = change(parse(found.tags.get(SCHEDULES_TAG)));
    if (next.length > MOST) throw new MillwrightError('OPTION_INVALID', `A model has ${MOST} schedules at most.`, 'Remove one first.');
    const text = next.length > 0 ? JSON.stringify(next) : undefined;
    await governed.models.describe(model, { tags: new Map([[SCHEDULES_TAG, text]]) });
    await governed.note({ action, subject, detail });
  });
}
