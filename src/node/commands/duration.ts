import { MillwrightError } from '../../core/errors.js';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration as a person writes it: `500ms`, `60s`, `2m`, `1h`, or a bare number of seconds. `none` is no limit (`null`).
 * @throws MillwrightError `OPTION_INVALID` when it is no duration, or not above 0
 * @example parseDuration('1.5m') // 90000
 */
export function parseDuration(text: string, option = '--budget'): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'none') return null;
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)?$/.exec(trimmed);
  const milliseconds = match ? Number(match[1]) * (UNITS[match[2] ?? 's'] as number) : Number.NaN;
  if (!(milliseconds > 0) || !Number.isFinite(milliseconds))
    throw new MillwrightError(
      'OPTION_INVALID',
      `${option} "${text}" is not a duration above 0.`,
      'Write for example 60s, 2m, 500ms, or none for no limit.',
    );
  return milliseconds;
}
