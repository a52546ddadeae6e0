import { MillwrightError } from '../../core/errors.js';
import type { WindowSize } from '../../engine/monitor/monitor.js';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** How rows are cut into windows: `500` (rows), `6h`, `1d`. @throws MillwrightError `OPTION_INVALID` */
export function parseWindow(text: string, option = '--window'): WindowSize {
  const match = /^(\d{1,9})\s*([mhdw])?$/.exec(text.trim().toLowerCase());
  const n = match ? Number(match[1]) : 0;
  const unit = match?.[2] === undefined ? undefined : UNITS.get(match[2]);
  if (n > 0 && unit !== undefined) return { milliseconds: n * unit };
  if (n >= 30 && match && match[2] === undefined) return { rows: n };
  throw new MillwrightError(
    'OPTION_INVALID',
    `${option} "${text}" is neither a number of rows from 30 on nor a length of time.`,
    'Write for example 500, 6h, 1d or 1w.',
  );
}

/** Milliseconds of `30m`, `4h`, `2d`, `1w`; `undefined` when it is no such time. */
export function timeSpan(text: string): number | undefined {
  const match = /^(\d{1,6})\s*([mhdw])$/.exec(text.trim().toLowerCase());
  return match ? Number(match[1]) * (UNITS.get(match[2] as string) as number) : undefined;
}
