import { type Clock, Deadline } from '../../core/clock.js';

/** A deadline that only an interrupt moves: a repeated run does its recorded work however long that takes. */
export class PatientDeadline extends Deadline {
  constructor(readonly parent: Deadline) {
    super(parent.clock, Number.POSITIVE_INFINITY);
  }
  override get interrupted(): boolean {
    return this.parent.interrupted;
  }
  override onInterrupt(listener: () => void): () => void {
    return this.parent.onInterrupt(listener);
  }
  override remaining(): number {
    return this.interrupted ? 0 : Number.POSITIVE_INFINITY;
  }
  override expired(): boolean {
    return this.interrupted;
  }
}

/** What each kind of work was seen to cost, to foresee what more of it will. */
export class Pace {
  readonly #perUnit = new Map<string, number>();
  readonly #clock: Clock;
  /** Milliseconds that the whole run had at its start. */
  readonly total: number;

  constructor(readonly deadline: Deadline) {
    this.#clock = deadline.clock;
    this.total = deadline.remaining();
  }

  /** Runs `work` of so many units and remembers its cost a unit: the latest, as code gets faster while it warms up. */
  time<T>(kind: string, units: number, work: () => T): T {
    const start = this.#clock.now();
    const result = work();
    this.#perUnit.set(kind, (this.#clock.now() - start) / Math.max(1, units));
    return result;
  }

  /** The same for work that gives way. */
  async timeAsync<T>(kind: string, units: number, work: () => Promise<T>): Promise<T> {
    const start = this.#clock.now();
    const result = await work();
    this.#perUnit.set(kind, (this.#clock.now() - start) / Math.max(1, units));
    return result;
  }

  /** Milliseconds that so many units should take; `otherwise` when none were seen. */
  cost(kind: string, units: number, otherwise = 0): number {
    const perUnit = this.#perUnit.get(kind);
    return perUnit === undefined ? otherwise : perUnit * units;
  }

  /** Remembers what so many units took. */
  note(kind: string, units: number, milliseconds: number): void {
    this.#perUnit.set(kind, milliseconds / Math.max(1, units));
  }

  knows(kind: string): boolean {
    return this.#perUnit.has(kind);
  }

  /** Slack for what no estimate sees: garbage collection, a busy machine. */
  get slack(): number {
    return Math.min(400, 20 + 0.02 * (Number.isFinite(this.total) ? this.total : 0));
  }
}
