import { MillwrightError } from '../../core/errors.js';
import type { RunContext } from './run-context.js';

/** Where the log keeps that a fit found too little memory. */
export function memoryPlace(place: string): string {
  return `${place}/memory`;
}

/**
 * Fits, or finds out that memory is too short for it; that is written down, so that a repetition does the same on a larger machine.
 * @param place absent: a repetition never comes here
 * @returns undefined when memory was too short
 */
export async function withinMemory<T>(context: RunContext, place: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
  const { log } = context;
  const short = place === undefined ? undefined : log.recorded(memoryPlace(place));
  if (short && place !== undefined) {
    log.note(memoryPlace(place), short);
    return undefined;
  }
  try {
    return await work();
  } catch (error) {
    // while it repeats recorded work, a smaller machine must not quietly do something else
    if (log.replaying || !isTooLarge(error)) throw error;
    if (place !== undefined) log.note(memoryPlace(place), { short: 1 });
    return undefined;
  }
}

/** Engines refuse large arrays with a RangeError, each in words of its own. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof MillwrightError) return error.code === 'DATA_TOO_LARGE';
  return error instanceof RangeError && /alloc|array (buffer )?length|out of memory/i.test(error.message);
}
