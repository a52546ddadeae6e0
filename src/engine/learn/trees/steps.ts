import type { Deadline } from '../../../core/clock.js';

/** Work in steps of a few milliseconds. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Does the steps and gives way between them.
 * @param obeys false: the deadline is not asked, only signals and drawing happen
 * @returns undefined when the deadline cut them
 */
export async function finishInTime<T>(steps: Steps<T>, deadline: Deadline, obeys: boolean): Promise<T | undefined> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await deadline.breathe();
    if (obeys && deadline.expired()) return undefined;
  }
}
