/** What comes, or nothing at an interrupt. Unlike a race with one promise that never settles, it keeps nothing of what came, however long a stream goes on. */
export function untilStopped<T>(coming: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return coming;
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    coming.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
