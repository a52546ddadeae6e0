/** Callers that are remembered; those that were quiet longest are forgotten first. */
const MOST_CALLERS = 10_000;

/** A bucket a caller, refilled steadily: so many requests a second on average, and twice as many at once. */
export class RateLimit {
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** @param perSecond above 0 @param now milliseconds */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number,
    private readonly burst = 2 * perSecond,
  ) {}

  /** Takes one from the caller's bucket. @returns 0, or seconds until there is one again */
  take(caller: string): number {
    const now = this.now();
    let bucket = this.#buckets.get(caller);
    if (!bucket) {
      if (this.#buckets.size >= MOST_CALLERS) this.#buckets.delete(this.#buckets.keys().next().value as string);
      bucket = { left: this.burst, at: now };
    } else this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    bucket.left = Math.min(this.burst, bucket.left + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    if (bucket.left >= 1) {
      bucket.left--;
      return 0;
    }
    return Math.ceil((1 - bucket.left) / this.perSecond);
  }
}
