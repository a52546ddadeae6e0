import type { Clock } from '../../core/clock.js';
import type { RunProgress } from './result.js';

/** Turns steps of work into progress events that never go back. */
export class ProgressReporter {
  #steps = 0;
  #share = 0;
  #best: number | undefined;

  /**
   * @param planned steps of work expected in all
   * @param end moment on the clock by which the run ends at the latest; `Infinity` without a budget
   */
  constructor(
    readonly clock: Clock,
    readonly end: number,
    private planned: number,
    readonly metric: string,
    readonly listener: ((progress: RunProgress) => void) | undefined,
  ) {}

  /** The best validation score so far, in the metric's own sign. */
  best(score: number): void {
    if (!Number.isNaN(score)) this.#best = score;
  }

  /** Says what happens now. @param part share done of this step, 0–1 */
  say(step: RunProgress['step'], message: string, part = 0): void {
    this.#share = Math.max(this.#share, Math.min(0.99, (this.#steps + part) / this.planned));
    this.#send(step, message, this.#share);
  }

  /** Counts steps of work as done. */
  advance(steps = 1): void {
    this.#steps += steps;
  }

  /** More steps than were planned. */
  plan(steps: number): void {
    this.planned += steps;
  }

  finish(message: string): void {
    this.#send('done', message, 1);
  }

  #send(step: RunProgress['step'], message: string, done: number): void {
    this.listener?.({
      step,
      message,
      done,
      best: this.#best,
      metric: this.metric,
      secondsLeft: Number.isFinite(this.end) ? Math.max(0, (this.end - this.clock.now()) / 1000) : undefined,
    });
  }
}
