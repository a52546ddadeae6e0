import { Fields } from '../../../model/fields.js';

const HOUR = 3_600_000;
/** What is thought to repeat: nothing, days, weeks; in hours. */
const PERIODS = [0, 24, 168] as const;
/** Weight of a new value in the level above the profile, in the spread, and in an hour of the profile. */
const LEVEL = 0.1;
const SPREAD = 0.02;
const PROFILE = 0.25;
/** While something is wrong, all of it is learnt so much more slowly. */
const GENTLE = 0.1;
/** Values beyond so many standard deviations count as that far. */
const CLIP = 3;
/** Values that an expert must have foretold before it has a say; and by how much another may be better. */
const FEWEST = 24;
const COMPETITIVE = 2;
/** What hours differ from each other is known after so many of them. */
const FAR = 1e6;

/** What foretells by one period. */
interface Expert {
  /** Above the profile. */
  level: number;
  variance: number;
  /** Mean absolute error. */
  error: number;
  count: number;
}

/** A value beside what was to be expected. */
export interface Judged {
  expected: number;
  /** Standard deviations from it. */
  z: number;
  /** Of a value about what was expected. */
  deviation: number;
}

/**
 * What to expect of a value from its past, in constant memory: the recent level, and profiles over the hours of the day and of the week with the level above them, each
 * an expert with an error of its own. Updates are clipped, so that what is odd is hardly learnt (robust exponential smoothing, Gelper et al. 2010).
 */
export class Baseline {
  readonly #experts: Expert[] = PERIODS.map(() => ({ level: 0, variance: 0, error: 0, count: 0 }));
  /** By period, by hour. */
  readonly #profiles = PERIODS.map((hours) => new Float64Array(hours));
  readonly #visits = PERIODS.map((hours) => new Float64Array(hours));
  /** The hour that is under way (since 1970), and what came in it. */
  #hour = Number.NaN;
  #sum = 0;
  #raw = 0;
  #count = 0;

  /** @param floor a standard deviation that nothing falls below */
  constructor(private readonly floor: number) {}

