/** Callers that are remembered; those that were quiet longest are forgotten first. */
const MOST_CALLERS = 10_000;

/** A bucket a caller, refilled steadily: so many requests a second on average, and twice as many at once. */
export class RateLimit {
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** What callers took since it was last asked; kept once somebody asks. */
  #spent: Map<string, number> | undefined;

  /** @param perSecond above 0 @param now milliseconds */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number,
    private readonly burst = 2 * perSecond,
  ) {}

  /** Takes one from the caller's bucket. @returns 0, or seconds until there is one again */
  take(caller: string): number {
    const bucket = this.#bucket(caller);
    if (bucket.left >= 1) {
      bucket.left--;
      this.#spent?.set(caller, (this.#spent.get(caller) ?? 0) + 1);
      return 0;
    }
    return Math.ceil((1 - bucket.left) / this.perSecond);
  }

  /** Takes what the caller took elsewhere. */
  charge(caller: string, count: number): void {
    const bucket = this.#bucket(caller);
    bucket.left = Math.max(-this.burst, bucket.left - count);
  }

  /** What callers took here since the last call, to charge them elsewhere. */
  spent(): [caller: string, count: number][] {
    const spent = [...(this.#spent ?? [])];
    this.#spent = new Map();
    return spent;
  }

  /** The bucket of a caller, refilled. */
  #bucket(caller: string): { left: number; at: number } {
    const now = this.now();
    let bucket = this.#buckets.get(caller);
    if (!bucket) {
      if (this.#buckets.size >= MOST_CALLERS) this.#buckets.delete(this.#buckets.keys().next().value as string);
      bucket = { left: this.burst, at: now };
    } else this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    bucket.left = Math.min(this.burst, bucket.left + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    return bucket;
  }
}
