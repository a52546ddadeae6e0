import { exp } from '../../../core/math.js';
import { Fields } from '../../../model/fields.js';
import type { Alert } from '../alert.js';
import { AlertBook } from '../alert-book.js';
import type { Said } from '../describe.js';
import type { Change } from '../test-window.js';
import { describeSilence, describeTraffic } from './describe-traffic.js';
import { latencyQuantile } from './latency-places.js';
import { Silence } from './silence.js';
import { TrafficCounts } from './traffic-counts.js';
import { oddKey, TrafficScale } from './traffic-scale.js';
import { answersMoved } from './traffic-signals.js';

/** Windows are a beat long, ten, and sixty. */
const SCALES = [1, 10, 60] as const;
/** One false alarm of a model in so many milliseconds, over all that is watched of its requests. */
const MONTH = 30 * 86_400_000;
/** Tests of a window: six figures at three lengths. */
const TESTS = 18;
/** Of a pause. */
const SILENT = 1e-5;
/** A clock that goes on by more beats at once has stood still, or nobody counted: what is under way is let go. */
const GAP = 2;
/** Beats that an alert outlasts the last that showed it: a few good ones among bad do not end it. */
const HOLD = 5;
const MOST_HISTORY = 288;

/** Ten beats in short, for a chart. */
export interface TrafficPoint {
  /** Their beginning, UTC milliseconds. */
  time: number;
  requests: number;
  refused: number;
  failed: number;
  /** Seconds; absent without an answer. */
  p50?: number;
  p95?: number;
  /** Requests that were to be expected. */
  expected?: number;
}

interface Candidate {
  key: string;
  p: number;
  from: number;
  scale: number;
  said: Said;
}

/**
 * Watches the requests of a model: how many come, how many are refused or fail, how long answers take and where they lie, each beside its own past, by the hour of the
 * day and of the week as these come to be known. Memory is constant. Of unchanged traffic about one alert a month is false.
 * @example const m = new TrafficMonitor(60_000); m.add(counts); m.tick(Date.now()); m.alerts
 */
export class TrafficMonitor {
  /** The latest two days, in tens of beats. */
  history: TrafficPoint[] = [];
  /** All requests so far. */
  requests = 0;
  #counts = new TrafficCounts();
  #scales: TrafficScale[];
  #silence = new Silence();
  #book = new AlertBook();
  /** By key of an open alert, the scale that raised it and the last beat that showed it. */
  #shown = new Map<string, [scale: number, beat: number]>();
  /** By group, when its last alert ended: longer windows that began before would tell of it again. */
  #ended = new Map<string, number>();
  /** Number of the beat that is under way. */
  #beat = Number.NaN;
  /** All of it was seen. */
  #whole = false;
  #row = 0;

  /** @param beat length of the shortest window, in milliseconds */
  constructor(readonly beat = 60_000) {
    this.#scales = SCALES.map((beats) => new TrafficScale(beats, beat, Math.max(1e-9, (beats * beat) / MONTH / TESTS)));
  }

  /** Every alert so far, open and ended, the gravest first. */
  get alerts(): readonly Alert[] {
    return this.#book.alerts;
  }

  /** Counts requests of the beat that is under way. */
  add(counts: Pick<TrafficCounts, 'requests' | 'refused' | 'failed' | 'latency' | 'answers'>): void {
    this.#counts.merge(counts);
    this.requests += counts.requests;
  }