  /** Values that were learnt from. */
  get count(): number {
    return (this.#experts[0] as Expert).count;
  }

  /** Whether such an hour is known: of the day, and on days that may be unlike the one before (Saturday to Monday, UTC) of the week. */
  familiar(time: number): boolean {
    const knows = (k: number): boolean => (this.#experts[k] as Expert).count >= FEWEST && this.#profileAt(k, time) !== undefined;
    const weekday = (Math.floor(time / (24 * HOUR)) + 4) % 7;
    return knows(2) || (weekday >= 2 && weekday <= 5 && knows(1));
  }

  /**
   * What every expert worth hearing expects at a time (UTC milliseconds).
   * @param variance of a value by chance alone, given what is expected
   */
  #opinions(time: number, variance: (expected: number) => number): { error: number; expected: number[]; deviation: number }[] {
    const known = PERIODS.flatMap((hours, k) => {
      const { level, error, count, variance: spread } = this.#experts[k] as Expert;
      const profile = this.#profileAt(k, time);
      if (profile === undefined || count === 0) return [];
      const expected = profile + level;
      const chance = variance(expected);
      const deviation = Math.sqrt(Math.max(this.floor * this.floor, spread) + chance);
      // what begins or ends on the hour does so at once
      const step = hours === 0 ? undefined : ((this.#profiles[k] as Float64Array)[Math.floor(time / HOUR) % hours] as number) + level;
      return [{ error, count, chance, expected: step === undefined ? [expected] : [expected, step], deviation }];
    });
    const heard = known.filter(({ count }) => count >= FEWEST).sort((a, b) => a.error - b.error);
    // to err less than chance does is no merit, as in nights without a request
    const best = heard[0] ? Math.max(heard[0].error, 0.5 * Math.sqrt(heard[0].chance)) : 0;
    return heard.length > 0 ? heard.filter(({ error }) => error <= best * COMPETITIVE) : known.slice(0, 1);
  }

  /** How a value looks to the expert that it surprises least, before it is learnt; undefined at the beginning. */
  judge(time: number, value: number, variance: (expected: number) => number): Judged | undefined {
    const opinions = this.#opinions(time, variance);
    const best = opinions[0];
    if (!best) return undefined;
    const all = opinions.flatMap(({ expected }) => expected);
    const expected = all.reduce((nearest, one) => (Math.abs(value - one) < Math.abs(value - nearest) ? one : nearest));
    return { expected, z: (value - expected) / best.deviation, deviation: best.deviation };
  }

  /** The least that is expected at a time; undefined at the beginning. */
  least(time: number): number | undefined {
    const all = this.#opinions(time, () => 0).flatMap(({ expected }) => expected);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** @param gentle something is wrong: learn slowly */
  learn(time: number, value: number, variance: (expected: number) => number, gentle: boolean): void {
    const slow = gentle ? GENTLE : 1;
    let least = value;
    let nearest = Number.POSITIVE_INFINITY;
    for (const [k, expert] of this.#experts.entries()) {
      const profile = this.#profileAt(k, time);
      if (profile === undefined) continue;
      if (expert.count++ === 0) expert.level = value - profile;
      const expected = profile + expert.level;
      const chance = variance(expected);
      const spread = Math.sqrt(Math.max(this.floor * this.floor, expert.variance) + chance);
      const error = value - expected;
      const clipped = expert.count < FEWEST ? error : Math.max(-CLIP * spread, Math.min(CLIP * spread, error));
      const weight = slow * Math.max(SPREAD, 1 / (expert.count + 1));
      expert.level += slow * Math.max(LEVEL, 1 / (expert.count + 1)) * clipped;
      expert.variance = Math.max(0, expert.variance + weight * (clipped * clipped - chance - expert.variance));
      expert.error += weight * (Math.min(Math.abs(error), FAR) - expert.error);
      if (Math.abs(error) < nearest) {
        nearest = Math.abs(error);
        least = expected + clipped;
      }
    }
    this.#remember(time, value, least, slow);
  }

  /** Gathers the values of an hour; when it is over it goes into the profiles. */
  #remember(time: number, raw: number, value: number, slow: number): void {
    const hour = Math.floor(time / HOUR);
    if (hour !== this.#hour) {
      if (this.#count > 0)
        for (const [k, hours] of PERIODS.entries()) {
          if (hours === 0) continue;
          const profile = this.#profiles[k] as Float64Array;
          const visits = this.#visits[k] as Float64Array;
          const slot = this.#hour % hours;
          const seen = visits[slot] as number;
          const weight = seen === 0 ? 1 : slow * Math.max(PROFILE, 1 / (seen + 1));
          // an hour that nobody knows cannot be odd
          const came = (seen === 0 ? this.#raw : this.#sum) / this.#count;
          profile[slot] = (profile[slot] as number) + weight * (came - (profile[slot] as number));
          visits[slot] = seen + 1;
        }
      this.#hour = hour;
      this.#sum = 0;
      this.#raw = 0;
      this.#count = 0;
    }
    this.#sum += value;
    this.#raw += raw;
    this.#count++;
  }

  /** The profile between the middles of two hours; undefined while it is unknown. */
  #profileAt(k: number, time: number): number | undefined {
    const hours = PERIODS[k] as number;
    if (hours === 0) return 0;
    const at = time / HOUR - 0.5;
    const before = Math.floor(at);
    const [a, b] = [before % hours, (before + 1) % hours];
    const visits = this.#visits[k] as Float64Array;
    if (!((visits[a] as number) > 0 && (visits[b] as number) > 0)) return undefined;
    const profile = this.#profiles[k] as Float64Array;
    return (profile[a] as number) + (at - before) * ((profile[b] as number) - (profile[a] as number));
  }

  toJSON(): unknown {
    return {
      experts: this.#experts.map((e) => [e.level, e.variance, e.error, e.count]),
      profiles: this.#profiles.map((p) => Array.from(p)),
      visits: this.#visits.map((p) => Array.from(p)),
      hour: Number.isFinite(this.#hour) ? this.#hour : null,
      sum: this.#sum,
      raw: this.#raw,
      count: this.#count,
    };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown, floor: number): Baseline {
    const baseline = new Baseline(floor);
    const fields = new Fields(json, 'baseline');
    const lists = (name: string): Fields => new Fields({ ...(fields.raw(name) as object) }, `baseline.${name}`);
    for (const [k, expert] of baseline.#experts.entries()) {
      const [level, variance, error, count] = lists('experts').numbers(String(k), 4) as [number, number, number, number];
      Object.assign(expert, { level, variance, error, count });
      (baseline.#profiles[k] as Float64Array).set(lists('profiles').numbers(String(k), PERIODS[k] as number));
      (baseline.#visits[k] as Float64Array).set(lists('visits').numbers(String(k), PERIODS[k] as number));
    }
    baseline.#hour = Number(fields.raw('hour') ?? Number.NaN);
    baseline.#sum = fields.number('sum');
    baseline.#raw = fields.number('raw');
    baseline.#count = fields.number('count');
    return baseline;
  }
}
