/**
 * Ctrl-C or SIGTERM once: work ends and the best so far is saved. Twice: the process ends at once, with what is whole on disk.
 * @returns the signal to give to a command, and a way to stop listening
 */
export function watchInterrupts(onFirst: () => void): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