  /** Closes the beats that are over. @param now UTC milliseconds @returns what they raised */
  tick(now: number): Alert[] {
    const beat = Math.floor(now / this.beat);
    if (!(beat - this.#beat >= 0 && beat - this.#beat <= GAP)) {
      this.#begin(beat);
      return [];
    }
    const raised: Alert[] = [];
    while (this.#beat < beat) raised.push(...this.#close());
    return raised;
  }

  /** Nothing is known of the time before: what is under way is let go. */
  #begin(beat: number): void {
    this.#beat = beat;
    this.#whole = false;
    this.#counts = new TrafficCounts();
    this.#silence.over(false);
    for (const scale of this.#scales) scale.forget();
  }

  #close(): Alert[] {
    const [counts, whole] = [this.#counts, this.#whole];
    const from = this.#beat * this.beat;
    const to = from + this.beat;
    this.#counts = new TrafficCounts();
    this.#whole = true;
    this.#beat++;
    const open = this.#book.open();
    const candidates: Candidate[] = [];
    const still = new Set<string>();
    for (const [s, scale] of this.#scales.entries()) {
      const closed = scale.add(counts, from, whole, (name) => [...open].some((key) => groupOf(key) === groupOf(oddKey(name, true))));
      if (closed && s === 1) this.#remember(closed.counts, closed.from);
      for (const { name, value, odd, p, from: since } of closed?.odd ?? []) {
        if (since < (this.#ended.get(groupOf(oddKey(name, odd.up))) ?? 0)) continue;
        const moved = name === 'answers' ? answersMoved((closed as { counts: TrafficCounts }).counts.answers, scale.usual.answers) : 0;
        if (name === 'answers' && moved < LEAST_MOVED) continue;
        const said = describeTraffic(name, value, odd, SCALES[s as 0] * this.beat, moved);
        candidates.push({ key: oddKey(name, odd.up), p, from: since, scale: s, said });
      }
    }
    const silent = this.#listen(counts, from, to, whole);
    if (silent) candidates.unshift(silent);
    for (const key of open) {
      const shown = this.#shown.get(key) ?? [0, 0];
      const goesOn = key === SILENCE ? this.#silence.expected > 0 : this.#scales.some((scale, s) => s <= shown[0] && scale.goesOn(key));
      if (goesOn) shown[1] = this.#beat;
      if (goesOn || (key !== SILENCE && this.#beat - shown[1] < HOLD)) still.add(key);
    }
    return this.#enter(candidates, still, from, to, counts.requests, open);
  }

  /** What a pause comes to. */
  #listen(counts: TrafficCounts, from: number, to: number, whole: boolean): Candidate | undefined {
    const middle = (from + to) / 2;
    const [ofHour, ofTen] = [2, 1].map((s) => this.#scales[s]?.signals.requests.least(middle));
    if (counts.requests > 0 || !whole || ofHour === undefined || ofTen === undefined) {
      this.#silence.over(whole);
      return undefined;
    }
    this.#silence.quiet(from, Math.max(0, Math.min((exp(ofHour) - 0.5) / 60, (exp(ofTen) - 0.5) / 10)));
    const { p, expected, from: since } = this.#silence;
    if (!(p <= SILENT)) return undefined;
    return { key: SILENCE, p, from: since, scale: 0, said: describeSilence(to - since, expected) };
  }

  #enter(
    candidates: readonly Candidate[],
    still: ReadonlySet<string>,
    from: number,
    to: number,
    requests: number,
    open: ReadonlySet<string>,
  ): Alert[] {
    const chosen = new Map<string, Candidate>();
    for (const candidate of candidates) {
      const { key, p } = candidate;
      // one thing is told once: a pause is also few requests
      if ([...open].some((o) => groupOf(o) === groupOf(key))) continue;
      const known = chosen.get(groupOf(key));
      if (!known || (known.key !== SILENCE && p < known.p)) chosen.set(groupOf(key), candidate);
    }
    const found = [...chosen.values()];
    const at = { row: this.#row, time: from };
    this.#row += requests;
    const end = { row: Math.max(0, this.#row - 1), time: to };
    const changes = found.map(
      ({ key, p, said }): Change => ({ key, columns: [], names: [], said, p: Math.min(1, p * TESTS), effect: 0, since: 0 }),
    );
    const window = this.#beat;
    const before = { window, from: at, to: end, rows: requests, seen: this.#row };
    const raised = this.#book.enter({ changes, still: new Set(still) }, before);
    for (const [i, alert] of raised.entries()) {
      const { key, from: since, scale } = found[i] as Candidate;
      alert.id = `${alert.kind}:${key}:${to}`;
      alert.since = { row: Math.max(0, at.row - (since < from ? 1 : 0)), time: since };
      this.#shown.set(key, [scale, this.#beat]);
    }
    const left = this.#book.open();
    for (const key of this.#shown.keys())
      if (!left.has(key)) {
        this.#shown.delete(key);
        this.#ended.set(groupOf(key), to);
      }
    return raised;
  }

  #remember(counts: TrafficCounts, time: number): void {
    const { requests, refused, failed, latency } = counts;
    const [p50, p95] = [latencyQuantile(latency, 0.5), latencyQuantile(latency, 0.95)];
    const tens = this.#scales[1] as TrafficScale;
    const expected = tens.signals.requests.expected(time + 5 * this.beat);
    this.history.push({
      ...{ time, requests, refused, failed },
      ...(p50 > 0 && { p50, p95 }),
      ...(expected !== undefined && { expected: Math.max(0, exp(expected) - 0.5) }),
    });
    if (this.history.length > MOST_HISTORY) this.history.shift();
  }

  /** All that it knows of windows that are closed, to go on later. */
  toJSON(): unknown {
    const { beat, requests, history } = this;
    return {
      ...{ version: 1, beat, requests, history },
      row: this.#row,
      scales: this.#scales,
      silence: this.#silence,
      book: this.#book.toJSON(),
      shown: [...this.#shown],
      ended: [...this.#ended],
    };
  }

  /** Goes on from what `toJSON` gave. @throws MillwrightError `BUNDLE_UNREADABLE` */
  static fromJSON(json: unknown): TrafficMonitor {
    const fields = new Fields(json, 'traffic');
    fields.whole('version', 1, 1);
    const monitor = new TrafficMonitor(fields.number('beat'));
    monitor.requests = fields.number('requests');
    monitor.history = fields.raw('history') as TrafficPoint[];
    monitor.#row = fields.number('row');
    const scales = fields.raw('scales') as unknown[];
    monitor.#scales = monitor.#scales.map((scale, s) => TrafficScale.fromJSON(scales[s], scale));
    monitor.#silence = Silence.fromJSON(fields.raw('silence'));
    monitor.#book = AlertBook.fromJSON(fields.raw('book'));
    monitor.#shown = new Map(fields.raw('shown') as [string, [number, number]][]);
    monitor.#ended = new Map(fields.raw('ended') as [string, number][]);
    return monitor;
  }
}

const LEAST_MOVED = 0.1;
const SILENCE = 'requests:silent';
function groupOf(key: string): string {
  return key.slice(0, key.indexOf(':') + 1);
}
