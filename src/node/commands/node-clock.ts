import { performance } from 'node:perf_hooks';
import type { Clock } from '../../core/clock.js';

/** Milliseconds since the process started, so that start-up counts against a budget; a pause lets signals and timers run. */
export const nodeClock: Clock = {
  now: () => performance.now(),
  pause: () => new Promise((resolve) => setImmediate(resolve)),
};
