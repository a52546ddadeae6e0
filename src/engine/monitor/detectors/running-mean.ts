/** Mean and variance of what has come by (Welford, 1962). */
export class RunningMean {
  n = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.n++;
    const d = value - this.mean;
    this.mean += d / this.n;
    this.#squares += d * (value - this.mean);
  }

  /** Divisor n − 1; 0 for fewer than two values. */
  get variance(): number {
    return this.n > 1 ? this.#squares / (this.n - 1) : 0;
  }
}
