import { exp, log } from '../../core/math.js';
import { normalCdf, normalQuantile } from '../../core/normal.js';
import type { Rng } from '../../core/rng.js';
import { HALF_LOG_TAU } from '../../core/tails.js';
import type { Dimension, NumberDimension, ParameterValue } from './search-space.js';
import { fromUnit, toUnit, unitCell } from './space-points.js';

/** Kernels of one dimension, one for each observation and one, the last, for what is believed beforehand. */
interface Kernels {
  logDensity(value: ParameterValue, into: Float64Array): void;
  draw(kernel: number, rng: Rng): ParameterValue;
}

/**
 * A mixture of kernels around observed points, each a product over the dimensions (so what goes together stays together), and a broad one that
 * stands for the belief before any was seen: the density of Bergstra et al. 2011 as a joint one (Falkner et al. 2018). Numbers have
 * normal kernels cut off at the ends of the range, as wide as the distance to the farther neighbour, but no narrower than 1/min(100, kernels + 1)
 * of the range ("magic clip"); whole numbers have the mass of their cell; choices their frequencies smoothed by the prior.
 */
export class ParzenEstimator {
  readonly #kernels: readonly Kernels[];
  readonly #logWeights: Float64Array;
  readonly #cumulative: Float64Array;
  readonly #sum: Float64Array;

  /**
   * @param points values by dimension
   * @param weights one a point; the prior has weight 1
   */
  constructor(
    readonly dimensions: readonly Dimension[],
    points: readonly (readonly ParameterValue[])[],
    weights: readonly number[],
  ) {
    const count = points.length + 1;
    const all = [...weights, 1];
    let total = 0;
    for (const w of all) total += w;
    this.#logWeights = Float64Array.from(all, (w) => log(w / total));
    this.#cumulative = new Float64Array(count);
    let running = 0;
    for (let k = 0; k < count; k++) this.#cumulative[k] = running += (all[k] as number) / total;
    this.#sum = new Float64Array(count);
    this.#kernels = dimensions.map((d, i) => {
      const values = points.map((p) => p[i] as ParameterValue);
      return d.kind === 'number'
        ? new NormalKernels(d, values as number[])
        : new ChoiceKernels(
            d.choices,
            values.map((v) => d.choices.indexOf(v)),
          );
    });
  }

  /** A point drawn from the mixture. */
  draw(rng: Rng): ParameterValue[] {
    const at = rng.float();
    let kernel = 0;
    while (kernel < this.#cumulative.length - 1 && (this.#cumulative[kernel] as number) < at) kernel++;
    return this.#kernels.map((k) => k.draw(kernel, rng));
  }

  /** Logarithm of the density (for whole numbers and choices, of the mass) at a point. */
  logDensity(point: readonly ParameterValue[]): number {
    const sum = this.#sum;
    sum.set(this.#logWeights);
    for (let i = 0; i < this.#kernels.length; i++) (this.#kernels[i] as Kernels).logDensity(point[i] as ParameterValue, sum);
    let most = Number.NEGATIVE_INFINITY;
    for (const s of sum) if (s > most) most = s;
    let total = 0;
    for (const s of sum) total += exp(s - most);
    return most + log(total);
  }
}

class NormalKernels implements Kernels {
  readonly #center: Float64Array;
  readonly #width: Float64Array;
  /** Mass of the normal below the range, and log of its mass inside. */
  readonly #below: Float64Array;
  readonly #logMass: Float64Array;

  constructor(
    readonly dimension: NumberDimension,
    values: readonly number[],
  ) {
    const n = values.length;
    this.#center = Float64Array.from([...values.map((v) => toUnit(dimension, v)), 0.5]);
    this.#width = new Float64Array(n + 1);
    const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => this.#at(a) - this.#at(b) || a - b);
    const narrowest = 1 / Math.min(100, n + 2);
    order.forEach((k, i) => {
      const here = this.#at(k);
      const left = i > 0 ? here - this.#at(order[i - 1] as number) : undefined;
      const right = i < n - 1 ? this.#at(order[i + 1] as number) - here : undefined;
      // the ends of the range count as neighbours only of a point that is alone
      const width = n === 1 ? Math.max(here, 1 - here) : Math.max(left ?? 0, right ?? 0);
      this.#width[k] = Math.min(1, Math.max(narrowest, width));
    });
    this.#width[n] = 1;
    this.#below = this.#center.map((c, k) => normalCdf(-c / (this.#width[k] as number)));
    this.#logMass = this.#center.map((c, k) => log(normalCdf((1 - c) / (this.#width[k] as number)) - (this.#below[k] as number)));
  }

  #at(k: number): number {
    return this.#center[k] as number;
  }

  logDensity(value: ParameterValue, into: Float64Array): void {
    const { dimension } = this;
    const x = value as number;
    const [left, right] = dimension.integer ? unitCell(dimension, x) : [0, 0];
    const at = toUnit(dimension, x);
    for (let k = 0; k < into.length; k++) {
      const width = this.#width[k] as number;
      const center = this.#center[k] as number;
      let density: number;
      if (dimension.integer) density = log(intervalMass((left - center) / width, (right - center) / width));
      else {
        const z = (at - center) / width;
        density = -0.5 * z * z - log(width) - HALF_LOG_TAU;
      }
      into[k] = (into[k] as number) + density - (this.#logMass[k] as number);
    }
  }

  draw(kernel: number, rng: Rng): number {
    const below = this.#below[kernel] as number;
    const p = below + rng.float() * exp(this.#logMass[kernel] as number);
    const at = (this.#center[kernel] as number) + (this.#width[kernel] as number) * normalQuantile(p);
    return fromUnit(this.dimension, Math.min(1, Math.max(0, at)));
  }
}

/** Φ(b) − Φ(a), exact in the right tail too. */
function intervalMass(a: number, b: number): number {
  return a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a);
}

class ChoiceKernels implements Kernels {
  readonly #choices: readonly ParameterValue[];
  readonly #observed: readonly number[];
  /** Probability of the choice that a kernel stands on, and of each other one. */
  readonly #own: number;
  readonly #other: number;

  constructor(choices: readonly ParameterValue[], observed: readonly number[]) {
    const prior = 1 / (observed.length + 1);
    const total = 1 + prior * choices.length;
    this.#choices = choices;
    this.#observed = observed;
    this.#own = (1 + prior) / total;
    this.#other = prior / total;
  }

  logDensity(value: ParameterValue, into: Float64Array): void {
    const at = this.#choices.indexOf(value);
    const own = log(this.#own);
    const other = log(this.#other);
    const last = into.length - 1;
    for (let k = 0; k < last; k++) into[k] = (into[k] as number) + (this.#observed[k] === at ? own : other);
    into[last] = (into[last] as number) - log(this.#choices.length);
  }

  draw(kernel: number, rng: Rng): ParameterValue {
    const n = this.#choices.length;
    const stands = this.#observed[kernel];
    const even = rng.below(n);
    // the smoothing is an even draw with the weight of all its parts
    const smooth = stands === undefined || rng.float() < this.#other * n;
    return this.#choices[smooth ? even : (stands as number)] as ParameterValue;
  }
}
