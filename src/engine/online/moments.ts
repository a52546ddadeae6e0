/** Weighted count, mean and squared distances of a stream (Welford; West 1979), in plain numbers so that it is saved as it is. */
export class Moments {
  constructor(
    public n = 0,
    public mean = 0,
    public square = 0,
  ) {}

  /** From three numbers of a list, as `parts` gives them. */
  static at(numbers: readonly number[], i = 0): Moments {
    return new Moments(numbers[i], numbers[i + 1], numbers[i + 2]);
  }

  /** All that it knows. */
  get parts(): [number, number, number] {
    return [this.n, this.mean, this.square];
  }

  add(value: number, weight = 1): void {
    this.n += weight;
    const far = value - this.mean;
    this.mean += (weight / this.n) * far;
    this.square += weight * far * (value - this.mean);
  }

  /** Takes in what another has seen. */
  merge({ n, mean, square }: Moments): void {
    if (n === 0) return;
    const both = this.n + n;
    const far = mean - this.mean;
    this.square += square + (far * far * this.n * n) / both;
    this.mean = (this.n * this.mean + n * mean) / both;
    this.n = both;
  }

  /** What remains of this without a part of it. */
  without({ n, mean, square }: Moments): Moments {
    const rest = this.n - n;
    if (!(rest > 0)) return new Moments();
    const restMean = (this.n * this.mean - n * mean) / rest;
    const far = mean - restMean;
    return new Moments(rest, restMean, Math.max(0, this.square - square - (far * far * rest * n) / this.n));
  }

  copy(): Moments {
    return new Moments(this.n, this.mean, this.square);
  }

  /** Variance with divisor n − 1; 0 up to one value. */
  get variance(): number {
    return this.n > 1 ? this.square / (this.n - 1) : 0;
  }
}
