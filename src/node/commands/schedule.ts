import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { parseInput } from './options.js';
import { withProject } from './project.js';
import { addSchedule, removeSchedule, type Schedule, schedulesOf, ticksOf } from './work/schedules.js';

const input = z.object({
  action: z.string().default('list'),
  target: z.string().optional(),
  cron: z.string().optional(),
  zone: z.string().optional(),
  retrain: z.boolean().default(false),
  as: z.string().optional(),
});

/** A schedule, and when it comes next. */
export type ScheduleView = Schedule & { next: string | null };

/** Schedules of the project: `list`, `add MODEL --cron … --retrain`, `remove ID`. @throws MillwrightError `OPTION_INVALID`, `NOT_ALLOWED`, `NOT_FOUND`, `USAGE` */
export function scheduleCommand(options: unknown): Promise<{ schedules: ScheduleView[]; made?: string }> {
  const asked = parseInput(input, options);
  return withProject(asked.as, async ({ store, actor }) => {
    const { action, target, cron } = asked;
    let made: string | undefined;
    if (action === 'add') {
      if (target === undefined || cron === undefined || !asked.retrain)
        throw new MillwrightError(
          'USAGE',
          'A schedule needs a model, a time and what to do.',
          'millwright schedule add churn --cron "0 3 * * 1" --retrain',
        );
      const zone = asked.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      made = (await addSchedule(store, actor, { model: target, cron, zone })).id;
    } else if (action === 'remove') {
      if (target === undefined) throw new MillwrightError('USAGE', 'No schedule was named.', 'Write `millwright schedule remove ID`.');
      await removeSchedule(store, actor, target);
    } else if (action !== 'list')
      throw new MillwrightError('USAGE', `\`millwright schedule\` does not know "${action}".`, 'It knows list, add and remove.');
    const schedules = (await schedulesOf(store)).map((s) => ({ ...s, next: ticksOf(s, new Date()).next?.toISOString() ?? null }));
    return { schedules, ...(made !== undefined && { made }) };
  });
}
