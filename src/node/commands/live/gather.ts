import { untilStopped } from '../until-stopped.js';
import { MOST_AT_ONCE } from './inflow.js';

/** Bytes that are dealt with at once, about. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Puts together what has arrived already, waiting for the first alone.
 * @param signal ends it
 * @param left gets the item that was asked for and is not in any batch, should it still come
 */
export async function* gather<T>(
  items: AsyncIterator<T>,
  sizeOf: (item: T) => number,
  signal: AbortSignal | undefined,
  left: (item: T) => void = () => undefined,
): AsyncGenerator<T[]> {
  let next = items.next();
  try {
    for (;;) {
      const first = await untilStopped(next, signal);
      if (!first || first.done) return;
      const batch = [first.value];
      let bytes = sizeOf(first.value);
      let ended = false;
      next = items.next();
      while (batch.length < MOST_AT_ONCE && bytes < MOST_BYTES) {
        const more = await Promise.race([next, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
        if (!more) break;
        ended = more.done === true;
        if (ended) break;
        batch.push(more.value);
        bytes += sizeOf(more.value);
        next = items.next();
      }
      yield batch;
      if (ended) return;
    }
  } finally {
    next.then(
      (last) => last.done || left(last.value),
      () => undefined,
    );
  }
}
