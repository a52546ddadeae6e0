import { MillwrightError } from '../../core/errors.js';

const TIMES: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-3],
  ['us', 1],
  ['µs', 1],
  ['μs', 1],
  ['ms', 1000],
  ['s', 1e6],
]);
const SIZES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
]);

function quantity(text: string, units: ReadonlyMap<string, number>): number | null {
  const bare = text.trim().toLowerCase();
  if (bare === 'none') return null;
  const [, figures, unit] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ]*)$/.exec(bare) ?? [];
  const factor = units.get(unit ?? '');
  const value = figures === undefined || factor === undefined ? Number.NaN : Number(figures) * factor;
  return value > 0 && Number.isFinite(value) ? value : Number.NaN;
}

/**
 * Microseconds of a short time with its unit: `50us`, `0.2ms`. `none` is no limit (`null`).
 * @throws MillwrightError `OPTION_INVALID`
 * @example parseLatency('0.2ms') // 200
 */
export function parseLatency(text: string, option = '--latency'): number | null {
  const value = quantity(text, TIMES);
  if (Number.isNaN(value))
    throw new MillwrightError(
      'OPTION_INVALID',
      `${option} "${text}" is not a time above 0 with its unit.`,
      'Write for example 50us, 0.2ms, or none for no limit.',
    );
  return value;
}

/**
 * Bytes of a size: `1MB` (a million), `64KiB` (65,536), or a bare number of bytes. `none` is no limit (`null`).
 * @throws MillwrightError `OPTION_INVALID`
 * @example parseSize('1MB') // 1000000
 */
export function parseSize(text: string, option = '--size'): number | null {
  const value = quantity(text, SIZES);
  if (Number.isNaN(value))
    throw new MillwrightError(
      'OPTION_INVALID',
      `${option} "${text}" is not a size above 0.`,
      'Write for example 1MB, 500KB, 64KiB, or none for no limit.',
    );
  return value === null ? null : Math.floor(value);
}
