import type { WindowSummary } from '../../engine/monitor/monitor.js';
import type { Axis } from './chart-spec.js';
import { dayShort, short } from './format.js';

/** The way of rows along a chart: by their times where all windows have them in order, else by their numbers. */
export interface RowAxis {
  readonly x: Axis & { readonly min: number; readonly max: number };
  /** Where a row stands; beyond the windows, at their ends. */
  at(row: number): number;
}

/** @param windows at least one, the earliest first */
export function rowAxis(windows: readonly Pick<WindowSummary, 'from' | 'to'>[]): RowAxis {
  const [first, last] = [windows[0], windows.at(-1)] as [WindowSummary, WindowSummary];
  const row = (at: number): number => Math.min(last.to.row, Math.max(first.from.row, at));
  const times = windows.flatMap(({ from, to }) => [from.time ?? Number.NaN, to.time ?? Number.NaN]);
  const inOrder = times.every((time, i) => (i === 0 ? !Number.isNaN(time) : time >= (times[i - 1] as number)));
  const [begin, end] = [times[0] as number, times.at(-1) as number];
  const hidden = { showMin: false, showMax: false };
  if (!inOrder || end === begin) {
    const [min, max] = [first.from.row, Math.max(last.to.row, first.from.row + 1)];
    return { x: { label: 'row', min, max, format: short, ...hidden }, at: row };
  }
  const ends = windows.flatMap(({ from, to }) => [from.row, to.row]);
  const at = (wanted: number): number => {
    const place = row(wanted);
    const i = Math.max(
      1,
      ends.findIndex((r) => r >= place),
    );
    const [before, after] = [ends[i - 1] as number, ends[i] as number];
    const share = after === before ? 1 : (place - before) / (after - before);
    return (times[i - 1] as number) + Math.min(1, Math.max(0, share)) * ((times[i] as number) - (times[i - 1] as number));
  };
  return { x: { label: 'time (UTC)', min: begin, max: end, format: (ms) => dayShort(ms, end - begin), ...hidden }, at };
}
