const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What repeats: hours of working days and of weekends, or days of the week. Each kind has one slot more, for times that are unknown. */
export type SeasonKind = 'hour' | 'weekday' | 'none';

const SLOTS: Record<SeasonKind, number> = { hour: 49, weekday: 8, none: 1 };

export function slotCount(kind: SeasonKind): number {
  return SLOTS[kind];
}

/** The slot of an instant (UTC milliseconds); the last when it is unknown. @example slotOf('weekday', 0) // 4: 1 January 1970 was a Thursday */
export function slotOf(kind: SeasonKind, time: number): number {
  if (kind === 'none') return 0;
  if (!Number.isFinite(time)) return SLOTS[kind] - 1;
  const day = Math.floor(time / DAY) + 4;
  const weekday = day - 7 * Math.floor(day / 7);
  if (kind === 'weekday') return weekday;
  const hour = Math.floor((time - DAY * Math.floor(time / DAY)) / HOUR);
  return hour + (weekday === 0 || weekday === 6 ? 24 : 0);
}

/** The finest season that the times of some rows can tell of: enough rows a slot, over long enough. */
export function seasonOf(times: Float64Array): SeasonKind {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let known = 0;
  const hours = new Set<number>();
  for (const time of times) {
    if (!Number.isFinite(time)) continue;
    known++;
    if (time < first) first = time;
    if (time > last) last = time;
    hours.add(slotOf('hour', time) % 24);
  }
  if (known >= 960 && hours.size >= 12 && last - first >= 7 * DAY) return 'hour';
  if (known >= 350 && last - first >= 21 * DAY) return 'weekday';
  return 'none';
}
