import { Fields } from '../../../model/fields.js';
import { type Odd, Signal } from './signal.js';
import { ANSWER_PLACES, TrafficCounts } from './traffic-counts.js';
import { FLOORS, matters, SIGNALS, type SignalName, signalValue, type Usual } from './traffic-signals.js';

/** Of the shortest windows two in a row must be odd, each this much less sure. */
const TWICE = 20;
/** What is open goes on while a window would be this unlikely. */
const STILL = 0.01;
/** How much of what is usual stays from one window to the next. */
const FADE = 0.99;

/** A figure that is odd beyond doubt. */
export interface OddSignal {
  name: SignalName;
  value: number;
  odd: Odd;
  p: number;
  /** When it began, UTC milliseconds. */
  from: number;
}

export interface ClosedWindow {
  from: number;
  counts: TrafficCounts;
  odd: OddSignal[];
}

/** The requests of a model in windows of one length. */
export class TrafficScale {
  readonly signals: Record<SignalName, Signal>;
  usual: Usual = { requests: 0, answers: new Float64Array(ANSWER_PLACES) };
  #counts = new TrafficCounts();
  #beats = 0;
  #whole = true;
  /** By figure and direction, since when windows have been odd one after the other. */
  #since = new Map<string, number>();
  /** Figures and directions that the last window showed, if only just. */
  #odd = new Set<string>();

  /** @param beats of a window @param beat in milliseconds @param alpha probability that a figure of a window is told of by chance */
  constructor(
    readonly beats: number,
    readonly beat: number,
    readonly alpha: number,
  ) {
    this.signals = Object.fromEntries(SIGNALS.map((name) => [name, new Signal(FLOORS[name], name === 'requests')])) as Record<
      SignalName,
      Signal
    >;
  }

  /**
   * Adds a beat.
   * @param whole all of it was seen
   * @param gentle whether a figure is known to be odd, and hardly to be learnt from
   * @returns the window, when it closed it
   */
  add(counts: TrafficCounts, from: number, whole: boolean, gentle: (name: SignalName) => boolean): ClosedWindow | undefined {
    const length = this.beats * this.beat;
    const begin = Math.floor(from / length) * length;
    if (this.#beats === 0 && from > begin) this.#whole = false;
    this.#counts.merge(counts);
    this.#beats++;
    if (!whole) this.#whole = false;
    if (from + this.beat < begin + length) return undefined;
    const closed = this.#counts;
    const complete = this.#whole;
    this.forget();
    // what nobody saw whole is in no row with those before
    if (!complete) this.#since = new Map();
    return { from: begin, counts: closed, odd: complete ? this.#judge(closed, begin, gentle) : [] };
  }

  /** Lets go of the window that is under way. */
  forget(): void {
    this.#counts = new TrafficCounts();
    this.#beats = 0;
    this.#whole = true;
  }

  /** Whether the last window still showed what an alert is about. */
  goesOn(key: string): boolean {
    return this.#odd.has(key);
  }

  #judge(counts: TrafficCounts, from: number, gentle: (name: SignalName) => boolean): OddSignal[] {
    const found: OddSignal[] = [];
    const before = this.#since;
    this.#since = new Map();
    this.#odd = new Set();
    for (const name of SIGNALS) {
      const slow = gentle(name);
      const made = signalValue(name, counts, this.usual, from + (this.beats * this.beat) / 2);
      const odd = made && this.signals[name].take(made, slow);
      if (!made || !odd || !matters(name, made.value, odd)) continue;
      const key = oddKey(name, odd.up);
      if (odd.p < STILL) this.#odd.add(key);
      if (this.beats > 1) {
        if (odd.p <= this.alpha) found.push({ name, value: made.value, odd, p: odd.p, from });
        continue;
      }
      if (odd.p > TWICE * this.alpha) continue;
      const since = before.get(key);
      this.#since.set(key, since ?? from);
      if (since !== undefined) found.push({ name, value: made.value, odd, p: odd.p, from: since });
    }
    this.usual.requests = FADE * this.usual.requests + counts.requests;
    if (!gentle('answers'))
      for (let k = 0; k < ANSWER_PLACES; k++)
        this.usual.answers[k] = FADE * (this.usual.answers[k] as number) + (counts.answers[k] as number);
    return found;
  }

  toJSON(): unknown {
    return {
      signals: SIGNALS.map((name) => this.signals[name]),
      usual: { requests: this.usual.requests, answers: Array.from(this.usual.answers) },
      since: [...this.#since],
      odd: [...this.#odd],
    };
  }

  /** @param like of the same length @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown, { beats, beat, alpha }: TrafficScale): TrafficScale {
    const fields = new Fields(json, 'traffic scale');
    const scale = new TrafficScale(beats, beat, alpha);
    const signals = fields.raw('signals') as unknown[];
    for (const [i, name] of SIGNALS.entries()) scale.signals[name] = Signal.fromJSON(signals[i], FLOORS[name], name === 'requests');
    const usual = fields.object('usual');
    scale.usual = { requests: usual.number('requests'), answers: Float64Array.from(usual.numbers('answers', ANSWER_PLACES)) };
    scale.#since = new Map(fields.raw('since') as [string, number][]);
    scale.#odd = new Set(fields.raw('odd') as string[]);
    return scale;
  }
}

/** What an alert about a figure is known by: those that tell of the same thing begin alike. */
export function oddKey(name: SignalName, up: boolean): string {
  return name === 'slow' || name === 'typical' ? `latency:${name}` : `${name}:${up ? 'up' : 'down'}`;
}
