/** Time as the engine sees it: a port, so that the engine needs neither Node nor a browser. */
export interface Clock {
  /** Milliseconds, monotonic, from any origin. */
  now(): number;
  /** Lets timers, signals and drawing happen. */
  pause(): Promise<void>;
}

/**
 * A moment by which work must end. Long loops ask `expired()` and call `breathe()` often (it is cheap); an interrupt moves the moment to now.
 * `Infinity` means no limit: then the work is bounded by counts alone and repeats byte for byte.
 */
export class Deadline {
  #end: number;
  #lastPause: number;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly clock: Clock,
    milliseconds: number,
  ) {
    this.#lastPause = clock.now();
    this.#end = this.#lastPause + milliseconds;
  }

  /** Milliseconds left; never below 0. */
  remaining(): number {
    return Math.max(0, this.#end - this.clock.now());
  }

  expired(): boolean {
    return this.clock.now() >= this.#end;
  }

  /** True once `expire` was called: a person, not the clock, wants the end. */
  get interrupted(): boolean {
    return this.#end === Number.NEGATIVE_INFINITY;
  }

  /** Ends the work as soon as it can. */
  expire(): void {
    this.#end = Number.NEGATIVE_INFINITY;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` at an interrupt, for work that is done elsewhere. @returns what ends that */
  onInterrupt(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An earlier moment, `milliseconds` from now at most; expires with this one. */
  within(milliseconds: number): Deadline {
    return new ChildDeadline(this, milliseconds);
  }

  /** Gives way to signals and drawing, at most every 40 ms. */
  async breathe(): Promise<void> {
    if (this.clock.now() - this.#lastPause < 40) return;
    await this.clock.pause();
    this.#lastPause = this.clock.now();
  }
}

class ChildDeadline extends Deadline {
  constructor(
    readonly parent: Deadline,
    milliseconds: number,
  ) {
    super(parent.clock, milliseconds);
  }
  override get interrupted(): boolean {
    return this.parent.interrupted || super.interrupted;
  }
  override onInterrupt(listener: () => void): () => void {
    const ends = [super.onInterrupt(listener), this.parent.onInterrupt(listener)];
    return () => {
      for (const end of ends) end();
    };
  }
  override remaining(): number {
    return Math.min(this.parent.remaining(), super.remaining());
  }
  override expired(): boolean {
    return this.parent.expired() || super.expired();
  }
}
